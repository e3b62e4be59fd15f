#include "market/bar_checks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "market/bar_scan.hpp"
#include "peak/base/time_range.hpp"

namespace peak {
namespace {

constexpr std::size_t kRowsShown = 5;
constexpr const char* kPriceNames[] = {"open", "high", "low", "close"};

using Rows = std::vector<std::size_t>;

std::string number_text(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

std::string counted(std::size_t count, const char* what) {
  return std::to_string(count) + (count == 1 ? " row " : " rows ") + what;
}

/// The rows of one kind of fault: how many, and words for the first of them.
class Fault {
 public:
  explicit Fault(const BarChecks& checks) : checks_(&checks) {}

  template <typename Detail>
  void add(std::size_t row, const Detail& detail) {
    if (count_++ >= kRowsShown) return;
    shown_ += shown_.empty() ? "" : "; ";
    shown_ += checks_->describe_row ? checks_->describe_row(row) : "row " + std::to_string(row);
    if (const std::string words = detail(); !words.empty()) shown_ += " (" + words + ")";
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::string sentence(const char* what) const {
    return counted(count_, what) + ": " + shown_ + (count_ > kRowsShown ? "; ..." : "");
  }

 private:
  const BarChecks* checks_;
  std::size_t count_ = 0;
  std::string shown_;
};

/// Faults that stand, each with the option that would allow or repair it.
class Refusal {
 public:
  void add(const Fault& fault, const char* what, const char* remedy) {
    if (fault.count() == 0) return;
    if (!message_.empty()) message_ += '\n';
    message_.append(fault.sentence(what)).append(". ").append(remedy);
  }
  [[nodiscard]] Status status() && { return message_.empty() ? Status{} : Status{bad_data(std::move(message_))}; }

 private:
  std::string message_;
};

/// One repair of several kinds of row: what is kept of `rows`, in order.
class Repair {
 public:
  Repair(const BarColumns& columns, const BarChecks& checks, BarRepairReport& report)
      : checks_(checks), report_(report), time_(columns.time.int64s()), rows_(columns.time.size()) {
    std::iota(rows_.begin(), rows_.end(), std::size_t{0});
    for (std::size_t i = 0; i < 4; ++i) prices_[i] = columns.prices[i].float64s();
    volume_ = columns.volume.float64s();
  }

  Status run() {
    drop_missing_times();
    order_rows();
    drop_repeated_times();
    drop_bad_prices();
    drop_infinite_volumes();
    drop_missing_prices();
    return std::move(refusal_).status();
  }
  [[nodiscard]] const Rows& rows() const noexcept { return rows_; }

 private:
  void note(const char* verb, const Fault& fault, const char* what) {
    report_.messages.push_back(std::string(verb).append(" ").append(fault.sentence(what)));
  }

  /// Removes the rows for which fault_of(row) gives words.
  template <typename FaultOf>
  Fault collect(const FaultOf& fault_of, bool drop) {
    Fault fault(checks_);
    Rows kept;
    for (std::size_t row : rows_) {
      if (const auto detail = fault_of(row); detail) {
        fault.add(row, detail);
      } else if (drop) {
        kept.push_back(row);
      }
    }
    if (drop && fault.count() != 0) rows_ = std::move(kept);
    return fault;
  }

  using Detail = std::function<std::string()>;

  void drop_missing_times() {
    const bool drop = checks_.repairs.drop_missing_rows;
    const auto missing = [&](std::size_t row) {
      if (is_in_time_range(time_[row])) return Detail();
      if (time_[row] == kNoTime) return Detail([] { return std::string(); });
      return Detail([this, row] { return format_time(time_[row]) + " is outside of 1678 to 2261"; });
    };
    const Fault fault = collect(missing, true);
    if (fault.count() == 0) return;
    if (drop) {
      report_.missing_rows += fault.count();
      note("dropped", fault, "without a time");
    } else {
      refusal_.add(fault, "without a time", "Repair 'drop_missing_rows' drops them.");
    }
  }

  /// True if the times of rows_ never rise and fall at least once.
  [[nodiscard]] bool newest_first() const {
    const auto rises = [&](std::size_t a, std::size_t b) { return time_[a] < time_[b]; };
    return rows_.size() > 1 && time_[rows_.front()] > time_[rows_.back()] &&
           std::adjacent_find(rows_.begin(), rows_.end(), rises) == rows_.end();
  }

  void order_rows() {
    if (newest_first()) {
      std::reverse(rows_.begin(), rows_.end());
      report_.reversed = true;
      report_.messages.push_back("turned round: the data came newest first");
      return;
    }
    Fault fault(checks_);
    const bool mostly_falling = rows_.size() > 1 && time_[rows_.front()] > time_[rows_.back()];
    for (std::size_t i = 1; i < rows_.size(); ++i) {
      const Nanoseconds before = time_[rows_[i - 1]], now = time_[rows_[i]];
      if (mostly_falling ? now > before : now < before) {
        fault.add(rows_[i], [&] { return format_time_short(now) + " after " + format_time_short(before); });
      }
    }
    if (fault.count() == 0) return;
    if (checks_.repairs.sort) {
      const auto earlier = [&](std::size_t a, std::size_t b) { return time_[a] < time_[b]; };
      if (mostly_falling) std::reverse(rows_.begin(), rows_.end());
      std::stable_sort(rows_.begin(), rows_.end(), earlier);
      report_.sorted_rows = fault.count();
      report_.reversed = mostly_falling;
      note("sorted by time", fault, "out of order");
    } else {
      refusal_.add(fault, mostly_falling ? "out of order (the data are newest first)" : "out of order",
                   "Repair 'sort' sorts by time.");
    }
  }

  void drop_repeated_times() {
    Fault fault(checks_);
    Rows kept;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const bool repeats = i + 1 < rows_.size() && time_[rows_[i]] == time_[rows_[i + 1]];
      if (repeats) {
        fault.add(rows_[i + 1], [&] { return format_time_short(time_[rows_[i]]) + " again"; });
      } else {
        kept.push_back(rows_[i]);
      }
    }
    if (fault.count() == 0) return;
    if (checks_.repairs.drop_duplicates) {
      rows_ = std::move(kept);
      report_.duplicate_rows = fault.count();
      note("kept the last of", fault, "with repeated times");
    } else {
      refusal_.add(fault, "with repeated times", "Repair 'drop_duplicates' keeps the last row of each time.");
    }
  }

  /// Words for what is impossible about a row's prices, or nothing.
  [[nodiscard]] Detail bad_price(std::size_t row) const {
    for (std::size_t i = 0; i < 4; ++i) {
      const double price = prices_[i][row];
      if (std::isinf(price) || (price <= 0 && !checks_.allow_nonpositive)) {
        return [i, price] { return std::string(kPriceNames[i]) + " " + number_text(price); };
      }
    }
    const double high = prices_[1][row], low = prices_[2][row];
    if (high < low) return [=] { return "high " + number_text(high) + " < low " + number_text(low); };
    return {};
  }

  void drop_bad_prices() {
    const bool drop = checks_.repairs.drop_bad_rows;
    const Fault fault = collect([&](std::size_t row) { return bad_price(row); }, drop);
    if (fault.count() == 0) return;
    if (drop) {
      report_.bad_rows += fault.count();
      note("dropped", fault, "with impossible prices");
    } else {
      refusal_.add(fault, "with impossible prices",
                   "Repair 'drop_bad_rows' drops them; 'allow_nonpositive' lets zero and negative prices pass.");
    }
  }

  void drop_infinite_volumes() {
    if (volume_.empty()) return;
    const bool drop = checks_.repairs.drop_bad_rows;
    const auto infinite = [&](std::size_t row) {
      if (!std::isinf(volume_[row])) return Detail();
      return Detail([this, row] { return "volume " + number_text(volume_[row]); });
    };
    const Fault fault = collect(infinite, drop);
    if (fault.count() == 0) return;
    if (drop) {
      report_.bad_rows += fault.count();
      note("dropped", fault, "with infinite volumes");
    } else {
      refusal_.add(fault, "with infinite volumes", "Repair 'drop_bad_rows' drops them.");
    }
  }

  void drop_missing_prices() {
    const bool drop = checks_.repairs.drop_missing_rows;
    if (checks_.allow_missing && !drop) return;
    const auto missing = [&](std::size_t row) {
      for (std::size_t i = 0; i < 4; ++i) {
        if (std::isnan(prices_[i][row])) return Detail([i] { return std::string("no ") + kPriceNames[i]; });
      }
      return Detail();
    };
    const Fault fault = collect(missing, drop);
    if (fault.count() == 0) return;
    if (drop) {
      report_.missing_rows += fault.count();
      note("dropped", fault, "with missing prices");
    } else {
      refusal_.add(fault, "with missing prices",
                   "Repair 'drop_missing_rows' drops them; 'allow_missing' keeps them as bars without fills.");
    }
  }

  const BarChecks& checks_;
  BarRepairReport& report_;
  std::span<const Nanoseconds> time_;
  std::array<std::span<const double>, 4> prices_;
  std::span<const double> volume_;  ///< empty where there is none
  Rows rows_;
  Refusal refusal_;
};

Column take(const Column& column, const Rows& rows) {
  if (column.type() == ColumnType::kTime) {
    std::vector<std::int64_t> values(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) values[i] = column.int64s()[rows[i]];
    return Column::own(column.name(), std::move(values), ColumnType::kTime);
  }
  std::vector<double> values(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) values[i] = column.float64s()[rows[i]];
  return Column::own(column.name(), std::move(values));
}

bool is_identity(const Rows& rows, std::size_t size) {
  if (rows.size() != size) return false;
  for (std::size_t i = 0; i < size; ++i) {
    if (rows[i] != i) return false;
  }
  return true;
}

}  // namespace

bool is_clean(const BarColumns& columns) noexcept {
  const std::span<const Nanoseconds> time = columns.time.int64s();
  const auto prices = [&columns](std::size_t i) { return columns.prices[i].float64s().data(); };
  // Of times that rise the first and the last tell for all; a missing one is the smallest number.
  if (!time.empty() && !(is_in_time_range(time.front()) && is_in_time_range(time.back()))) return false;
  return rises(time) && prices_are_sound({prices(0), prices(1), prices(2), prices(3), time.size()}) &&
         !has_infinite(columns.volume.float64s());
}

Status repair_bars(BarColumns& columns, const BarChecks& checks, BarRepairReport& report) {
  Repair repair(columns, checks, report);
  PEAK_RETURN_IF_ERROR(repair.run());
  if (is_identity(repair.rows(), columns.time.size())) return {};
  const Rows& rows = repair.rows();
  columns.time = take(columns.time, rows);
  for (Column& price : columns.prices) price = take(price, rows);
  if (columns.volume.size() != 0) columns.volume = take(columns.volume, rows);
  for (Column& extra : columns.extra) extra = take(extra, rows);
  return {};
}

}  // namespace peak
