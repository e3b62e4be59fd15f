// A market that could have been: the bars of another one in random pieces.
#pragma once

#include <span>

#include "peak/market/bars.hpp"
#include "peak/study/stationary_bootstrap.hpp"

namespace peak::study {

/// Bars with the times of `bars`: bar t has the step from the close before, the shape (open, high and low against that
/// close) and the volume of the bar that the pieces name, so that prices stay on the same scale. The first bar stays.
[[nodiscard]] Result<Bars> resampled_bars(const Bars& bars, std::span<const BootstrapPiece> pieces);

}  // namespace peak::study
