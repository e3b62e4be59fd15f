// Panel program: expressions over many symbols, with the functions that compare them: rank, zscore, demean, normalize,
// top, bottom, scale_to_volatility.
//
//     const Expression weight = normalize(top(roc(close(), 126), 10));
//     PEAK_ASSIGN_OR_RETURN(const std::vector<double> weights, evaluate_at(panel, weight, stamps, {}, 252));
//
// Time      everything but these functions is computed on each symbol's own bars, as for one symbol: a window of 20 is
//           20 of its bars. At a stamp a symbol's value is that of its last bar at or before it; before its first bar
//           it is undefined. Nothing looks ahead.
// Across    symbols whose value is undefined are left out, and their result is undefined. Sums go in symbol order.
// Cost      a function that compares symbols is computed at the stamps that are asked for only, unless something that
//           looks back stands around it: sma(rank(x), 5) needs every stamp.
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "peak/base/bits.hpp"
#include "peak/base/status.hpp"
#include "peak/expression/expression.hpp"
#include "peak/expression/program.hpp"
#include "peak/market/panel.hpp"

namespace peak::expression {

/// True if some part of the expression compares symbols.
[[nodiscard]] bool compares_symbols(const Expression& expression);

/// For each stamp one number for each symbol; NaN where undefined, a signal as 1 and 0. `periods_per_year` is what
/// scale_to_volatility reckons a year by. Fails as Program::evaluate does, naming the symbol.
[[nodiscard]] Result<std::vector<double>> evaluate_at(const Panel& panel, const Expression& expression,
                                                      std::span<const std::size_t> stamps,
                                                      const ParameterValues& parameters, double periods_per_year);

/// On each symbol's own bars, a signal as 1 and 0, NaN where undefined. `only`: the symbols wanted, the others stay
/// empty; none: all.
[[nodiscard]] Result<std::vector<std::vector<double>>> evaluate_columns(const Panel& panel,
                                                                        const Expression& expression,
                                                                        const ParameterValues& parameters,
                                                                        double periods_per_year,
                                                                        std::span<const std::uint32_t> only = {});

/// A signal on each symbol's own bars.
[[nodiscard]] Result<std::vector<Bits>> evaluate_signal(const Panel& panel, const Expression& expression,
                                                        const ParameterValues& parameters, double periods_per_year);

}  // namespace peak::expression
