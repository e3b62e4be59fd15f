// Indicators as what they are made of, so that a sweep computes once what several sets of parameters share.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "peak/expression/expression.hpp"
#include "peak/expression/program.hpp"

namespace peak::expression {

/// Whether bands of `width` deviations stay finite on such prices: not negative, and below 1e100.
[[nodiscard]] inline bool is_band_width(double width) noexcept { return width >= 0 && width < 1e100; }

/// The formula with some indicators taken apart, of the same bits on prices that are no further from 1 than 1e100:
///
/// - bollinger(x, w, d).upper as sma(x, w) + d * stddev(x, w), and so on, where x is the close or the open and d a
///   width of bands, as a number, or a parameter that `values` gives one. A sweep over d then computes the two once for
///   each window.
/// - a comparison or crossing of macd(x, f, s, p).line and its .signal, where p is a parameter, as one of the line and
///   its ema, so that a sweep over p computes the line once: the line is defined on more bars, but not the signal.
///
/// What is not valid stays as it is, and fails as before.
[[nodiscard]] Expression separate_parts(const Expression& formula, const ParameterValues& values = {});

/// `expression` with each parameter that `parts` names replaced by an expression; one that does not fit there is an
/// error.
[[nodiscard]] Expression with_parts(const Expression& expression,
                                    const std::map<std::string, Expression, std::less<>>& parts);

}  // namespace peak::expression
