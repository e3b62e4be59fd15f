// Bollinger bands as what they are made of, so that the bands of one window share its average and deviation.
#pragma once

#include "peak/expression/expression.hpp"

namespace peak::expression {

/// The formula with bollinger(x, w, d).upper as sma(x, w) + d * stddev(x, w), and so on, where x is the close or the
/// open and d a number: the same bits (bollinger.hpp), as long as prices are no further from 1 than 1e100. A sweep over
/// d then computes the two once for each window. What is not valid stays as it is, and fails as before.
[[nodiscard]] Expression separate_bands(const Expression& formula);

}  // namespace peak::expression
