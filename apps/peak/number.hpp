// Numbers on the command line.
#pragma once

#include <cstddef>
#include <string>

#include "peak/base/status.hpp"

namespace peak::command {

/// The number that `text` is, wholly; "nan" and "inf" are numbers, and what takes them refuses them by name. `what`
/// stands before the error: "--cash".
[[nodiscard]] Result<double> parse_number(const std::string& text, const std::string& what);

/// A whole number, 0 or more.
[[nodiscard]] Result<std::size_t> parse_count(const std::string& text, const std::string& what);

/// The shortest text that reads back as the same number; whole ones without an exponent.
[[nodiscard]] std::string format_number(double value);

}  // namespace peak::command
