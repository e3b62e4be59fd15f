// Align: bars of several symbols on one time line.
//
// Threads    pure functions.
#pragma once

#include <span>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/market/bars.hpp"

namespace peak {

enum class AlignBy : unsigned char {
  kInner,    ///< the stamps that every symbol has
  kOuter,    ///< the stamps that any symbol has; where one has no bar its prices are NaN and its volume 0
  kForward,  ///< as kOuter, and prices carry the close before forward (nothing before the first bar)
};

/// The bars in the order given, all with the same stamps. Further columns are NaN where there is no bar. The stamps of
/// each must rise.
Result<std::vector<Bars>> aligned(std::span<const Bars> bars, AlignBy by);

}  // namespace peak
