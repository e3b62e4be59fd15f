// Arrays: numpy arrays and Arrow streams as columns, without numpy's or Arrow's headers.
//
// numpy describes an array in the struct behind __array_struct__ (its array interface, protocol version 3); that is all
// that is needed to read one, and costs a fraction of the buffer protocol, which cannot hold datetime64 at all.
//
// Copies    contiguous float64, int64, bool and datetime64[ns] arrays are not copied: the column keeps the array.
// Threads   to be called with the GIL held; the columns may be used and dropped anywhere.
#pragma once

#include <nanobind/nanobind.h>

#include <span>
#include <string>

#include "peak/base/bits.hpp"
#include "peak/base/buffer.hpp"
#include "peak/table/arrow.hpp"
#include "peak/table/column.hpp"

namespace peak::python {

/// Keeps a Python object alive until the last column that points into it is gone.
Column::Owner owner_of(nanobind::handle object);

/// One column of a mapping: a numpy array, or whatever peaktrade._frames can make one of (lists, series).
/// `as_time` takes whole numbers as nanoseconds since 1970.
Column column_of(std::string name, nanobind::handle values, bool as_time = false);

/// Bits of an array of booleans: bool arrays, lists, series; a missing value is false (an undefined signal is none).
Bits bits_of(nanobind::handle values, const char* name);

/// The table behind an object with __arrow_c_stream__ or __arrow_c_array__.
ArrowTable arrow_table_of(nanobind::handle object);
bool has_arrow(nanobind::handle object);

/// Views on memory that `owner` keeps, as read-only numpy arrays.
nanobind::object numpy_view(std::span<const double> values, nanobind::handle owner);
nanobind::object numpy_view(std::span<const std::int64_t> values, nanobind::handle owner);
/// Arrays that own what they show.
nanobind::object numpy_array(std::vector<double> values);
nanobind::object numpy_array(Buffer<double> values);
nanobind::object numpy_array(std::vector<std::int64_t> values);
nanobind::object numpy_array(std::vector<std::int8_t> values);
nanobind::object numpy_array(std::vector<std::uint8_t> values);  ///< of bool

}  // namespace peak::python
