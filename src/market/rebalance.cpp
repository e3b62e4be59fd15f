#include "peak/market/rebalance.hpp"

#include <charconv>
#include <cstdint>
#include <utility>

#include "peak/base/suggest.hpp"

namespace peak {
namespace {

constexpr std::pair<const char*, RebalancePeriod> kPeriods[] = {
    {"daily", RebalancePeriod::kDay},         {"weekly", RebalancePeriod::kWeek}, {"monthly", RebalancePeriod::kMonth},
    {"quarterly", RebalancePeriod::kQuarter}, {"yearly", RebalancePeriod::kYear},
};

/// Neighbouring stamps of one period have one number.
std::int64_t period_of(Nanoseconds time, RebalancePeriod period) {
  const std::int64_t day = time >= 0 ? time / kNanosecondsPerDay : (time + 1) / kNanosecondsPerDay - 1;
  if (period == RebalancePeriod::kDay) return day;
  if (period == RebalancePeriod::kWeek) return day - weekday_from_days(day);
  const Date date = date_from_days(day);
  const std::int64_t months = date.year * 12 + static_cast<std::int64_t>(date.month) - 1;
  if (period == RebalancePeriod::kMonth) return months;
  return period == RebalancePeriod::kQuarter ? months - months % 3 : date.year;
}

}  // namespace

std::vector<std::size_t> Rebalance::stamps(std::span<const Nanoseconds> time) const {
  std::vector<std::size_t> chosen;
  if (time.empty()) return chosen;
  if (period == RebalancePeriod::kOnce) return {0};
  if (period == RebalancePeriod::kBars) {
    for (std::size_t t = 0; t < time.size(); t += every) chosen.push_back(t);
    return chosen;
  }
  if (!last) chosen.push_back(0);
  std::int64_t before = period_of(time[0], period);
  for (std::size_t t = 1; t < time.size(); ++t) {
    const std::int64_t now = period_of(time[t], period);
    if (now != before) chosen.push_back(last ? t - 1 : t);
    before = now;
  }
  return chosen;
}

bool Rebalance::decides(std::size_t stamp, Nanoseconds before, Nanoseconds now) const noexcept {
  if (period == RebalancePeriod::kBars) return stamp % every == 0;
  if (stamp == 0 || period == RebalancePeriod::kOnce) return stamp == 0;
  return period_of(before, period) != period_of(now, period);
}

Result<Rebalance> parse_rebalance(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view word = text.substr(0, colon);
  const std::string_view rest = colon == text.npos ? std::string_view() : text.substr(colon + 1);
  if (word == "bars") {
    std::size_t every = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), every);
    if (error != std::errc() || end != rest.data() + rest.size() || every == 0) {
      return invalid_argument("rebalance '" + std::string(text) + "': write bars:5 for every fifth bar");
    }
    return Rebalance{RebalancePeriod::kBars, false, every};
  }
  if (text == "once") return Rebalance{RebalancePeriod::kOnce};
  for (const auto& [name, period] : kPeriods) {
    if (word != name) continue;
    if (colon == text.npos || rest == "first") return Rebalance{period};
    if (rest == "last") return Rebalance{period, true};
    return invalid_argument("rebalance '" + std::string(text) + "': after the colon stands first or last");
  }
  std::vector<std::string> known = {"bars:5", "once"};
  for (const auto& [name, period] : kPeriods) known.emplace_back(name);
  return invalid_argument("unknown rebalance '" + std::string(text) + "'" + suggestion(text, known));
}

std::string format_rebalance(const Rebalance& rebalance) {
  if (rebalance.period == RebalancePeriod::kOnce) return "once";
  if (rebalance.period == RebalancePeriod::kBars) return "bars:" + std::to_string(rebalance.every);
  for (const auto& [name, period] : kPeriods) {
    if (period == rebalance.period) return std::string(name) + (rebalance.last ? ":last" : "");
  }
  return "";
}

}  // namespace peak
