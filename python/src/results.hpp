// ResultObject: peaktrade._native.Result, a run with the bars object that it ran on.
//
// Threads: to be used with the GIL held; the run itself is constant.
#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "peak/sim/backtest.hpp"

namespace peak::python {

struct ResultObject {
  BacktestResult run;
  nanobind::object origin;  ///< see BarsObject
  std::string data_path;
  std::string strategy_path;
};

}  // namespace peak::python
