#include "peak/metrics/drawdown.hpp"

#include <algorithm>

namespace peak {

std::vector<Drawdown> drawdowns(std::span<const double> equity, double cash, std::size_t deepest) {
  std::vector<Drawdown> found;
  double peak = cash;
  std::int64_t peak_bar = -1;
  const auto size = static_cast<std::int64_t>(equity.size());
  bool below = false;
  for (std::int64_t bar = 0; bar < size; ++bar) {
    const double value = equity[static_cast<std::size_t>(bar)];
    if (value != value) continue;  // a bar without a value is neither peak nor trough
    if (value >= peak) {
      if (below) {
        found.back().recovery_bar = bar;
        found.back().bars = bar - peak_bar;
      }
      below = false;
      peak = value;
      peak_bar = bar;
      continue;
    }
    const double depth = -(1.0 - value / peak);  // rule 16's 1 - equity / peak
    if (!below) {
      found.push_back({peak_bar, bar, -1, depth, 0});
      below = true;
    } else if (depth < found.back().depth) {
      found.back().trough_bar = bar;
      found.back().depth = depth;
    }
    found.back().bars = bar - peak_bar;
  }
  if (deepest > 0) {
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.depth < b.depth; });
    if (found.size() > deepest) found.resize(deepest);
  }
  return found;
}

}  // namespace peak
