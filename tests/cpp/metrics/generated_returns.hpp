// Series of returns as strategies have them: flat stretches, ticks and exact ties, jumps, now and then something odd.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <vector>

namespace peak {

inline std::vector<double> generated_returns(std::mt19937_64& random, std::size_t size, unsigned kind) {
  std::normal_distribution<double> normal(0.0003, 0.01);
  std::vector<double> returns(size);
  for (double& r : returns) {
    switch (kind % 6) {
      case 0: r = normal(random); break;
      case 1: r = random() % 3 == 0 ? normal(random) : 0.0; break;    // mostly out of the market
      case 2: r = std::round(normal(random) * 400.0) / 400.0; break;  // ticks: many ties
      case 3: r = random() % 50 == 0 ? -1.0 : 0.5 * normal(random); break;
      case 4: r = normal(random) * (random() % 100 == 0 ? 3000.0 : 1.0); break;  // beyond the fast path
      default: r = normal(random) * 1e-9; break;
    }
  }
  return returns;
}

/// Equity by compounding, without rule 11: it may fall to zero and below.
inline std::vector<double> compounded(const std::vector<double>& returns, double cash) {
  std::vector<double> equity(returns.size());
  double value = cash;
  for (std::size_t i = 0; i < returns.size(); ++i) equity[i] = value = value * (1.0 + returns[i]);
  return equity;
}

}  // namespace peak
