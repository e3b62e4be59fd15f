#include "backtest/tick_market.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace peak::bench {
namespace {

// splitmix64 (Steele, Lea and Flood 2014): tiny, and the same everywhere, unlike the distributions of <random>.
class Randomness {
 public:
  std::uint64_t bits() {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  /// A sum of four uniform numbers, with mean 0 and standard deviation 1.
  double near_normal() {
    double sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<double>(bits() >> 11) * 0x1p-53 - 0.5;
    return sum * 1.7320508075688772;
  }

 private:
  std::uint64_t state_ = 20240607;
};

double cents(double price) { return static_cast<double>(static_cast<std::int64_t>(price * 100 + 0.5)) / 100; }

}  // namespace

Bars tick_market(std::size_t size) {
  constexpr std::int64_t kStart = 1'577'836'800'000'000'000, kHour = 3'600'000'000'000;
  Randomness randomness;
  std::vector<std::int64_t> time(size);
  std::vector<double> open(size), high(size), low(size), close(size), volume(size);
  double price = 100;
  for (std::size_t t = 0; t < size; ++t) {
    time[t] = kStart + static_cast<std::int64_t>(t) * kHour;
    open[t] = price;
    // A pull towards 100 keeps the prices of a long series in a range where a cent stays a small tick.
    const double next = price * (1 + 0.01 * randomness.near_normal()) + 0.0005 * (100 - price);
    close[t] = cents(std::max(next, 1.0));
    high[t] = cents(std::max(open[t], close[t]) * 1.002);
    low[t] = cents(std::min(open[t], close[t]) * 0.998);
    volume[t] = static_cast<double>(randomness.bits() % 10'000);
    price = close[t];
  }
  return Bars::from_columns(Column::own("time", std::move(time), ColumnType::kTime),
                            Column::own("open", std::move(open)), Column::own("high", std::move(high)),
                            Column::own("low", std::move(low)), Column::own("close", std::move(close)),
                            Column::own("volume", std::move(volume)))
      .value();
}

}  // namespace peak::bench
