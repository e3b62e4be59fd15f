#include "peak/study/symmetric_validation.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "peak/parallel/thread_pool.hpp"
#include "study/validation_lanes.hpp"

namespace peak {
namespace {

using study::BlockRows;
using study::HalfRatios;

constexpr std::size_t kTrialsAtOnce = 1 << 16;  // whose sums are laid out for vectors at a time: 8 MiB

bool is_there(const TrialBlocks& given, std::size_t trial) {
  const std::size_t numbers = 2 * given.blocks();
  double none = 0;  // 0 * x is 0 unless x is not finite
  for (const double value : given.sums.subspan(trial * numbers, numbers)) none += 0 * value;
  return none == 0;
}

/// The trials that are there, ascending.
Result<std::vector<std::size_t>> trials_there(const TrialBlocks& given, const StopToken& stop) {
  std::vector<std::uint8_t> is(given.trials());
  const auto look_at = [&](std::size_t k) { is[k] = is_there(given, k) ? 1 : 0; };
  PEAK_RETURN_IF_ERROR(parallel_for(is.size(), look_at, {.stop = stop}));
  std::vector<std::size_t> there;
  there.reserve(is.size());
  for (std::size_t k = 0; k < is.size(); ++k) {
    if (is[k] != 0) there.push_back(k);
  }
  return there;
}

/// Rows of trials that are there; each of `join` blocks that follow each other become one.
Result<BlockRows> rows_of(const TrialBlocks& given, std::span<const std::size_t> there, std::size_t join,
                          const StopToken& stop) {
  BlockRows rows;
  rows.trials = there.size();
  rows.width = (there.size() + BlockRows::kRowUnit - 1) / BlockRows::kRowUnit * BlockRows::kRowUnit;
  rows.bars.assign(given.blocks() / join, 0.0);
  for (std::size_t b = 0; b < given.blocks(); ++b) rows.bars[b / join] += static_cast<double>(given.bars[b]);
  const std::size_t blocks = rows.blocks();
  rows.values = Buffer<double>(2 * blocks * rows.width);
  const auto add_up = [&](std::size_t k) {
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
  };
  PEAK_RETURN_IF_ERROR(parallel_for(rows.width, add_up, {.stop = stop}));
  return rows;
}

/// The best of one half of the blocks, what it came to in the other, and how many are below that, twice.
struct HalfChoice {
  float best = -std::numeric_limits<float>::infinity();
  float there = 0;
  std::uint64_t below_twice = 0;

  void find_best(const std::vector<float>& own, float highest, const std::vector<float>& other) {
    if (!(highest > best)) return;
    best = highest;
    there = other[study::first_with(own, highest)];
  }
};

/// A choice of half the blocks, and its complement.
struct Choice {
  std::uint32_t blocks = 0;
  HalfChoice chosen, others;
};

/// Choices with block 0: each stands for itself and for its complement.
std::vector<Choice> choices_of(std::size_t blocks) {
  std::vector<Choice> choices;
  for (std::uint32_t chosen = 1; chosen < std::uint32_t{1} << blocks; chosen += 2) {
    if (static_cast<std::size_t>(std::popcount(chosen)) == blocks / 2) choices.push_back({chosen, {}, {}});
  }
  return choices;
}

/// Finds the best of each choice, or counts how it ranks in the others, or both if all trials are looked at together.
Status look(const TrialBlocks& trials, std::span<const std::size_t> there, std::size_t join, bool finds, bool counts,
            std::vector<Choice>& choices, const StopToken& stop) {
  std::vector<HalfRatios> scratch(ThreadPool::shared().size());
  for (std::size_t first = 0; first < there.size(); first += kTrialsAtOnce) {
    const auto part = there.subspan(first, std::min(kTrialsAtOnce, there.size() - first));
    PEAK_ASSIGN_OR_RETURN(const BlockRows rows, rows_of(trials, part, join, stop));
    const auto body = [&](std::size_t i, unsigned slot) {
      HalfRatios& own = scratch[slot];
      Choice& choice = choices[i];
      study::half_ratios(rows, choice.blocks, own);
      if (finds) {
        choice.chosen.find_best(own.inside, own.best_inside, own.outside);
        choice.others.find_best(own.outside, own.best_outside, own.inside);
      }
      if (!counts) return;
      choice.chosen.below_twice += study::below_twice(own.outside, rows.trials, choice.chosen.there);
      choice.others.below_twice += study::below_twice(own.inside, rows.trials, choice.others.there);
    };
    PEAK_RETURN_IF_ERROR(parallel_for(choices.size(), body, {.stop = stop}));
  }
  return {};
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
  PEAK_ASSIGN_OR_RETURN(const std::vector<std::size_t> there, trials_there(trials, stop));
  const std::size_t count = there.size();
  if (count < 2) {
    return invalid_argument("cross-validation compares trials: it needs at least two, but there are " +
                            std::to_string(count));
  }
  const std::size_t join = trials.blocks() == 16 && count > most_trials_of_16 ? 2 : 1;
  std::vector<Choice> choices = choices_of(trials.blocks() / join);
  const bool together = count <= kTrialsAtOnce;
  PEAK_RETURN_IF_ERROR(look(trials, there, join, true, together, choices, stop));
  if (!together) PEAK_RETURN_IF_ERROR(look(trials, there, join, false, true, choices, stop));
  std::uint64_t sum = 0, overfitted = 0;
  for (const Choice& choice : choices) {
    for (const HalfChoice* half : {&choice.chosen, &choice.others}) {
      const std::uint64_t twice_rank = half->below_twice + 1;
      sum += twice_rank;
      overfitted += twice_rank <= count + 1 ? 1U : 0U;  // twice the rank of the median
    }
  }
  SymmetricValidation result{.blocks = trials.blocks() / join, .combinations = 2 * choices.size(), .trials = count};
  const auto combinations = static_cast<double>(result.combinations);
  result.pbo = static_cast<double>(overfitted) / combinations;
  result.mean_rank = static_cast<double>(sum) / (2.0 * combinations * static_cast<double>(count + 1));
  return result;
}

}  // namespace peak
