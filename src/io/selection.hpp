// Selection: which columns and rows of a file are read, decided by libpeak and carried out by its readers.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/io/read.hpp"

namespace peak::io {

/// Positions of the columns to read, ascending, and of the one that holds the times by its name, if one does.
struct ChosenColumns {
  std::vector<std::size_t> columns;
  std::optional<std::size_t> time;
};

/// Asked by a reader as soon as it knows the names of a file's columns.
using ChooseColumns = std::function<Result<ChosenColumns>(const std::vector<std::string>& names)>;

/// By options.select; `for_bars` adds the columns of prices and volume. kInvalidArgument for a name that is not there,
/// with the nearest.
Result<ChosenColumns> choose_columns(const std::vector<std::string>& names, const ReadOptions& options, bool for_bars);

/// Leaves out, once the roles are known, what a format had to read without having been asked for it.
void keep_selected(LoadedTable& loaded, const ReadOptions& options, bool for_bars);

/// Leaves the rows from options.start to options.end. Columns that are in order of time are not copied.
Status keep_range(LoadedTable& loaded, const ReadOptions& options);

}  // namespace peak::io
