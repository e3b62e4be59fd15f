// Columns of signals: an array of bool with a row for each bar as bits, column by column.
//
// Threads   view_of_columns with the GIL held; bits_of_columns needs no GIL and uses the pool.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "peak/base/bits.hpp"
#include "peak/parallel/thread_pool.hpp"

namespace peak::python {

/// A matrix of bytes that somebody else keeps.
struct ColumnsView {
  const std::uint8_t* data = nullptr;
  std::size_t rows = 0, columns = 0;
  std::ptrdiff_t row_step = 0, column_step = 0;  ///< in bytes; may be negative
};

/// Of a two-dimensional array of bool, however it lies in memory; TypeError for anything else.
ColumnsView view_of_columns(nanobind::handle array, const char* name);

/// Each column's bits.
Result<std::vector<Bits>> bits_of_columns(const ColumnsView& view, const ParallelOptions& parallel);

}  // namespace peak::python
