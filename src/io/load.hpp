// Load: from the bytes of a source to a table, and from that to bars.
//
// Errors do not name the path: whoever opened the source does.
#pragma once

#include "io/source.hpp"
#include "peak/base/status.hpp"
#include "peak/io/read.hpp"

namespace peak::io {

/// The columns and rows that the options select. `for_bars`: prices and volume belong to any selection.
Result<LoadedTable> load_table(const Source& source, const ReadOptions& options, bool for_bars);

/// Bars of what load_table has given.
Result<LoadedBars> bars_of(const Source& source, LoadedTable loaded, const ReadOptions& options);

}  // namespace peak::io
