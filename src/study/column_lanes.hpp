// ColumnLanes: up to eight columns of signals that trade often, each in a lane of vectors, all in or flat, long, with
// proportional costs. What trade_walk.hpp does trade by trade, here bar by bar for all of them at once: every lane's
// money is made of the ledger's operations in its order (rule 16).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "peak/market/bars.hpp"
#include "peak/parallel/stop_token.hpp"
#include "study/trade_walk.hpp"
#include "study/walk_conditions.hpp"
#include "study/walk_totals.hpp"

namespace peak::study {

inline constexpr std::size_t kColumnLanes = 8;

/// What `columns` (at most kColumnLanes) came to, in their order; without a value where a number left the range in
/// which lanes equal a run, which must be made by itself then. Every price is in the range of StridePrices.
/// `with_trades` asks for what WalkTotals has beside equity, depth, sums of returns and squares, and counts of trades.
/// None after a stop.
std::vector<std::optional<WalkTotals>> walk_column_lanes(const Bars& bars, std::span<const LongSignals> columns,
                                                         const WalkTerms& terms, bool with_trades,
                                                         const StopToken& stop);

}  // namespace peak::study
