// Expressions: Python values as formulas.
//
// Threads: to be called with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include "peak/expression/expression.hpp"

namespace peak::python {

/// The expression, or its first error as an exception.
expression::Expression checked(expression::Expression value);
bool is_expression(nanobind::handle value);
/// An expression, a number, or a text; else TypeError.
expression::Expression expression_of(nanobind::handle value);

}  // namespace peak::python
