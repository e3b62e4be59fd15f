// The options of a run, as peaktrade.backtest takes them.
//
// Threads: to be called with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <string>

#include "peak/sim/backtest.hpp"

namespace peak::python {

/// Whose times the series beside the data are in: "" for UTC and for none.
struct SeriesZones {
  bool naive_series = false;  ///< funding or corporate actions with times that have no zone
  std::optional<std::string> detail, benchmark;

  /// Refuses times without a zone beside data that have one, and the other way round: which times meet would be a
  /// guess.
  void check(const Bars& bars) const;
};

/// From a mapping of the names in peaktrade._backtest.OPTIONS to what the user gave; missing ones are not given.
BacktestOptions run_options_of(const nanobind::dict& given, SeriesZones& zones);

}  // namespace peak::python
