#include <algorithm>

#include "peak/market/periods.hpp"
#include "quality/checked_rows.hpp"

namespace peak::quality {
namespace {

/// Stamps in the order in which the file means them: turned round when it is newest first.
std::vector<std::size_t> file_order(const CheckedRows& rows) {
  std::vector<std::size_t> order;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows.has_time(row)) order.push_back(row);
  }
  if (rows.newest_first) std::reverse(order.begin(), order.end());
  return order;
}

std::vector<Nanoseconds> stamps_of(const CheckedRows& rows, const std::vector<std::size_t>& order) {
  std::vector<Nanoseconds> stamps;
  stamps.reserve(order.size());
  for (const std::size_t row : order) stamps.push_back(rows.at(row));
  return stamps;
}

void check_order(const CheckedRows& rows, const CheckOptions& options, const std::vector<std::size_t>& order,
                 Quality& quality) {
  Gathered newest(Fault::kNewestFirst, Severity::kNote, rows, options);
  if (rows.newest_first) newest.add(0, [] { return std::string(); });
  newest.finish(quality.findings, "the rows come newest first; readers turn them round");
  Gathered disorder(Fault::kOutOfOrder, Severity::kError, rows, options);
  for (std::size_t i = 1; i < order.size(); ++i) {
    const Nanoseconds before = rows.at(order[i - 1]), now = rows.at(order[i]);
    if (now < before) {
      // Of a file that is newest first, the row that breaks the order is the lower one.
      const std::size_t row = rows.newest_first ? order[i - 1] : order[i];
      disorder.add(row, [&] { return format_time_short(now) + " after " + format_time_short(before); });
    }
  }
  disorder.finish(quality.findings, "{step goes|steps go} back in time", "--fix order");
}

void check_repeats(const CheckedRows& rows, const CheckOptions& options, Quality& quality) {
  Gathered repeats(Fault::kRepeatedTime, Severity::kError, rows, options);
  std::size_t equal = 0;
  for (std::size_t i = 1; i < rows.ordered.size(); ++i) {
    const std::size_t row = rows.ordered[i], before = rows.ordered[i - 1];
    if (rows.at(row) != rows.at(before)) continue;
    repeats.add(row, [] { return std::string("this time again"); });
    bool same = true;
    for (std::size_t k = 0; k < 4; ++k) same = same && (!rows.has(k) || rows.price(k, row) == rows.price(k, before));
    equal += same ? 1U : 0U;
  }
  if (!rows.has(3) || !rows.has(0)) repeats.set_severity(Severity::kNote);  // several trades at one time are usual
  repeats.finish(quality.findings,
                 "{row repeats|rows repeat} a time, " + std::to_string(equal) + " with the same prices",
                 "--fix duplicates");
}

std::string gap_words(Nanoseconds after, Nanoseconds before, std::size_t missing) {
  return std::to_string(missing) + (missing == 1 ? " bar" : " bars") + " missing between " + format_time_short(after) +
         " and " + format_time_short(before);
}

/// True if at least half of the neighbours are one step apart; ticks are not, and miss nothing.
bool is_regular(const CheckedRows& rows, Nanoseconds step) {
  if (step < kNanosecondsPerSecond || step > 366 * kNanosecondsPerDay) return false;
  std::size_t equal = 0;
  for (std::size_t i = 1; i < rows.unique.size(); ++i) {
    const Nanoseconds distance = distance_between(rows.at(rows.unique[i - 1]), rows.at(rows.unique[i]));
    equal += distance < step + step / 2 && distance > step / 2 ? 1U : 0U;
  }
  return equal * 2 >= rows.unique.size() - 1;
}

void check_gaps(const CheckedRows& rows, const CheckOptions& options, Quality& quality) {
  const TradingHours hours(rows, quality.step, options);
  quality.calendar = hours.name();
  if (rows.unique.size() < 2 || !is_regular(rows, quality.step)) return;
  Gathered gaps(Fault::kGap, Severity::kWarning, rows, options);
  Gathered outside(Fault::kOutsideCalendar, Severity::kWarning, rows, options);
  std::size_t missing = 0;
  for (std::size_t i = 0; i < rows.unique.size(); ++i) {
    const std::size_t row = rows.unique[i];
    if (hours.is_outside(rows.at(row))) outside.add(row, [&] { return "no trading in " + hours.name(); });
    if (i == 0) continue;
    const Nanoseconds after = rows.at(rows.unique[i - 1]), before = rows.at(row);
    const std::size_t here = hours.missing_bars(after, before);
    if (here == 0) continue;
    missing += here;
    gaps.add(row, [&] { return gap_words(after, before, here); });
  }
  gaps.finish(quality.findings,
              "{gap|gaps}, " + std::to_string(missing) + " bars missing by the calendar: " + hours.name(),
              "--fix gaps");
  outside.finish(quality.findings, "{bar lies|bars lie} outside of the calendar " + hours.name());
}

}  // namespace

void check_times(const CheckedRows& rows, const CheckOptions& options, Quality& quality) {
  Gathered missing(Fault::kMissingTime, Severity::kError, rows, options);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (!rows.has_time(row)) missing.add(row, [] { return std::string("no time"); });
  }
  missing.finish(quality.findings, "{row has|rows have} no time that can be read", "--fix times");
  const std::vector<std::size_t> order = file_order(rows);
  const std::vector<Nanoseconds> stamps = stamps_of(rows, order);
  if (!rows.ordered.empty()) {
    quality.first = rows.at(rows.ordered.front());
    quality.last = rows.at(rows.ordered.back());
  }
  quality.step = std::max<Nanoseconds>(modal_step(stamps), 0);
  for (std::size_t i = 1; i < stamps.size(); ++i)
    quality.long_steps += distance_between(stamps[i - 1], stamps[i]) > quality.step ? 1U : 0U;
  check_order(rows, options, order, quality);
  check_repeats(rows, options, quality);
  check_gaps(rows, options, quality);
  check_clock(rows, options, quality);
}

}  // namespace peak::quality
