// CSV: a text to a table.
#pragma once

#include <functional>

#include "io/selection.hpp"
#include "io/source.hpp"
#include "peak/base/status.hpp"
#include "peak/io/read.hpp"

namespace peak::io {

/// Columns that `choose` does not name are read over, but for those of times.
Result<LoadedTable> read_csv(const Source& source, const ReadOptions& options, const ChooseColumns& choose);

/// A file's rows in blocks of 16 MiB, each with the columns that the first block tells.
Status read_csv_pieces(const std::string& path, const ReadOptions& options, const ChooseColumns& choose,
                       const std::function<Status(LoadedTable piece)>& take);

/// Words for the rows of a table that read_csv made: "line 7: 2020-01-02,1,2,3,4".
std::string describe_csv_row(const Source& source, const ReadOptions& options, std::size_t row);

}  // namespace peak::io
