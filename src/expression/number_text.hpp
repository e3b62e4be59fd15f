// Numbers as text: shortest form that reads back to the same double, without regard to the locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace peak::expression {

/// The shortest decimal text that reads back to `value`.
std::string format_number(double value);

/// The number that takes the whole of `text` (digits, point, exponent; no sign); none if it is not one or leaves the
/// range of double.
std::optional<double> parse_number(std::string_view text);

}  // namespace peak::expression
