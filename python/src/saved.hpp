// Saved runs: a result as plain columns and numbers, and back; peaktrade/_saved.py puts them into a file.
//
// Threads: to be called with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include "results.hpp"

namespace peak::python {

/// {"columns": name to array, "numbers": name to number, "texts": name to text or list or dict}.
nanobind::dict state_of(const ResultObject& result);

/// The result that state_of described; DataError when parts are missing or do not fit each other.
ResultObject result_of(const nanobind::dict& state);

}  // namespace peak::python
