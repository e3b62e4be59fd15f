// Arrow column: one column of an Arrow table, in the runs in which it came, as a Column.
//
// Threads: pure function.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/table/arrow.hpp"

namespace peak {

/// A column's part of one record batch: elements [first, first + length) of `array`, counted from its buffers' start.
struct ArrowRun {
  const ArrowArray* array = nullptr;
  std::int64_t first = 0;
  std::int64_t length = 0;
  Column::Owner owner;  ///< keeps `array` and its buffers alive
};

/// kUnsupported for a type that a Column cannot hold.
[[nodiscard]] Result<Column> column_from_arrow(const std::string& name, const ArrowSchema& type,
                                               const std::vector<ArrowRun>& runs);

/// The zone of a timestamp type's format ("tsu:Europe/Berlin"), or empty.
[[nodiscard]] std::string arrow_time_zone(const ArrowSchema& type);

}  // namespace peak
