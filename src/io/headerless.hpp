// Headerless: names for the columns of files that give none, from the shape of their numbers.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/time.hpp"

namespace peak::io {

/// Names for the columns right of `first` (the time columns): open, high, low, close, volume where the numbers behave
/// so; bid_open ... ask_size for ten columns of quote bars; bid and ask for two columns of a file whose name says
/// quotes; else column_N. `rows` are the first rows.
std::vector<std::string> guess_names(const std::vector<std::vector<std::string>>& rows, std::size_t columns,
                                     std::size_t first, std::string_view file_name);

/// The date that a file's name begins with (20170903_...), at midnight UTC; kNoTime if there is none.
Nanoseconds date_in_name(std::string_view file_name);

}  // namespace peak::io
