// Columns of numbers as short text, for the page: base64 of differences between neighbours, or of the doubles.
//
//     {"kind": "delta", "count": 3, "base": 0, "multiply": 1, "divide": 100, "data": "..."}
//         value[i] = (base + multiply * (d[0] + ... + d[i])) / divide; each d a zigzag LEB128 integer
//     {"kind": "float64", "count": 3, "data": "..."}
//         little-endian IEEE doubles
//
// Prices on a tick grid take one to two bytes each this way and come out as the same doubles: dividing by a power of
// ten undoes the scaling exactly, which is checked for every value. web/src/columns.ts reads this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "report/json_writer.hpp"

namespace peak::report {

/// Exactly these values.
void write_exact(JsonWriter& json, std::span<const double> values);

/// Values rounded to `decimals` places (not finite ones: exactly, all of them).
void write_rounded(JsonWriter& json, std::span<const double> values, int decimals);

/// Whole numbers below 2^51 in size, as multiples of their common step.
void write_whole(JsonWriter& json, std::span<const std::int64_t> values);

/// Standard base64 with padding (RFC 4648).
[[nodiscard]] std::string base64(std::span<const unsigned char> bytes);

}  // namespace peak::report
