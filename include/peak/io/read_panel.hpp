// Reading panels: files and folders of prices of many symbols in, a Panel out.
//
// A file is what its columns say: with a text column symbol, ticker or asset, bars of many symbols below each other;
// with a close, the bars of one symbol, named after the file ("aapl_2020.csv.gz" is aapl_2020); with neither, closes
// side by side, a column for each symbol. A folder stands for the files in it, by name.
//
// Errors    as read_table; and with the path what Panel and Bars refuse.
// Threads   functions may run beside each other.
#pragma once

#include <span>
#include <string>

#include "peak/base/status.hpp"
#include "peak/io/options.hpp"
#include "peak/market/panel.hpp"

namespace peak::io {

[[nodiscard]] Result<Panel> read_panel(std::span<const std::string> paths, const ReadOptions& options = {},
                                       const PanelRules& rules = {});

/// True for what read_panel alone can read: several paths, a folder, or one file of many symbols.
[[nodiscard]] Result<bool> holds_many_symbols(std::span<const std::string> paths, const ReadOptions& options = {});

}  // namespace peak::io
