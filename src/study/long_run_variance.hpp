// Long-run variance: how much the mean of a series that depends on itself varies under the stationary bootstrap.
#pragma once

#include <span>

namespace peak::study {

/// t times the variance of the mean of t values, which must have a mean of 0, in pieces of `mean_length` on average:
/// g0 + 2 sum_i ((1 - i/t) q^i + (i/t) q^(t-i)) g_i, q = 1 - 1 / mean length, g_i the autocovariance at lag i.
/// Source: Politis, Romano, "The Stationary Bootstrap", JASA 89(428), 1994, lemma 1.
[[nodiscard]] double long_run_variance(std::span<const double> centred, double mean_length);

}  // namespace peak::study
