#include "peak/study/symmetric_validation.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "peak/parallel/thread_pool.hpp"

namespace peak {
namespace {

/// Sums by block, each a row over trials, so that loops over trials are loops over memory.
struct Columns {
  std::size_t trials = 0;
  std::vector<double> bars;                        // of each block
  std::vector<std::vector<double>> sums, squares;  // of each block, by trial
};

Columns columns_of(const TrialBlocks& given) {
  Columns columns;
  std::vector<std::size_t> there;
  for (std::size_t k = 0; k < given.trials(); ++k) {
    bool finite = true;
    for (std::size_t b = 0; b < given.blocks(); ++b) {
      finite = finite && std::isfinite(given.sum(k, b)) && std::isfinite(given.squares(k, b));
    }
    if (finite) there.push_back(k);
  }
  columns.trials = there.size();
  for (std::size_t b = 0; b < given.blocks(); ++b) {
    columns.bars.push_back(static_cast<double>(given.bars[b]));
    std::vector<double>& sums = columns.sums.emplace_back();
    std::vector<double>& squares = columns.squares.emplace_back();
    sums.reserve(there.size());
    squares.reserve(there.size());
    for (const std::size_t k : there) {
      sums.push_back(given.sum(k, b));
      squares.push_back(given.squares(k, b));
    }
  }
  return columns;
}

void add_to(std::vector<double>& left, const std::vector<double>& right) {
  for (std::size_t k = 0; k < left.size(); ++k) left[k] += right[k];
}

/// Blocks 2b and 2b + 1 as one.
void join_pairs(Columns& columns) {
  const std::size_t half = columns.bars.size() / 2;
  for (std::size_t b = 0; b < half; ++b) {
    columns.bars[b] = columns.bars[2 * b] + columns.bars[2 * b + 1];
    columns.sums[b] = columns.sums[2 * b];
    add_to(columns.sums[b], columns.sums[2 * b + 1]);
    columns.squares[b] = columns.squares[2 * b];
    add_to(columns.squares[b], columns.squares[2 * b + 1]);
  }
  columns.bars.resize(half);
  columns.sums.resize(half);
  columns.squares.resize(half);
}

/// Memory of one thread, by trial.
struct Scratch {
  std::vector<double> sums, squares, inside, outside;
};

/// The ratio of each trial over the blocks whose bits are set.
void ratios(const Columns& columns, std::uint32_t chosen, Scratch& scratch, std::vector<double>& out) {
  const std::size_t trials = columns.trials;
  scratch.sums.assign(trials, 0.0);
  scratch.squares.assign(trials, 0.0);
  double bars = 0;
  for (std::size_t b = 0; b < columns.bars.size(); ++b) {
    if ((chosen >> b & 1U) == 0) continue;
    bars += columns.bars[b];
    add_to(scratch.sums, columns.sums[b]);
    add_to(scratch.squares, columns.squares[b]);
  }
  out.resize(trials);
  for (std::size_t k = 0; k < trials; ++k) {
    // sharpe_of_sums without its branches for what is not finite: that has been left out.
    const double mean = scratch.sums[k] / bars;
    const double centred = scratch.squares[k] - scratch.sums[k] * mean;
    const double deviation = std::sqrt(std::max(centred, 0.0) / (bars - 1.0));
    const bool varies = centred > 1e-13 * scratch.squares[k];
    const double ratio = mean / (varies ? deviation : 1.0);
    out[k] = varies ? ratio : 0.0;
  }
}

/// Of the first best trial by `inside`: its average rank by `outside`, times 2.
std::uint64_t twice_rank(const std::vector<double>& inside, const std::vector<double>& outside) {
  const auto best = static_cast<std::size_t>(std::max_element(inside.begin(), inside.end()) - inside.begin());
  const double value = outside[best];
  std::uint64_t below = 0;
  std::uint64_t equal = 0;
  for (const double other : outside) {
    below += other < value ? 1U : 0U;
    equal += other == value ? 1U : 0U;
  }
  return 2 * below + equal + 1;
}

Status check(const TrialBlocks& trials) {
  const std::size_t blocks = trials.blocks();
  if (blocks < 2 || blocks > 16 || blocks % 2 != 0) {
    return invalid_argument("cross-validation needs an even number of blocks from 2 to 16, not " +
                            std::to_string(blocks));
  }
  for (const std::size_t bars : trials.bars) {
    if (bars < 2) {
      return invalid_argument("cross-validation needs at least two bars in each of its " + std::to_string(blocks) +
                              " blocks: there are too few bars");
    }
  }
  return {};
}

}  // namespace

Result<SymmetricValidation> symmetric_validation(const TrialBlocks& trials, std::size_t most_trials_of_16,
                                                 const StopToken& stop) {
  PEAK_RETURN_IF_ERROR(check(trials));
  Columns columns = columns_of(trials);
  if (columns.trials < 2) {
    return invalid_argument("cross-validation compares trials: it needs at least two, but there are " +
                            std::to_string(columns.trials));
  }
  if (columns.bars.size() == 16 && columns.trials > most_trials_of_16) join_pairs(columns);
  const std::size_t blocks = columns.bars.size();
  const auto all = static_cast<std::uint32_t>((std::uint64_t{1} << blocks) - 1);
  // Each choice with block 0 stands for itself and for its complement.
  std::vector<std::uint32_t> choices;
  for (std::uint32_t chosen = 1; chosen <= all; chosen += 2) {
    if (static_cast<std::size_t>(std::popcount(chosen)) == blocks / 2) choices.push_back(chosen);
  }
  struct Ranks {
    std::uint64_t sum = 0;
    std::uint64_t overfitted = 0;
  };
  std::vector<Ranks> ranks(choices.size());
  std::vector<Scratch> scratch(ThreadPool::shared().size());
  const std::uint64_t middle = columns.trials + 1;  // twice the rank of the median
  const auto body = [&](std::size_t i, unsigned slot) {
    Scratch& own = scratch[slot];
    ratios(columns, choices[i], own, own.inside);
    ratios(columns, all & ~choices[i], own, own.outside);
    const std::uint64_t there = twice_rank(own.inside, own.outside);
    const std::uint64_t back = twice_rank(own.outside, own.inside);
    ranks[i] = {there + back, (there <= middle ? 1U : 0U) + (back <= middle ? 1U : 0U)};
  };
  PEAK_RETURN_IF_ERROR(parallel_for(choices.size(), body, {.stop = stop}));
  Ranks total;
  for (const Ranks& rank : ranks) {
    total.sum += rank.sum;
    total.overfitted += rank.overfitted;
  }
  SymmetricValidation result{.blocks = blocks, .combinations = 2 * choices.size(), .trials = columns.trials};
  const auto combinations = static_cast<double>(result.combinations);
  result.pbo = static_cast<double>(total.overfitted) / combinations;
  result.mean_rank = static_cast<double>(total.sum) / (2.0 * combinations * static_cast<double>(middle));
  return result;
}

}  // namespace peak
