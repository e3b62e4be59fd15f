// Class strategies: Python classes with on_bar(self, ctx) as strategies.
//
// Threads: to be called with the GIL held, which is kept while the strategy runs.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <string>

#include "bars.hpp"
#include "peak/sim/backtest.hpp"
#include "peak/sim/context.hpp"
#include "results.hpp"

namespace peak::python {

/// A class or an object with on_bar.
bool is_class_strategy(nanobind::handle strategy) noexcept;

/// Runs it. An exception in on_bar becomes a peaktrade.StrategyError that carries the result up to there.
ResultObject run_class(const BarsObject& bars, nanobind::handle strategy, const BacktestOptions& options);

/// The strategy's object (made, if a class was given), with the parameters that are attributes of it set.
nanobind::object strategy_instance(nanobind::handle strategy, const expression::ParameterValues& given,
                                   Context& context);

/// After init: lines are called as the attributes that hold them.
void name_lines(nanobind::handle instance);

/// Raises the exception that is set as a StrategyError with place and partial result.
[[noreturn]] void raise_strategy_failed(const std::string& name, std::int64_t bar, Nanoseconds time,
                                        ResultObject partial);

}  // namespace peak::python
