// Numbers as text and back, for options and their errors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace peak::trading {

/// The shortest text that reads back to `value`.
std::string shown(double value);
/// A number that takes the whole of `text`.
std::optional<double> read_number(std::string_view text);

}  // namespace peak::trading
