// NarrowObject: peaktrade's narrow table, with the zone in which its times were given.
//
// Threads: to be used with the GIL held; `table` may be read anywhere.
#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "peak/table/narrow_column.hpp"

namespace peak::python {

struct NarrowObject {
  NarrowTable table;
  std::string zone;
};

/// The object behind a table made by peaktrade.narrow, or null for anything else.
const NarrowObject* narrow_object(nanobind::handle data);

}  // namespace peak::python
