// The symbols of a run: what a trade or an order of it was made on, whether the run is over one symbol or a panel.
#pragma once

#include <cstddef>
#include <cstdint>

#include "peak/sim/backtest.hpp"

namespace peak::report {

/// The symbol's own bars.
inline const Bars& bars_of(const BacktestResult& result, std::uint32_t symbol) noexcept {
  return result.panel != nullptr ? result.panel->series(symbol) : result.bars;
}

/// Which of these bars is that of the run's bar, or the last one before it; -1 if there is none.
inline std::int64_t row_of(const BacktestResult& result, std::uint32_t symbol, std::int64_t bar) noexcept {
  return result.panel != nullptr && bar >= 0 ? result.panel->row(symbol, static_cast<std::size_t>(bar)) : bar;
}

inline const Instrument& instrument_of(const BacktestResult& result, std::uint32_t symbol) noexcept {
  return result.panel != nullptr ? result.instruments[symbol] : result.broker.instrument;
}

}  // namespace peak::report
