// Stretches: time cut wherever a sum over bars must be known, and legs, the parts of it that a walk takes at a time.
//
//     blocks     |        0        |        1        |      of the overfitting statistics
//     periods    |  0  |  1  |  2  |  3  |  4  |  5  |      of TrialPeriods
//     stretches  |  0  |  1  |  2  |  3  |  4  |  5  |      end where either does, and none is longer than kMostBars
//     legs       |           0           |     1     |      whole stretches; what is read of their bars fits a cache
//
// Threads: constant after it is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "peak/base/buffer.hpp"

namespace peak::study {

class Stretches {
 public:
  static constexpr std::size_t kMostBars = 2048;  ///< of a stretch: so many bars' sums fit the words of a SplitSum
  static constexpr std::size_t kMostInLeg = 128;

  /// At least one block; `periods` may be 0: not asked for.
  Stretches(std::size_t bars, std::size_t blocks, std::size_t periods);

  struct Stretch {
    std::size_t begin, end;  ///< bars
    std::size_t block, period;
    bool ends_block, ends_period;
  };
  struct Leg {
    std::size_t begin, end;  ///< bars
    std::span<const Stretch> stretches;
  };
  [[nodiscard]] std::size_t legs() const noexcept { return first_.size() - 1; }
  [[nodiscard]] Leg leg(std::size_t index) const noexcept {
    const std::span<const Stretch> in(stretches_.data() + first_[index], first_[index + 1] - first_[index]);
    return {in.front().begin, in.back().end, in};
  }
  /// The place of each bar's stretch in its leg.
  [[nodiscard]] const std::uint8_t* places() const noexcept { return places_.data(); }

 private:
  std::vector<Stretch> stretches_;
  std::vector<std::size_t> first_;  // of each leg, and the end
  Buffer<std::uint8_t> places_;
};

}  // namespace peak::study
