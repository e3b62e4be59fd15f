// Arrow: tables taken over from other libraries through the Arrow C data interface, without Arrow itself.
//
// Purpose    pandas, polars, pyarrow, DuckDB and libpeak_io all hand out tables in this form (a stream of record
//            batches behind three C structs), so this is the one place where foreign types become columns.
// Copies     float64, int64 and nanosecond columns in one batch without nulls are not copied: the Column keeps the
//            foreign memory alive. Everything else is converted once.
// Types      float16/32/64 and decimals: float64 (the nearest). Integers: int64, or float64 when one is null or does
// not
//            fit. Booleans: bool, or float64 when one is null. Timestamps and dates: time, in Nanoseconds UTC. Strings
//            and dictionaries of strings: text. Nested and other types are left out, with a note.
// Missing    NaN, kNoTime, code -1.
// Failure    kBadData for a time that nanoseconds cannot hold, or when the producer's stream fails.
// Threads    no shared state; the producer's release callbacks may run on any thread that drops the last Column.
//
// The structs are those of the Arrow specification (format/CDataInterface), under its include guards.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/table/column.hpp"

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
extern "C" {
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  std::int64_t flags;
  std::int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  std::int64_t length;
  std::int64_t null_count;
  std::int64_t offset;
  std::int64_t n_buffers;
  std::int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};
}
#endif  // ARROW_C_DATA_INTERFACE

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
extern "C" {
struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};
}
#endif  // ARROW_C_STREAM_INTERFACE

namespace peak {

/// A table that came through the C data interface.
struct ArrowTable {
  Table table;
  std::string time_zone;           ///< of the first timestamp column that has one, else empty
  std::vector<std::string> notes;  ///< one sentence for each column that was left out
};

/// Reads a stream to its end and releases it, also on failure. A stream of something else than record batches (a
/// single series) gives a table of one column.
[[nodiscard]] Result<ArrowTable> table_from_arrow(ArrowArrayStream& stream);

/// Takes one record batch (or series) over; both structs are released or moved from, also on failure.
[[nodiscard]] Result<ArrowTable> table_from_arrow(ArrowSchema& schema, ArrowArray& array);

}  // namespace peak
