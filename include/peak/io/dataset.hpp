// Dataset: many files as bars by symbol.
//
//     data/*.csv.gz                     a file to a symbol, its name the symbol
//     data/btcusd/20170903_trade.zip    files that differ by a date in their names are parts of one symbol; a name that
//                                       is nothing else (and trade, quote) takes the folder's
//     data/symbol=SPY/date=2024/*.csv   folders that name the symbol
//     long.csv                          rows of many symbols below each other, by a column symbol, ticker, pair,
//     country wide.csv                          a column of closing prices to a symbol; rows without a price are left
//     out
//
// With `options.symbols`, start and end only what is asked for is read: folders symbol=... and dates in names
// (date=2024-03-05, year=2024/month=3, 20170903_trade.zip; with a day more on either side, for their zone) tell which
// files need not be opened.
//
// Order     symbols in the order of the files' names, then as they stand in a file.
// Failure   as read_bars; an error names the file. kBadData for a symbol asked for and not found. kInvalidArgument
// where nothing fits a path or pattern. Threads   functions may run beside each other.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/io/options.hpp"
#include "peak/market/bars.hpp"
#include "peak/table/column.hpp"

namespace peak::io {

/// Files, the files of folders (hidden ones and what is no format of ours left out; not the folders inside, but for
/// names like symbol=SPY) and patterns with * ? [ ], sorted by name within each.
Result<std::vector<std::string>> dataset_files(std::span<const std::string> paths);

/// The bars of each symbol of the files. `options.checks` holds for every symbol.
Result<std::vector<Bars>> read_dataset(std::span<const std::string> paths, const ReadOptions& options = {});

/// The text column that tells rows of several symbols below each other apart (symbol, ticker, pair, ...); empty if
/// there is none, or one symbol only.
[[nodiscard]] std::string symbol_column(const Table& table);

/// One symbol's rows of such a table, and where they stand in it.
struct SymbolRows {
  std::string symbol;
  Table table;
  std::vector<std::size_t> rows;
};

/// By symbol_column(), in the order in which symbols first come; empty where that is.
[[nodiscard]] std::vector<SymbolRows> rows_by_symbol(const Table& table);

/// Rows of several symbols below each other, taken apart by the text column of that name; in the order in which symbols
/// first come. Rows without a symbol are left out.
Result<std::vector<Table>> split_by_text(const Table& table, const std::string& column);

}  // namespace peak::io
