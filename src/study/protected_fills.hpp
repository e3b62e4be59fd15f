// The fills of a strategy with a stop loss and a target (rule 13), which do not depend on money: levels lie at
// fractions of the entry's price, so that fills are found first and walked over after.
//
// Where the price first reaches the stop or the target depends on the entry's bar alone, whatever the signals: that is
// remembered, so that combinations with the same stop and target look at the bars after an entry once.
//
// Time is taken in stretches, one after the other, each for all combinations before the next: what is read of its bars
// then comes from a cache.
//
// Threads: one each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "peak/base/bits.hpp"
#include "peak/market/bars.hpp"
#include "study/walk_terms.hpp"

namespace peak::study {

/// What a combination holds between two stretches.
struct ProtectedPosition {
  bool held = false;
  std::size_t entered = 0;
  double price = 0;         ///< of the entry
  std::size_t decided = 0;  ///< first bar whose signals have not been looked at
};

class ProtectedFills {
 public:
  /// `bars` have every price and must outlive this.
  explicit ProtectedFills(const Bars& bars) : bars_(bars) {}

  /// Long fills of the bars [begin, end) for given signals, in turn an entry and an exit; of an entry and an exit
  /// inside the same bar the entry comes first, of an exit inside a bar and an entry at its close the exit. `position`
  /// is what was held after the bars before. Quicker when bars and terms were the same before, but for the cash and the
  /// commission.
  void find(const BitView& entry, const BitView& exit, const WalkTerms& terms, std::size_t begin, std::size_t end,
            ProtectedPosition& position, std::vector<PricedFill>& fills);

 private:
  struct Levels {
    double stop, target;
  };
  void take(const WalkTerms& terms, std::size_t begin, std::size_t end);
  [[nodiscard]] Levels levels(double entry_price) const;
  std::size_t touch(std::size_t entered, const Levels& levels, std::size_t begin, std::size_t end);
  [[nodiscard]] double touch_price(std::size_t bar, bool from_open, const Levels& levels) const;

  const Bars& bars_;
  WalkTerms terms_;
  std::size_t begin_ = 0;  // of the stretch
  std::vector<std::uint32_t>
      touched_;  // by the entry's bar: the bar of the touch, or the one before which there is none
};

/// Whether `a` comes before `b` in an order in which those that share touches are neighbours.
[[nodiscard]] bool touches_before(const WalkTerms& a, const WalkTerms& b);

}  // namespace peak::study
