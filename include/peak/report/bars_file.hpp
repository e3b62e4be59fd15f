// Bars file: bars written to a file that Peak Trade and others read.
//
// Failure    the file appears whole or not at all; kIo for what the system refuses, kInvalidArgument for an ending
//            that is not known, kUnsupported without libpeak_io for Parquet.
// Threads    functions may run beside each other.
#pragma once

#include <string>

#include "peak/base/status.hpp"
#include "peak/market/bars.hpp"
#include "peak/market/panel.hpp"
#include "peak/table/column.hpp"

namespace peak {

/// By the ending of `path`: .csv (times as ISO 8601 UTC, numbers as the shortest text that reads back, missing ones
/// empty), .json (an array with an object to a row, the same texts and numbers; missing ones null, infinite ones the
/// text "inf"), .parquet, .arrow or .feather (Arrow IPC).
Status write_table(const Table& table, const std::string& path);

/// The columns of bars, in the order time, open, high, low, close, volume, further ones.
[[nodiscard]] Table table_of(const Bars& bars);

/// The bars of all symbols below each other: time, symbol, open, high, low, close, volume, further ones; missing where
/// a symbol does not have a column.
[[nodiscard]] Table table_of(const Panel& panel);

}  // namespace peak
