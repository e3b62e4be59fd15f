// Narrowing: how much less memory a column would take if its values had the narrowest types that hold each of them.
//
// Purpose   to tell whether it pays before it is done; peaktrade.core.numpy_accel.optimize_dataframe_memory does it.
// Plain     8 bytes to a number and a time, 1 to a bool, a text's bytes and 8 for where it ends: as frames have them.
// Narrow    whole numbers in 1, 2 or 4 bytes where all fit, numbers in 4 where each is a float32, texts that repeat as
//           codes of 1, 2 or 4 bytes and each text once. Nothing is lost.
// Threads   a pure function.
#pragma once

#include <cstdint>

#include "peak/table/column.hpp"

namespace peak {

struct ColumnBytes {
  std::uint64_t plain = 0;
  std::uint64_t narrow = 0;
};

[[nodiscard]] ColumnBytes column_bytes(const Column& column);

}  // namespace peak
