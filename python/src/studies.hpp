// What studies are asked, and how they answer peaktrade._studies: the same on one market and over many symbols. An
// answer begins with the JSON of the command and its text.
//
// Threads: to be used with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "peak/report/studies.hpp"

namespace peak::python {

/// All combinations of the axes for which `where` holds.
Grid whole_grid(const nanobind::dict& axes, const std::string& where);

WalkForwardOptions walk_forward_options(bool anchored, std::size_t windows, std::size_t train, std::size_t test,
                                        std::size_t purge, std::size_t embargo, const std::string& metric,
                                        unsigned threads);
CrossValidationOptions cross_validation_options(std::size_t groups, std::size_t test_groups, std::size_t purge,
                                                std::size_t embargo, unsigned threads);

/// Names, first and last nanoseconds.
using NamedWindows = std::vector<std::tuple<std::string, std::int64_t, std::int64_t>>;
SensitivityOptions sensitivity_options(const std::string& metric, std::size_t steps, double step, std::size_t costs,
                                       std::size_t bad_times, const NamedWindows& windows);

/// Behind the text: `origin`, and the times, equity and returns of the tests; `line` has the bars that are counted.
nanobind::tuple told(WalkForward result, const Bars& line, const StudySource& source, const nanobind::object& origin);
nanobind::tuple told(const CrossValidation& result, const Grid& grid, const StudySource& source);
nanobind::tuple told(const MonteCarlo& result, const StudySource& source);
nanobind::tuple told(const Sensitivity& result, const StudySource& source);

}  // namespace peak::python
