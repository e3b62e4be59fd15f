// Do given signals look as if they had been shifted by a bar already (rule 1)?
//
// Users of engines that fill on the signal's own bar shift their signals by one; here that would delay every order
// twice. Nothing in an array of booleans says that it was shifted, but prices do: a signal made from closes is caused
// by the move of its own bar, so moves on signal bars stand out from all moves. When those of the bar before stand out
// instead, the signals came a bar late.
#pragma once

#include <string>

#include "peak/market/bars.hpp"
#include "peak/sim/simulation.hpp"

namespace peak::sim {

/// A sentence for the user, or an empty text. A hint, not a proof: it needs 20 signals of a kind, a mean move on the
/// bar before of more than five standard errors, and one on the signal's bar that is under a third of that.
[[nodiscard]] std::string shifted_signals_warning(const Bars& bars, const SignalViews& signals);

}  // namespace peak::sim
