// Panel part: a stretch of a panel's time line as a panel of its own.
#pragma once

#include <cstddef>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/market/panel.hpp"

namespace peak::study {

/// Rows of symbol `s` before `stamp`.
[[nodiscard]] std::size_t rows_before(const Panel& panel, std::size_t s, std::size_t stamp);

/// Stamps [begin, end), begin < end, with all symbols: one that has no bar there comes without bars. Of the symbols
/// beside the panel, all bars that are known at the last stamp.
[[nodiscard]] Result<Panel> panel_part(const Panel& panel, std::size_t begin, std::size_t end);

/// The same with `series` for the symbols' own bars of these stamps.
[[nodiscard]] Result<Panel> panel_part_of(const Panel& panel, std::vector<Bars> series, std::size_t end);

}  // namespace peak::study
