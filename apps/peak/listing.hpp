// Listing: a table whose last column is a sentence, wrapped under itself instead of being cut; under its row where
// there is no room beside it.
#pragma once

#include <string>
#include <vector>

#include "peak/report/text_table.hpp"

namespace peak::command {

/// `rows` have one text for each column.
[[nodiscard]] std::string render_listing(std::vector<TextColumn> columns,
                                         const std::vector<std::vector<std::string>>& rows, const TextStyle& style);

}  // namespace peak::command
