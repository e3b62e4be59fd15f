// Chunks: files larger than memory, a piece at a time.
//
// Formats    CSV (not inside gzip or zip), Parquet, Arrow IPC files.
// Memory     a few pieces, or of CSV a block of 16 MiB and its rows.
// Types      as of read_table; those of a CSV's columns are decided by its first block, and a later cell that is not
//            what its column is, is an error with its line.
// Errors     as read_table, and kUnsupported for other formats. Pieces that were handed over before stay.
// Threads    functions may run beside each other.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "peak/base/status.hpp"
#include "peak/io/read.hpp"

namespace peak::io {

/// Takes the pieces in the order of the file; an error stops the reading and is given back.
using TakeChunk = std::function<Status(LoadedTable piece)>;

/// Pieces of at most `rows` rows (from 1), never empty, with the columns and rows that `options` select.
[[nodiscard]] Status read_chunks(const std::string& path, std::size_t rows, const TakeChunk& take,
                                 const ReadOptions& options = {});

}  // namespace peak::io
