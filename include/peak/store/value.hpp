// Value: one value of SQL.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace peak::store {

/// NULL, whole number, number, text (blobs are text too).
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

}  // namespace peak::store
