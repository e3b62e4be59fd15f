// Decimal: whole numbers of 4 to 32 bytes that stand for multiples of a power of ten, as doubles.
//
// Threads: pure function.
#pragma once

#include <cstdint>

namespace peak {

/// The double nearest to value * 10^-scale; `bytes` is a two's complement integer in little-endian order of
/// `size_bytes` = 4, 8, 16 or 32.
[[nodiscard]] double double_of_decimal(const std::uint8_t* bytes, int size_bytes, int scale);

}  // namespace peak
