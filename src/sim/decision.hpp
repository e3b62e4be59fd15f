// Decisions: what the signals of one bar ask for, given what is held (rules 4 and 5).
#pragma once

#include "peak/trading/order.hpp"

namespace peak::sim {

/// The four signals of a bar, undefined counted as false (rule 6).
struct BarSignals {
  bool entry = false, exit = false, short_entry = false, short_exit = false;
  [[nodiscard]] bool any() const noexcept { return entry || exit || short_entry || short_exit; }
};

/// What is held when the decision is made.
enum class Holding : unsigned char { kFlat, kLong, kShort };

struct Decision {
  bool closes = false;  ///< the position held is closed
  bool enters = false;  ///< a position is opened, or added to, on `side`; after the close if both
  Side side = Side::kLong;
  bool conflict = false;  ///< signals contradicted each other (rule 5)
  [[nodiscard]] bool acts() const noexcept { return closes || enters; }
};

/// Rules 4 and 5, written out case by case.
inline Decision decide(const BarSignals& signals, Holding holding, bool accumulate) noexcept {
  Decision decision;
  const bool both_sides = signals.entry && signals.short_entry;
  const bool long_contradiction = signals.entry && signals.exit;
  const bool short_contradiction = signals.short_entry && signals.short_exit;
  const bool wants_long = signals.entry && !both_sides && !long_contradiction;
  const bool wants_short = signals.short_entry && !both_sides && !short_contradiction;
  switch (holding) {
    case Holding::kFlat:
      decision.conflict = both_sides || long_contradiction || short_contradiction;
      // One contradiction blocks the bar: the other side's entry is not a way out of it.
      decision.enters = !decision.conflict && (wants_long || wants_short);
      decision.side = wants_short ? Side::kShort : Side::kLong;
      break;
    case Holding::kLong:
      decision.conflict = both_sides || short_contradiction;
      decision.closes = signals.exit || wants_short;
      decision.enters = wants_short || (accumulate && wants_long);
      decision.side = wants_short ? Side::kShort : Side::kLong;
      break;
    case Holding::kShort:
      decision.conflict = both_sides || long_contradiction;
      decision.closes = signals.short_exit || wants_long;
      decision.enters = wants_long || (accumulate && wants_short);
      decision.side = wants_long ? Side::kLong : Side::kShort;
      break;
  }
  return decision;
}

}  // namespace peak::sim
