#include "expression/cross_section.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

#include "peak/market/adjust.hpp"

namespace peak::expression {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

std::vector<std::uint32_t> defined_of(std::span<const double> row) {
  std::vector<std::uint32_t> defined;
  defined.reserve(row.size());
  for (std::uint32_t s = 0; s < row.size(); ++s) {
    if (!std::isnan(row[s])) defined.push_back(s);
  }
  return defined;
}

/// A value and whose it is, as a whole number that sorts as the value does.
struct Placed {
  std::uint64_t key = 0;
  std::uint32_t symbol = 0;
};

std::uint64_t key_of(double value) {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  const auto bits = std::bit_cast<std::uint64_t>(value + 0.0);  // -0 counts as 0
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

// Sorts by one byte after the other, from the lowest: a comparing sort guesses wrong at every other comparison, which
// costs twice the time.
void sort_by_key(std::vector<Placed>& row, std::vector<Placed>& scratch) {
  constexpr std::size_t kBytes = 8, kValues = 256;
  std::uint32_t counts[kBytes][kValues] = {};
  for (const Placed& placed : row) {
    for (std::size_t byte = 0; byte < kBytes; ++byte) ++counts[byte][placed.key >> (8 * byte) & 0xff];
  }
  scratch.resize(row.size());
  for (std::size_t byte = 0; byte < kBytes; ++byte) {
    std::uint32_t* const count = counts[byte];
    if (count[row.front().key >> (8 * byte) & 0xff] == row.size()) continue;  // all have the same
    std::uint32_t before = 0;
    for (std::size_t value = 0; value < kValues; ++value) before += std::exchange(count[value], before);
    for (const Placed& placed : row) scratch[count[placed.key >> (8 * byte) & 0xff]++] = placed;
    row.swap(scratch);
  }
}

void rank_row(std::span<double> row, std::vector<Placed>& order, std::vector<Placed>& scratch) {
  order.clear();
  for (std::uint32_t s = 0; s < row.size(); ++s) {
    if (!std::isnan(row[s])) order.push_back({key_of(row[s]), s});
  }
  if (order.empty()) return;
  constexpr std::size_t kFewSymbols = 64;  // below, counting bytes costs more than comparing
  if (order.size() < kFewSymbols) {
    std::sort(order.begin(), order.end(), [](const Placed& a, const Placed& b) { return a.key < b.key; });
  } else {
    sort_by_key(order, scratch);
  }
  const auto count = static_cast<double>(order.size());
  for (std::size_t first = 0; first < order.size();) {
    const std::uint64_t key = order[first].key;
    std::size_t end = first + 1;
    while (end < order.size() && order[end].key == key) ++end;
    const double place = static_cast<double>(first + 1 + end) / 2;  // mean of first + 1 .. end
    for (; first < end; ++first) row[order[first].symbol] = place / count;
  }
}

// Of equal values the earlier symbol comes first.
void choose(std::span<double> row, std::size_t count, double sign) {
  std::vector<std::uint32_t> order = defined_of(row);
  const auto before = [&](std::uint32_t a, std::uint32_t b) {
    const double x = sign * row[a], y = sign * row[b];
    return x > y || (x == y && a < b);
  };
  count = std::min(count, order.size());
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), before);
  for (std::size_t i = 0; i < order.size(); ++i) row[order[i]] = i < count ? 1 : 0;
}

/// Subtracts the mean; gives the standard deviation (ddof 0).
double center(std::span<double> row) {
  double sum = 0, count = 0;
  for (const double x : row) {
    if (std::isnan(x)) continue;
    sum += x;
    count += 1;
  }
  const double mean = sum / count;
  double squares = 0;
  for (double& x : row) {
    if (std::isnan(x)) continue;
    x -= mean;
    squares += x * x;
  }
  return std::sqrt(squares / count);
}

