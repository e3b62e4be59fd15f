// Cross section: the functions that compare symbols, row by row of symbols.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "peak/market/panel.hpp"

namespace peak::expression {

/// What a function makes of each row, in place: a value for each symbol, NaN undefined. `scalars`: its further
/// arguments. Not for scale_to_volatility.
void compare_symbols(std::string_view function, std::span<double> rows, std::size_t symbols,
                     std::span<const double> scalars);

/// scale_to_volatility: `rows` holds the weights of each stamp, and gets the scaled ones.
void scale_to_volatility(const Panel& panel, std::span<const std::size_t> stamps, std::span<double> rows, double target,
                         std::size_t window, double cap, double periods_per_year);

/// The same of one row, whose stamp has at least `window` before it; `returns`: of each symbol its last `window` ones,
/// oldest first.
void scale_row_to_volatility(std::span<double> weights, std::span<const double* const> returns, std::size_t window,
                             double target, double cap, double periods_per_year);

/// Of two closes, the former in the units of the latter; 0 where there is none.
[[nodiscard]] double return_between(double before, double now);

}  // namespace peak::expression
