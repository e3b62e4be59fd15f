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

}  // namespace peak::expression