void divide(std::span<double> row, double divisor) {
  for (double& x : row) {
    if (!std::isnan(x)) x = divisor == 0 ? 0 : x / divisor;
  }
}

double gross_of(std::span<const double> row) {
  double gross = 0;
  for (const double x : row) gross += std::isnan(x) ? 0 : std::fabs(x);
  return gross;
}

/// Return of each symbol at each stamp, of its closes; 0 where there is none. By symbol.
std::vector<double> returns_of(const Panel& panel) {
  const std::size_t stamps = panel.size();
  std::vector<double> returns(stamps * panel.symbols(), 0.0);
  for (std::size_t s = 0; s < panel.symbols(); ++s) {
    const Bars& bars = panel.series(s);
    const auto close = bars.close();
    for (std::size_t t = 1; t < stamps; ++t) {
      const std::int64_t now = panel.row(s, t), before = panel.row(s, t - 1);
      if (before < 0 || now == before) continue;
      const auto from = static_cast<std::size_t>(before), to = static_cast<std::size_t>(now);
      double start = close[from];
      if (!bars.splits().empty()) start /= units_between(bars.splits(), bars.time()[from], bars.time()[to]);
      returns[s * stamps + t] = return_between(start, close[to]);
    }
  }
  return returns;
}

double deviation_of(std::span<const double> values) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double x : values) squares += (x - mean) * (x - mean);
  return std::sqrt(squares / (count - 1));
}

}  // namespace

void compare_symbols(std::string_view function, std::span<double> rows, std::size_t symbols,
                     std::span<const double> scalars) {
  std::vector<Placed> order, scratch;
  for (std::size_t first = 0; first < rows.size(); first += symbols) {
    const std::span<double> row = rows.subspan(first, symbols);
    if (function == "rank") {
      rank_row(row, order, scratch);
    } else if (function == "top" || function == "bottom") {
      choose(row, static_cast<std::size_t>(scalars[0]), function == "top" ? 1 : -1);
    } else if (function == "normalize") {
      divide(row, gross_of(row));
    } else {
      const double deviation = center(row);
      if (function == "zscore") divide(row, deviation);
    }
  }
}

double return_between(double before, double now) {
  const double change = now / before - 1;
  return std::isfinite(change) ? change : 0;
}

void scale_row_to_volatility(std::span<double> weights, std::span<const double* const> returns, std::size_t window,
                             double target, double cap, double periods_per_year) {
  std::vector<double> mix(window, 0.0);
  for (std::size_t s = 0; s < weights.size(); ++s) {
    if (std::isnan(weights[s]) || weights[s] == 0) continue;
    for (std::size_t k = 0; k < window; ++k) mix[k] += weights[s] * returns[s][k];
  }
  const double volatility = deviation_of(mix) * std::sqrt(periods_per_year);
  const double most = cap / gross_of(weights);
  const double factor = volatility > 0 ? std::fmin(target / volatility, most) : most;
  for (double& weight : weights) weight = std::isinf(factor) || std::isnan(factor) ? 0 * weight : weight * factor;
}

void scale_to_volatility(const Panel& panel, std::span<const std::size_t> stamps, std::span<double> rows, double target,
                         std::size_t window, double cap, double periods_per_year) {
  const std::vector<double> returns = returns_of(panel);
  const std::size_t symbols = panel.symbols();
  std::vector<const double*> last(symbols);
  for (std::size_t i = 0; i < stamps.size(); ++i) {
    const std::span<double> weights = rows.subspan(i * symbols, symbols);
    const std::size_t t = stamps[i];
    if (t < window) {  // the first stamp has no return
      std::fill(weights.begin(), weights.end(), kUndefined);
      continue;
    }
    for (std::size_t s = 0; s < symbols; ++s) last[s] = returns.data() + s * panel.size() + (t + 1 - window);
    scale_row_to_volatility(weights, last, window, target, cap, periods_per_year);
  }
}

}  // namespace peak::expression
