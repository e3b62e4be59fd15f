// Arguments: Python values as the library's, with errors that name the argument.
//
// Threads: to be called with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <string>
#include <vector>

#include "peak/expression/program.hpp"

namespace peak::python {

/// A number (int, float, numpy scalar; not bool, not text), or TypeError naming the argument.
double number_of(nanobind::handle value, const char* name);
/// None gives nothing.
std::optional<double> optional_number(nanobind::handle value, const char* name);
std::optional<bool> optional_flag(nanobind::handle value, const char* name);
std::optional<std::string> optional_text(nanobind::handle value, const char* name);

/// Whether number_of would take it.
bool is_number(nanobind::handle value) noexcept;

/// A text or an object with __fspath__ as a path in UTF-8 (or the file system's bytes).
std::string path_of(nanobind::handle value);
bool is_path(nanobind::handle value) noexcept;

/// A mapping of names to numbers; None is empty.
expression::ParameterValues parameters_of(nanobind::handle value);

/// The class of a value for error messages: "list", "pandas.DataFrame".
std::string class_name(nanobind::handle value);
/// Whether the value's class is defined in the package `name` ("pandas", "polars").
bool is_of_package(nanobind::handle value, const char* name);

}  // namespace peak::python
