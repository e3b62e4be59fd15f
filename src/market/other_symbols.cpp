#include "peak/market/other_symbols.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "peak/market/periods.hpp"

namespace peak {
namespace {

// What stands for lengths that differ from bar to bar.
constexpr Nanoseconds kMonth = 30 * kNanosecondsPerDay;
constexpr Nanoseconds kQuarter = 91 * kNanosecondsPerDay;
constexpr Nanoseconds kYear = 365 * kNanosecondsPerDay;

Nanoseconds longest(Nanoseconds length) {
  return length == kMonth || length == kQuarter || length == kYear ? length + kNanosecondsPerDay : length;
}

Nanoseconds shortest(Nanoseconds length) {
  return length == kMonth || length == kQuarter ? length - 2 * kNanosecondsPerDay : length;
}

/// The end of a bar; the largest time where that lies beyond all times.
Nanoseconds end_after(Nanoseconds start, Nanoseconds length) {
  constexpr Nanoseconds kLast = std::numeric_limits<Nanoseconds>::max();
  return start > kLast - length ? kLast : start + length;
}

/// The shortest distance: of few bars none is usual. Two stamps may be further apart than Nanoseconds hold.
Nanoseconds shortest_step(std::span<const Nanoseconds> time) {
  std::uint64_t shortest = std::numeric_limits<Nanoseconds>::max();
  for (std::size_t i = 1; i < time.size(); ++i)
    shortest = std::min(shortest, static_cast<std::uint64_t>(time[i]) - static_cast<std::uint64_t>(time[i - 1]));
  return static_cast<Nanoseconds>(shortest);
}

}  // namespace

Nanoseconds bar_length_of(std::span<const Nanoseconds> time) {
  constexpr std::size_t kFewBars = 8;
  if (time.size() < 2) return 0;
  const Nanoseconds step = time.size() < kFewBars ? shortest_step(time) : modal_step(time);
  const Nanoseconds days = step / kNanosecondsPerDay;
  if (days >= 28 && days <= 31) return kMonth;
  if (days >= 89 && days <= 92) return kQuarter;
  if (days >= 365 && days <= 366) return kYear;
  return step;
}

Result<std::shared_ptr<const OtherSymbols>> OtherSymbols::create(std::vector<Bars> series,
                                                                 const std::vector<Nanoseconds>& lengths) {
  OtherSymbols others;
  for (std::size_t k = 0; k < series.size(); ++k) {
    const Bars& bars = series[k];
    if (bars.symbol().empty()) return invalid_argument("another symbol without a name; formulas read it by its name");
    if (others.find(bars.symbol()) != others.size()) {
      return invalid_argument("symbol '" + bars.symbol() + "' is there twice");
    }
    others.series_.push_back(bars);
    others.lengths_.push_back(k < lengths.size() ? lengths[k] : bar_length_of(bars.time()));
  }
  return std::make_shared<const OtherSymbols>(std::move(others));
}

std::shared_ptr<const OtherSymbols> OtherSymbols::with_series(std::vector<Bars> series) const {
  OtherSymbols others;
  others.series_ = std::move(series);
  others.lengths_ = lengths_;
  return std::make_shared<const OtherSymbols>(std::move(others));
}

std::vector<std::string> OtherSymbols::names() const {
  std::vector<std::string> names;
  for (const Bars& bars : series_) names.push_back(bars.symbol());
  return names;
}

std::size_t OtherSymbols::find(std::string_view symbol) const noexcept {
  const auto found =
      std::find_if(series_.begin(), series_.end(), [symbol](const Bars& bars) { return bars.symbol() == symbol; });
  return static_cast<std::size_t>(found - series_.begin());
}

Result<Bars> with_others(Bars bars, std::vector<Bars> others, const PanelRules& rules) {
  if (others.empty()) return bars;  // the same bars, under the same fingerprint
  for (const Bars& other : others) {
    if (rules.mixed || other.time_zone() == bars.time_zone()) continue;
    return bad_data("'" + other.symbol() + "' is in zone " + other.time_zone() + ", the data in " + bars.time_zone() +
                    ": bring them to one zone first, or allow mixed series, which compares stamps as moments in time");
  }
  PEAK_ASSIGN_OR_RETURN(auto made, OtherSymbols::create(std::move(others)));
  bars.set_others(std::move(made), bar_length_of(bars.time()));
  return bars;
}

Bars known_at(const Bars& bars, std::size_t count) {
  Bars known = bars.slice(0, count);
  if (bars.others() == nullptr) return known;
  const OtherSymbols& others = *bars.others();
  std::vector<Bars> cut;
  for (std::size_t k = 0; k < others.size(); ++k) {
    const Bars& other = others.series(k);
    const auto rows = complete_bars(known.time().last(std::min<std::size_t>(1, known.size())), bars.bar_length(),
                                    other.time(), others.bar_length(k));
    cut.push_back(other.slice(0, rows.empty() ? 0 : static_cast<std::size_t>(rows.front() + 1)));
  }
  known.set_others(others.with_series(std::move(cut)), bars.bar_length());
  return known;
}

std::vector<std::int64_t> complete_bars(std::span<const Nanoseconds> time, Nanoseconds length,
                                        std::span<const Nanoseconds> other, Nanoseconds other_length) {
  const bool alike = length == 0 || other_length == 0 || length == other_length;
  std::vector<std::int64_t> rows(time.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < time.size(); ++i) {
    const Nanoseconds known = alike ? time[i] : end_after(time[i], shortest(length));
    while (next < other.size() && (alike ? other[next] : end_after(other[next], longest(other_length))) <= known)
      ++next;
    rows[i] = static_cast<std::int64_t>(next) - 1;
  }
  return rows;
}

}  // namespace peak
