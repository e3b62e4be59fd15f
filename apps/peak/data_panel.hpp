// What `peak data info` tells of a file that holds many symbols.
#pragma once

#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/io/options.hpp"
#include "peak/market/bars.hpp"
#include "peak/report/text_table.hpp"
#include "report/json_writer.hpp"

namespace peak::command {

/// The symbols of a file that is no file of one market's bars; none if it does not hold several,
/// or none of those that `reading` asks for.
[[nodiscard]] std::vector<Bars> symbols_of(const std::string& path, const io::ReadOptions& reading);

[[nodiscard]] std::string symbols_text(const std::string& path, const std::vector<Bars>& symbols,
                                       const TextStyle& style);
void write_symbols(report::JsonWriter& json, const std::string& path, const std::vector<Bars>& symbols);

}  // namespace peak::command
