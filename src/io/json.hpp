// JSON: candles to a table.
#pragma once

#include "io/source.hpp"
#include "peak/base/status.hpp"
#include "peak/io/read.hpp"

namespace peak::io {

/// An array of objects or of arrays, an object that holds one (at most three levels down), {"columns", "data"}, or an
/// object of equally long arrays. Numbers may be texts; nested values are left out with a note.
Result<LoadedTable> read_json(const Source& source, const ReadOptions& options);

}  // namespace peak::io
