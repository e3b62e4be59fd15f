// Written file: what the writers of Parquet and Arrow files share.
//
// Nothing here throws, but for what a writer that is given throws.
#pragma once

#include <arrow/io/type_fwd.h>
#include <arrow/type_fwd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "peak/base/status.hpp"
#include "peak/io/write.hpp"
#include "peak/table/column.hpp"

namespace peak::io {

/// Rows that are asked for at a time.
inline constexpr std::uint64_t kRowsAtOnce = 1 << 17;

/// A table of Arrow's. Numbers and times keep the column's memory, so the columns must live as long as it does.
Result<std::shared_ptr<arrow::Table>> arrow_table_of(const Table& table);

/// Calls `add` with each part of the rows, once at least.
Status for_each_part(std::uint64_t rows, const TablePart& part,
                     const std::function<Status(const arrow::Table& table)>& add);

/// A name beside `path` that nobody else has: threads that write the same file must not share the one beside it.
std::string name_beside(const std::string& path);

/// Puts the file beside `path` in its place.
Status move_there(const std::string& beside, const std::string& path);

/// A file beside `path`, to be written.
Result<std::shared_ptr<arrow::io::FileOutputStream>> open_beside(const std::string& beside, const std::string& path);

/// Lets `write` make a file beside `path` and moves it there; what it throws becomes an error.
Status write_beside(const std::string& path, const std::function<Status(const std::string& beside)>& write);

/// An error of the system's while `path` is written.
Error cannot_write(const std::string& path, const std::string& reason);

}  // namespace peak::io
