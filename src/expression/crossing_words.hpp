// Crossing words: the crossings of 64 bars from how two values stand to each other on each of them (rule 7).
#pragma once

#include <cstdint>

namespace peak::expression {

/// Bars on which a stands above b, below b, and on which both are defined; above and below only where defined.
struct RelationWords {
  std::uint64_t above = 0, below = 0, defined = 0;
};

/// Bars on which a crosses b upwards and downwards, and on which that can be told.
struct CrossingWords {
  std::uint64_t above = 0, below = 0, defined = 0;
};

/// Takes the blocks of a column one after the other.
class CrossingBlocks {
 public:
  /// `equal`: bars that pass the relation before them on to the next one. None in a strict crossing.
  CrossingWords next(const RelationWords& now, std::uint64_t equal) noexcept {
    const std::uint64_t after_below = was_below_.before(now.below, equal);
    const std::uint64_t after_above = was_above_.before(now.above, equal);
    const std::uint64_t defined_before = now.defined << 1 | last_defined_;
    last_defined_ = now.defined >> 63;
    return {now.above & after_below, now.below & after_above, now.defined & defined_before};
  }
  CrossingWords next(const RelationWords& now) noexcept { return next(now, now.defined & ~now.above & ~now.below); }

 private:
  // Bars whose last relation before them that was not "equal" is `start`: each start bit is carried upwards through
  // bars with `equal` and is seen on the bar after. That is the carry of a binary addition, 64 bars in one go.
  struct CarriedRelation {
    std::uint64_t carry = 0;
    std::uint64_t before(std::uint64_t start, std::uint64_t equal) noexcept {
      const std::uint64_t sum = (start | equal) + start;
      const std::uint64_t total = sum + carry;
      carry = static_cast<std::uint64_t>(sum < start || total < sum);
      return total ^ equal;
    }
  };

  CarriedRelation was_above_, was_below_;
  std::uint64_t last_defined_ = 0;
};

}  // namespace peak::expression
