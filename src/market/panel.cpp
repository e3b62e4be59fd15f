#include "peak/market/panel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>
#include <utility>

#include "peak/base/suggest.hpp"
#include "peak/market/adjust.hpp"
#include "peak/market/other_symbols.hpp"

namespace peak {
namespace {

constexpr std::size_t kFewStamps = 8;  // fewer do not tell a frequency
constexpr std::size_t kMostStamps = std::numeric_limits<std::int32_t>::max();

/// How long the bars of a series are; 0: too few to tell.
Nanoseconds frequency_of(const Bars& bars) { return bars.size() < kFewStamps ? 0 : bar_length_of(bars.time()); }

std::string bar_length_text(Nanoseconds step) {
  constexpr std::pair<Nanoseconds, const char*> kUnits[] = {{kNanosecondsPerDay, "day"},
                                                            {kNanosecondsPerHour, "hour"},
                                                            {kNanosecondsPerMinute, "minute"},
                                                            {kNanosecondsPerSecond, "second"}};
  for (const auto& [unit, name] : kUnits) {
    if (step % unit != 0) continue;
    const std::int64_t count = step / unit;
    return std::to_string(count) + " " + name + (count == 1 ? "" : "s");
  }
  return std::to_string(step) + " nanoseconds";
}

Status check_names(const std::vector<Bars>& series, bool takes_empty) {
  std::unordered_set<std::string> seen;
  for (std::size_t s = 0; s < series.size(); ++s) {
    const std::string& symbol = series[s].symbol();
    if (symbol.empty()) return invalid_argument("series " + std::to_string(s) + " has no symbol; set one for each");
    if (!seen.insert(symbol).second) return invalid_argument("symbol '" + symbol + "' is there twice");
    if (series[s].size() == 0 && !takes_empty) return bad_data("symbol '" + symbol + "' has no bars; leave it out");
    if (series[s].size() > kMostStamps) return unsupported("symbol '" + symbol + "' has more than 2^31 bars");
  }
  return {};
}

Status check_alike(const std::vector<Bars>& series) {
  const Bars* told = nullptr;  // the first whose frequency can be told
  for (const Bars& bars : series) {
    const Bars& first = series.front();
    if (bars.time_zone() != first.time_zone()) {
      return bad_data(
          "'" + first.symbol() + "' is in zone " + first.time_zone() + " and '" + bars.symbol() + "' in " +
          bars.time_zone() +
          ": bring them to one zone first, or allow mixed series, which compares stamps as moments in time");
    }
    const Nanoseconds step = frequency_of(bars);
    if (step == 0) continue;
    if (told == nullptr) told = &bars;
    if (const Nanoseconds other = frequency_of(*told); step != other) {
      return bad_data("'" + told->symbol() + "' has bars of " + bar_length_text(other) + " and '" + bars.symbol() +
                      "' of " + bar_length_text(step) + ": resample one of them, or allow mixed series");
    }
  }
  return {};
}

/// All stamps, each once.
std::vector<Nanoseconds> union_of(const std::vector<Bars>& series) {
  std::vector<Nanoseconds> all(series.front().time().begin(), series.front().time().end()), merged;
  for (const Bars& bars : series) {
    const auto time = bars.time();
    if (std::includes(all.begin(), all.end(), time.begin(), time.end())) continue;
    merged.clear();
    std::set_union(all.begin(), all.end(), time.begin(), time.end(), std::back_inserter(merged));
    all.swap(merged);
  }
  return all;
}

std::vector<std::int32_t> rows_on(std::span<const Nanoseconds> time, std::span<const Nanoseconds> stamps) {
  std::vector<std::int32_t> rows(stamps.size());
  std::int32_t row = -1;
  for (std::size_t t = 0; t < stamps.size(); ++t) {
    const auto next = static_cast<std::size_t>(row + 1);
    if (next < time.size() && time[next] == stamps[t]) ++row;
    rows[t] = row;
  }
  return rows;
}

}  // namespace

Result<Panel> Panel::create(std::vector<Bars> series, const PanelRules& rules) {
  if (series.empty()) return invalid_argument("a panel needs at least one symbol");
  PEAK_RETURN_IF_ERROR(check_names(series, rules.takes_empty));
  if (!rules.mixed) PEAK_RETURN_IF_ERROR(check_alike(series));
  const auto first = series.front().time();
  const bool same = std::all_of(series.begin(), series.end(), [&](const Bars& bars) {
    return std::equal(first.begin(), first.end(), bars.time().begin(), bars.time().end());
  });
  Panel panel;
  panel.mixed_ = rules.mixed;
  panel.rows_.resize(series.size());
  if (same) {
    panel.time_ = series.front().time_column();
  } else {
    std::vector<Nanoseconds> stamps = union_of(series);
    if (stamps.size() > kMostStamps) return unsupported("a panel of more than 2^31 stamps");
    for (std::size_t s = 0; s < series.size(); ++s) {
      if (series[s].size() != stamps.size()) panel.rows_[s] = rows_on(series[s].time(), stamps);
    }
    panel.time_ = Column::own("time", std::move(stamps), ColumnType::kTime);
  }
  panel.series_ = std::move(series);
  return panel;
}

std::vector<std::string> Panel::symbol_names() const {
  std::vector<std::string> names;
  for (const Bars& bars : series_) names.push_back(bars.symbol());
  return names;
}

Result<std::uint32_t> Panel::find(std::string_view symbol) const {
  for (std::size_t s = 0; s < series_.size(); ++s) {
    if (series_[s].symbol() == symbol) return static_cast<std::uint32_t>(s);
  }
  return invalid_argument("no symbol '" + std::string(symbol) + "' in the data" + suggestion(symbol, symbol_names()));
}

std::size_t Panel::stamp_at(Nanoseconds time) const noexcept {
  const auto stamps = this->time();
  return static_cast<std::size_t>(std::lower_bound(stamps.begin(), stamps.end(), time) - stamps.begin());
}

Hash128 Panel::fingerprint() const {
  if (series_.size() == 1 && others_ == nullptr) return series_.front().fingerprint();
  Hasher hasher;
  hasher.add_text("peak panel");
  if (others_ != nullptr) {
    Bars beside = series_.front();
    beside.set_others(others_, bar_length_of(time()));
    const Hash128 all = beside.fingerprint();
    hasher.add_integer(all.high);
    hasher.add_integer(all.low);
  }
  for (const Bars& bars : series_) {
    const Hash128 one = bars.fingerprint();
    hasher.add_text(bars.symbol());
    hasher.add_integer(one.high);
    hasher.add_integer(one.low);
  }
  return hasher.finish();
}

Result<Panel> Panel::with_others(std::vector<Bars> others) const {
  for (const Bars& other : others) {
    if (find(other.symbol()).ok()) {
      return invalid_argument("'" + other.symbol() +
                              "' is a symbol of the data already; formulas read it without more");
    }
  }
  PEAK_ASSIGN_OR_RETURN(const Bars beside, peak::with_others(series_.front(), std::move(others), {.mixed = mixed_}));
  Panel panel = *this;
  panel.others_ = beside.shared_others();
  return panel;
}

Panel Panel::with_splits(const std::vector<std::vector<Split>>& splits) const {
  Panel panel = *this;
  for (std::size_t s = 0; s < panel.series_.size() && s < splits.size(); ++s) panel.series_[s].set_splits(splits[s]);
  return panel;
}

Bars Panel::equal_weight_index() const {
  constexpr double kBase = 100;
  const std::size_t stamps = size();
  std::vector<double> sum(stamps, 0.0), count(stamps, 0.0);
  for (std::size_t s = 0; s < series_.size(); ++s) {
    const auto close = series_[s].close();
    if (close.empty()) continue;
    double before = close[0];
    const std::span<const Split> splits = series_[s].splits();
    if (is_whole(s) && series_[s].has_every_price() && splits.empty()) {
      for (std::size_t t = 1; t < stamps; ++t) {
        sum[t] += close[t] / close[t - 1] - 1;
        count[t] += 1;
      }
      continue;
    }
    Nanoseconds time_before = series_[s].time().front();
    for (std::size_t t = 0; t < stamps; ++t) {
      if (row(s, t) < 0 || (row(s, t) == 0 && has_bar(s, t))) continue;
      const double now = close[static_cast<std::size_t>(row(s, t))];
      count[t] += 1;
      if (!std::isfinite(now)) continue;
      const Nanoseconds time_now = series_[s].time()[static_cast<std::size_t>(row(s, t))];
      if (!splits.empty()) before /= units_between(splits, time_before, time_now);
      if (std::isfinite(before) && before != 0) sum[t] += now / before - 1;
      before = now;
      time_before = time_now;
    }
  }
  std::vector<double> level(stamps, kBase);
  for (std::size_t t = 1; t < stamps; ++t) level[t] = level[t - 1] * (count[t] == 0 ? 1 : 1 + sum[t] / count[t]);
  const Column close = Column::own("close", std::move(level));
  Bars index = Bars::from_columns(time_, close, close, close, close, Column()).value();
  index.set_symbol(std::to_string(symbols()) + (symbols() == 1 ? " symbol" : " symbols"));
  index.set_time_zone(time_zone());
  return index;
}

double rate_at(const Bars& rates, Nanoseconds time, bool at) {
  const auto stamps = rates.time();
  auto next =
      at ? std::upper_bound(stamps.begin(), stamps.end(), time) : std::lower_bound(stamps.begin(), stamps.end(), time);
  while (next != stamps.begin()) {
    --next;
    const double rate = rates.close()[static_cast<std::size_t>(next - stamps.begin())];
    if (!std::isnan(rate)) return rate;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

Result<Bars> at_rates(const Bars& bars, const Bars& rates) {
  if (rates.size() == 0) return bad_data("the rates for '" + bars.symbol() + "' hold no bars");
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const double rate = rates.close()[i];
    if (std::isnan(rate) || (rate > 0 && std::isfinite(rate))) continue;
    return bad_data("the rates for '" + bars.symbol() + "': " + format_time_short(rates.time()[i]) + " has the rate " +
                    std::to_string(rate) + ", but a rate is above 0");
  }
  const std::size_t size = bars.size();
  std::vector<double> open(size), high(size), low(size), close(size);
  for (std::size_t i = 0; i < size; ++i) {
    const double before = rate_at(rates, bars.time()[i], false), now = rate_at(rates, bars.time()[i], true);
    open[i] = bars.open()[i] * before;
    high[i] = bars.high()[i] * std::fmax(before, now);
    low[i] = bars.low()[i] * std::fmin(before, now);
    close[i] = bars.close()[i] * now;
  }
  std::vector<Column> further;
  for (const std::string& name : bars.column_names()) {
    const bool is_price = name == "time" || name == "open" || name == "high" || name == "low" || name == "close";
    if (!is_price && name != "volume") further.push_back(*bars.find(name));
  }
  const Column* volume = bars.find("volume");
  PEAK_ASSIGN_OR_RETURN(
      Bars made,
      Bars::from_columns(bars.time_column(), Column::own("open", std::move(open)), Column::own("high", std::move(high)),
                         Column::own("low", std::move(low)), Column::own("close", std::move(close)),
                         volume != nullptr ? *volume : Column(), std::move(further)));
  made.set_symbol(bars.symbol());
  made.set_time_zone(bars.time_zone());
  return made;
}

}  // namespace peak
