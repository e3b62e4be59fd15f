// Table bars: from a loaded table to the columns that Bars takes, by the roles that were found.
#pragma once

#include <string>
#include <string_view>

#include "peak/base/status.hpp"
#include "peak/io/read.hpp"

namespace peak::io {

/// The table under the names time, open, high, low, close, volume, with all further columns. Bid and ask bars get their
/// middle; a table with one column of numbers takes it as close. kBadData if there is no time or no close.
Result<Table> bar_table(LoadedTable& loaded, const ReadOptions& options);

/// Whether a column of the file plays that part ("time", "close", ...).
bool has_role(const Detected& detected, std::string_view role);

/// Whether a column holds numbers: float64 or int64.
bool holds_numbers(const Column& column) noexcept;

/// The instrument's name that a path tells: its file name up to the first '.', without a date in front.
std::string symbol_of(const std::string& path);

}  // namespace peak::io
