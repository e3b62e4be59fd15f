// SweepObject: peaktrade._native.SweepResult; and what sweeps are asked for, as Python gives it.
//
// Threads: to be used with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "peak/study/sweep.hpp"
#include "peak/study/sweep_overfitting.hpp"

namespace peak::python {

struct SweepObject {
  SweepResult result;
  nanobind::object origin;  ///< of the first market, see BarsObject
  std::vector<std::string> paths;
  std::map<std::pair<Metric, OverfittingEffort>, Overfitting> luck = {};  ///< made when asked for
};

/// "all", "random" or "latin".
Sampling sampling_of(const std::string& name);
std::vector<Metric> metrics_of(const std::vector<std::string>& names);
/// Axes by name; the GIL is released while rows are chosen.
Result<Grid> grid_of(const nanobind::dict& given, const GridOptions& options);

}  // namespace peak::python
