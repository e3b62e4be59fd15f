#include "peak/market/adjust.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace peak {
namespace {

const Column* further(const Bars& bars, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const Column* column = bars.find(name); column != nullptr) return column;
  }
  return nullptr;
}

bool is_own(const std::string& name) {
  return name == "time" || name == "open" || name == "high" || name == "low" || name == "close" || name == "volume";
}

/// The bars with price_of(price, bar) for each price and volume_of(volume, bar) for each volume.
template <typename PriceOf, typename VolumeOf>
Result<Bars> changed(const Bars& bars, const PriceOf& price_of, const VolumeOf& volume_of) {
  const auto made = [](std::span<const double> values, const char* name, const auto& value_of) {
    std::vector<double> result(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) result[i] = value_of(values[i], i);
    return Column::own(name, std::move(result));
  };
  std::vector<Column> others;
  for (const std::string& name : bars.column_names()) {
    if (!is_own(name)) others.push_back(*bars.find(name));
  }
  PEAK_ASSIGN_OR_RETURN(
      Bars result,
      Bars::from_columns(bars.time_column(), made(bars.open(), "open", price_of), made(bars.high(), "high", price_of),
                         made(bars.low(), "low", price_of), made(bars.close(), "close", price_of),
                         bars.has_volume() ? made(bars.volume(), "volume", volume_of) : Column(), std::move(others)));
  result.set_symbol(bars.symbol());
  result.set_time_zone(bars.time_zone());
  result.set_others(bars.shared_others(), bars.bar_length());
  return result;
}

double same(double value, std::size_t) { return value; }

std::string day_words(const Bars& bars, std::size_t bar) { return "on " + format_time_short(bars.time()[bar]); }

}  // namespace

Result<Bars> adjusted(const Bars& bars, const Adjustment& adjustment) {
  const Column* split = further(bars, {"split_ratio", "split ratio", "split"});
  const Column* dividend = further(bars, {"dividend", "ex-dividend", "ex_dividend", "dividends"});
  if (!adjustment.splits) split = nullptr;
  if (!adjustment.dividends) dividend = nullptr;
  if (split == nullptr && dividend == nullptr) {
    return invalid_argument(
        "there is no column that tells splits (split_ratio, split) or dividends (dividend, "
        "ex-dividend) to adjust by");
  }
  std::vector<double> price(bars.size(), 1), volume(bars.size(), 1);
  double price_factor = 1, volume_factor = 1;
  for (std::size_t i = bars.size(); i-- > 0;) {
    price[i] = price_factor;
    volume[i] = volume_factor;
    if (i == 0) break;
    const double ratio = split == nullptr ? 1 : split->float64s()[i];
    const double paid = dividend == nullptr ? 0 : dividend->float64s()[i];
    if (ratio < 0 || std::isinf(ratio)) {
      return invalid_argument("the split ratio " + day_words(bars, i) + " is negative or infinite");
    }
    if (paid < 0 || std::isinf(paid)) {
      return invalid_argument("the dividend " + day_words(bars, i) + " is negative or infinite");
    }
    const double close = bars.close()[i];
    if (paid > 0) price_factor *= close / (close + paid);
    if (ratio > 0 && ratio != 1) {
      price_factor /= ratio;
      volume_factor *= ratio;
    }
  }
  return changed(
      bars, [&](double value, std::size_t i) { return value * price[i]; },
      [&](double value, std::size_t i) { return value * volume[i]; });
}

std::vector<double> units_at(std::span<const Nanoseconds> time, std::span<const Split> splits, std::size_t last) {
  std::vector<double> units(time.size(), 1);
  double now = 1;
  auto split = splits.rbegin();
  while (split != splits.rend() && split->time > time[last]) ++split;
  for (std::size_t i = last + 1; i-- > 0;) {
    units[i] = now;
    // A split between the bar before and this one is in force from this one on.
    for (; i > 0 && split != splits.rend() && split->time > time[i - 1]; ++split) now *= split->ratio;
  }
  return units;
}

double units_between(std::span<const Split> splits, Nanoseconds after, Nanoseconds until) {
  double units = 1;
  for (const Split& split : splits) {
    if (split.time > after && split.time <= until) units *= split.ratio;
  }
  return units;
}

std::vector<SplitPeriod> split_periods(const Bars& bars) {
  const auto time = bars.time();
  std::vector<std::size_t> cuts;
  for (const Split& split : bars.splits()) {
    const auto at = static_cast<std::size_t>(std::lower_bound(time.begin(), time.end(), split.time) - time.begin());
    if (at != 0 && at != time.size() && split.ratio != 1 && (cuts.empty() || cuts.back() != at)) cuts.push_back(at);
  }
  Bars plain = bars;
  plain.set_splits({});
  if (cuts.empty()) return {{0, bars.size(), std::move(plain)}};
  cuts.push_back(bars.size());
  std::vector<SplitPeriod> periods;
  std::size_t first = 0;
  for (const std::size_t end : cuts) {
    const Bars history = plain.slice(0, end);
    const std::vector<double> units = units_at(history.time(), bars.splits(), end - 1);
    auto made = first == 0 ? Result<Bars>(history)
                           : changed(
                                 history, [&](double price, std::size_t i) { return price / units[i]; },
                                 [&](double volume, std::size_t i) { return volume * units[i]; });
    periods.push_back({first, end, std::move(made).value()});
    first = end;
  }
  return periods;
}

Result<Bars> scaled(const Bars& bars, double factor) {
  if (!(factor > 0) || std::isinf(factor)) return invalid_argument("prices can be scaled by a number above 0 only");
  // 0.001 is no double: dividing by 1000 gives the price that was meant.
  const double divisor = std::round(1 / factor);
  const bool divides = factor < 1 && std::abs(divisor * factor - 1) < 1e-12;
  return changed(
      bars, [&](double value, std::size_t) { return divides ? value / divisor : value * factor; }, same);
}

Result<Bars> converted(const Bars& bars, const Bars& rates, bool divide) {
  std::vector<double> factors(bars.size(), std::numeric_limits<double>::quiet_NaN());
  std::size_t next = 0;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    while (next < rates.size() && rates.time()[next] <= bars.time()[i]) ++next;
    if (next == 0) continue;
    factors[i] = rates.close()[next - 1];
  }
  return changed(
      bars, [&](double value, std::size_t i) { return divide ? value / factors[i] : value * factors[i]; }, same);
}

}  // namespace peak
