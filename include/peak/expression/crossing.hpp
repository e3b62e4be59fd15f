// Crossing: the relation of two values behind crosses_above and crosses_below (rule 7), in one place.
//
// Values within 1e-12 relative are equal, so that rounding decides no trade. The comparison is made of the operations
// below in this order, so that every executor (kernels of any width, a loop, a stream) gets the same answer.
// Threads: pure functions.
#pragma once

#include <cmath>
#include <limits>

namespace peak::expression {

/// Relative difference up to which two values count as equal in a crossing.
inline constexpr double kCrossingTolerance = 1e-12;

enum class Relation : unsigned char { kUndefined, kBelow, kEqual, kAbove };

/// How `a` stands to `b`: equal when |a - b| <= 1e-12 * max(|a|, |b|), undefined when one of them is NaN. An infinity
/// is above every finite number and equal to itself: the larger magnitude is cut to the largest finite double.
[[nodiscard]] inline Relation relation(double a, double b) noexcept {
  if (std::isnan(a) || std::isnan(b)) return Relation::kUndefined;
  // Comparisons, not fmin and fmax: nothing is missing here, and those are calls into the mathematics library.
  const double x = std::fabs(a), y = std::fabs(b);
  const double larger = x < y ? y : x;
  const double largest = std::numeric_limits<double>::max();
  const double tolerance = kCrossingTolerance * (larger < largest ? larger : largest);
  if (a - b > tolerance) return Relation::kAbove;
  if (b - a > tolerance) return Relation::kBelow;
  return Relation::kEqual;
}

}  // namespace peak::expression
