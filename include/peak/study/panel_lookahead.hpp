// Panel look-ahead: the look-ahead check (lookahead.hpp) on runs over many symbols: the run goes over the first stamps
// of the panel, and what is decided for each symbol there must not change when more stamps are added.
//
//     auto found = peak::check_lookahead(panel, strategy, panel_options);
//     found->text(&index);                      // index: panel->equal_weight_index(), for its times
//
// Decisions  of signals "entry of KO" and the like, at the stamps of the symbol's bars; of an allocation "weight of KO"
//            at every stamp, whatever the schedule; and "order of KO" (+1 a buy, -1 a sell, added up by deciding
//            stamp). With a schedule of last stamps orders are left out: that a stamp was the last of its period shows
//            on the next one only.
// Threads    as lookahead.hpp.
#pragma once

#include <cstddef>
#include <memory>

#include "peak/base/status.hpp"
#include "peak/market/panel.hpp"
#include "peak/sim/panel_backtest.hpp"
#include "peak/strategy/definition.hpp"
#include "peak/study/lookahead.hpp"

namespace peak {

/// What was known at the close of stamp `count` - 1: the same symbols, of which some may have no bar yet.
[[nodiscard]] Result<Panel> known_at(const Panel& panel, std::size_t count);

[[nodiscard]] Result<Lookahead> check_lookahead(const std::shared_ptr<const Panel>& panel,
                                                const StrategyDefinition& strategy, const PanelOptions& run,
                                                const LookaheadOptions& options = {});

}  // namespace peak
