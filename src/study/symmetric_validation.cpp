#include "peak/study/symmetric_validation.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "peak/parallel/thread_pool.hpp"
#include "study/validation_lanes.hpp"

namespace peak {
namespace {

using study::BlockRows;
using study::HalfRatios;

std::vector<std::size_t> finite_trials(const TrialBlocks& given) {
  const std::size_t numbers = 2 * given.blocks();
  std::vector<std::size_t> there;
  there.reserve(given.trials());
  for (std::size_t k = 0; k < given.trials(); ++k) {
    double none = 0;  // 0 * x is 0 unless x is not finite
    for (const double value : given.sums.subspan(k * numbers, numbers)) none += 0 * value;
    if (none == 0) there.push_back(k);
  }
  return there;
}

/// Rows of the trials `there`; each of `join` blocks that follow each other become one.
BlockRows rows_of(const TrialBlocks& given, const std::vector<std::size_t>& there, std::size_t join) {
  BlockRows rows;
  rows.trials = there.size();
  rows.width = (there.size() + BlockRows::kRowUnit - 1) / BlockRows::kRowUnit * BlockRows::kRowUnit;
  rows.bars.assign(given.blocks() / join, 0.0);
  for (std::size_t b = 0; b < given.blocks(); ++b) rows.bars[b / join] += static_cast<double>(given.bars[b]);
  const std::size_t blocks = rows.blocks();
  rows.values = Buffer<double>(2 * blocks * rows.width);
  for (std::size_t k = 0; k < rows.width; ++k) {
    const std::size_t trial = there[std::min(k, there.size() - 1)];
    for (std::size_t b = 0; b < blocks; ++b) {
      double sum = 0, squares = 0;
      for (std::size_t part = b * join; part < (b + 1) * join; ++part) {
        sum += given.sum(trial, part);
        squares += given.squares(trial, part);
      }
      rows.sums(b)[k] = sum;
      rows.squares(b)[k] = squares;
    }
  }
  return rows;
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
  const std::vector<std::size_t> there = finite_trials(trials);
  if (there.size() < 2) {
    return invalid_argument("cross-validation compares trials: it needs at least two, but there are " +
                            std::to_string(there.size()));
  }
  const bool joins = trials.blocks() == 16 && there.size() > most_trials_of_16;
  const BlockRows rows = rows_of(trials, there, joins ? 2 : 1);
  const std::size_t blocks = rows.blocks();
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
  std::vector<HalfRatios> scratch(ThreadPool::shared().size());
  const std::uint64_t middle = rows.trials + 1;  // twice the rank of the median
  const auto body = [&](std::size_t i, unsigned slot) {
    HalfRatios& own = scratch[slot];
    study::half_ratios(rows, choices[i], own);
    const std::uint64_t out = study::twice_rank(own.inside, own.best_inside, own.outside, rows.trials);
    const std::uint64_t back = study::twice_rank(own.outside, own.best_outside, own.inside, rows.trials);
    ranks[i] = {out + back, (out <= middle ? 1U : 0U) + (back <= middle ? 1U : 0U)};
  };
  PEAK_RETURN_IF_ERROR(parallel_for(choices.size(), body, {.stop = stop}));
  Ranks total;
  for (const Ranks& rank : ranks) {
    total.sum += rank.sum;
    total.overfitted += rank.overfitted;
  }
  SymmetricValidation result{.blocks = blocks, .combinations = 2 * choices.size(), .trials = rows.trials};
  const auto combinations = static_cast<double>(result.combinations);
  result.pbo = static_cast<double>(total.overfitted) / combinations;
  result.mean_rank = static_cast<double>(total.sum) / (2.0 * combinations * static_cast<double>(middle));
  return result;
}

}  // namespace peak
