#include "report/calendar_returns.hpp"

#include <cmath>
#include <limits>
#include <span>

namespace peak::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::int64_t day_of(Nanoseconds time) noexcept {
  return time / kNanosecondsPerDay - (time % kNanosecondsPerDay < 0 ? 1 : 0);
}

YearReturns empty_year(std::int64_t year) {
  YearReturns returns{.year = year, .months = {}, .total = kNaN, .benchmark = kNaN};
  returns.months.fill(kNaN);
  return returns;
}

/// Values at the last bar before the present month and year.
struct Bases {
  double month, year, benchmark;
};

}  // namespace

std::vector<YearReturns> calendar_returns(const BacktestResult& result) {
  std::vector<YearReturns> years;
  const auto time = result.bars.time();
  const auto close = metrics_input(result).benchmark_close;
  const std::span<const double> equity(result.simulation.equity);
  double mark = kNaN;  // the last close that is there
  Bases base{result.broker.cash, result.broker.cash, kNaN};
  std::int64_t day_before = std::numeric_limits<std::int64_t>::min();
  Date date;
  for (std::size_t bar = 0; bar < equity.size(); ++bar) {
    const std::int64_t day = day_of(time[bar]);
    if (day != day_before) {
      const Date today = date_from_days(day);
      const bool first = years.empty();
      if (first || today.year != date.year) {
        if (!first) base.year = equity[bar - 1], base.benchmark = mark;
        years.push_back(empty_year(today.year));
      }
      if (!first && (today.year != date.year || today.month != date.month)) base.month = equity[bar - 1];
      date = today;
      day_before = day;
    }
    if (!std::isnan(close[bar])) mark = close[bar];
    if (std::isnan(base.benchmark)) base.benchmark = mark;
    YearReturns& year = years.back();
    year.months[date.month - 1] = equity[bar] / base.month - 1;
    year.total = equity[bar] / base.year - 1;
    year.benchmark = mark / base.benchmark - 1;
  }
  return years;
}

}  // namespace peak::report
