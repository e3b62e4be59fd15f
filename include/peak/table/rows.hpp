// Rows: a column with other rows than it had, or other order.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "peak/table/column.hpp"

namespace peak {

/// Stands for a row that is not there: NaN, kNoTime, 0 (whole numbers, false) or missing text.
inline constexpr std::size_t kNoRow = static_cast<std::size_t>(-1);

/// The values of `rows`, in that order; each is a row of the column or kNoRow. Keeps name and type.
[[nodiscard]] Column take_rows(const Column& column, std::span<const std::size_t> rows);

/// The rows of each text of a text column, texts in the order in which they first come. Missing ones have no rows.
[[nodiscard]] std::vector<std::vector<std::size_t>> rows_by_text(const Column& texts);

}  // namespace peak
