// The axes of a grid from Python's values.
#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "peak/study/grid_axis.hpp"

namespace peak::python {

/// A tuple (low, high, step) is a range; any other iterable lists numbers, or words if one of them is a text.
GridAxis axis_of(const std::string& name, nanobind::handle values);

}  // namespace peak::python
