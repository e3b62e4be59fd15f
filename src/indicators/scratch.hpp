// Scratch memory of the kernels: one block to a thread, kept between calls.
#pragma once

#include <cstddef>

namespace peak::indicators {

/// At least `count` doubles at a cache line's start, with what earlier calls left in them. A later call on the same
/// thread takes the same memory, so a kernel asks once and divides.
double* scratch(std::size_t count);

/// `count` rounded up, so that rows laid one after the other all start at a cache line.
constexpr std::size_t scratch_row(std::size_t count) noexcept { return (count + 7) / 8 * 8; }

}  // namespace peak::indicators
