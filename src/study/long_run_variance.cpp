// All lags in one pass over the series, by recursions for the sums weighted with q^i and i q^i.
#include "study/long_run_variance.hpp"

#include <cmath>
#include <cstddef>

namespace peak::study {

double long_run_variance(std::span<const double> centred, double mean_length) {
  const auto t = static_cast<double>(centred.size());
  const double q = 1.0 - 1.0 / mean_length;
  double near = 0;           // sum over i of q^i x[s - i]
  double near_by_lag = 0;    // sum over i of i q^i x[s - i]
  double early = 0;          // sum over u < s of q^u x[u]
  double early_by_time = 0;  // sum over u < s of u q^u x[u]
  double power = 1;          // q^s
  double variance = 0;
  double from_near = 0;
  double from_early = 0;
  const double log_q = std::log(q);
  for (std::size_t s = 0; s < centred.size(); ++s) {
    const double x = centred[s];
    const auto time = static_cast<double>(s);
    variance += x * x;
    from_near += x * (near - near_by_lag / t);
    from_early += q > 0 ? x * std::exp((t - time) * log_q) * (time * early - early_by_time) / t : 0.0;
    near_by_lag = q * (x + near_by_lag + near);
    near = q * (x + near);
    early += power * x;
    early_by_time += time * power * x;
    power *= q;
  }
  return (variance + 2.0 * (from_near + from_early)) / t;
}

}  // namespace peak::study
