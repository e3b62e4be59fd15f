#include "io/csv_plan.hpp"

#include <algorithm>
#include <cmath>

#include "io/csv_records.hpp"
#include "io/headerless.hpp"
#include "io/number.hpp"
#include "io/source.hpp"

namespace peak::io {
namespace {

constexpr std::size_t kRowsSampled = 200;
using Rows = std::vector<std::vector<std::string>>;

/// Decides column by column; the members are what has been decided so far.
class Planner {
 public:
  Planner(std::string_view bytes, const CsvLayout& layout, const ReadOptions& options, std::string_view name,
          const TimeZone& zone)
      : bytes_(bytes), layout_(layout), options_(options), file_name_(name), zone_(zone), names_(layout.names) {}

  Result<CsvPlan> run() {
    take_rows();
    PEAK_RETURN_IF_ERROR(name_columns());
    PEAK_ASSIGN_OR_RETURN(plan_.roles, find_roles(names_, options_));
    PEAK_RETURN_IF_ERROR(find_time());
    find_clock();
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (layout_.names[i].empty() && names_[i].empty())
        names_[i] = std::string("column_").append(std::to_string(i + 1));
      plan_.columns.push_back(plan_column(i));
    }
    note_points();
    return std::move(plan_);
  }

 private:
  void take_rows() {
    CsvRecords records(bytes_, layout_.delimiter, layout_.data_offset, layout_.data_line);
    std::vector<std::string_view> cells;
    while (rows_.size() < kRowsSampled && records.next(cells)) {
      if (cells.size() < names_.size()) continue;  // parse_csv will say so
      rows_.emplace_back(cells.begin(), cells.end());
    }
  }

  [[nodiscard]] std::vector<std::string_view> samples(std::size_t column) const {
    std::vector<std::string_view> result;
    for (const auto& row : rows_) {
      if (!is_missing(row[column])) result.push_back(row[column]);
    }
    return result;
  }

  Status name_columns() {
    if (!options_.column_names.empty()) {
      if (options_.column_names.size() > names_.size()) {
        return invalid_argument("column_names gives " + std::to_string(options_.column_names.size()) +
                                " names, the file has " + std::to_string(names_.size()) + " columns");
      }
      std::copy(options_.column_names.begin(), options_.column_names.end(), names_.begin());
    } else if (!layout_.header) {
      const std::size_t first = is_clock_column(1) ? 2 : 1;
      names_ = guess_names(rows_, names_.size(), first, file_name_);
      names_[0] = "time";
      if (first == 2) names_[1] = "clock";
    }
    return {};
  }

  [[nodiscard]] bool is_clock_column(std::size_t column) const {
    if (column >= names_.size()) return false;
    const auto cells = samples(column);
    const auto fits = std::count_if(cells.begin(), cells.end(), [](std::string_view cell) {
      Nanoseconds time = 0;
      return cell.find(':') != std::string_view::npos && parse_clock_text(cell, time);
    });
    return !cells.empty() && static_cast<std::size_t>(fits) * 2 > cells.size();
  }

  /// Counts from midnight: whole numbers that never reach a day, in a file whose name or option gives the date.
  [[nodiscard]] TimeFormat midnight_format(std::size_t column) const {
    TimeFormat format;
    Nanoseconds date = options_.date.empty() ? date_in_name(file_name_) : kNoTime;
    TimeText given;
    if (!options_.date.empty() && parse_time_text(options_.date, DateOrder::kYearMonthDay, given)) date = given.time;
    if (date == kNoTime) return format;
    format.unit = options_.time_unit.value_or(TimeUnit::kMilliseconds);
    for (const std::string_view cell : samples(column)) {
      double count = 0;
      const double limit = static_cast<double>(kNanosecondsPerDay / unit_nanoseconds(format.unit));
      if (!parse_whole_number(cell, count) || count < 0 || count >= limit) return format;
    }
    format.kind = TimeFormat::Kind::kMidnight;
    format.midnight = date;
    format.description = std::string(time_unit_name(format.unit)) + " since midnight of " + format_time_short(date);
    return format;
  }

  [[nodiscard]] TimeFormat time_format(std::size_t column, bool numbers_may_be_times) const {
    const auto cells = samples(column);
    TimeFormat format = detect_time_format(cells, options_, numbers_may_be_times);
    if (format.kind == TimeFormat::Kind::kNone && numbers_may_be_times && !cells.empty() &&
        (!layout_.header || !options_.date.empty())) {
      format = midnight_format(column);
    }
    return format;
  }

  Status find_time() {
    if (plan_.roles.time) {  // told by the options
      set_time(*plan_.roles.time, time_format(*plan_.roles.time, true));
      if (time_.kind == TimeFormat::Kind::kNone && !rows_.empty()) {
        return bad_data("column '" + names_[*plan_.roles.time] + "' does not hold times; its first cell is '" +
                        rows_[0][*plan_.roles.time] + "'");
      }
      return {};
    }
    std::vector<std::size_t> columns = time_candidates(names_);
    const std::size_t named = columns.size();
    if (!layout_.header || names_[0].empty() || equals_ignoring_case(names_[0], "Unnamed: 0")) columns.push_back(0);
    for (std::size_t i = 0; i < names_.size(); ++i) columns.push_back(i);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i >= named && plan_.roles.is_number(columns[i])) continue;
      const bool numbers = i < named || (columns[i] == 0 && !layout_.header);
      TimeFormat format = time_format(columns[i], numbers);
      if (format.kind == TimeFormat::Kind::kNone) continue;
      set_time(columns[i], std::move(format));
      return {};
    }
    if (named != 0 && !samples(columns[0]).empty()) {
      plan_.notes.push_back("column '" + names_[columns[0]] + "' has a usual name for times, but its cells, such as '" +
                            std::string(samples(columns[0])[0].substr(0, 40)) + "', are not times");
    }
    return {};
  }

  void set_time(std::size_t column, TimeFormat format) {
    if (format.order_is_open) settle_order(column, format);
    if (format.short_years) plan_.notes.push_back("years have two digits: 69 is taken as 2069, 70 as 1970");
    plan_.roles.time = column;
    time_ = std::move(format);
    if (names_[column].empty()) names_[column] = "time";
  }

  /// Reads the whole column to learn whether the day or the month comes first.
  void settle_order(std::size_t column, TimeFormat& format) {
    CsvRecords records(bytes_, layout_.delimiter, layout_.data_offset, layout_.data_line);
    std::vector<std::string_view> cells;
    bool fits[2] = {true, true}, rises[2] = {true, true}, falls[2] = {true, true};
    Nanoseconds last[2] = {kNoTime, kNoTime};
    constexpr DateOrder kOrders[] = {DateOrder::kMonthDayYear, DateOrder::kDayMonthYear};
    while (records.next(cells)) {
      if (column >= cells.size() || is_missing(cells[column])) continue;
      TimeText times[2];
      const bool good[2] = {parse_time_text(cells[column], kOrders[0], times[0]),
                            parse_time_text(cells[column], kOrders[1], times[1])};
      for (std::size_t i = 0; i < 2; ++i) {
        fits[i] = fits[i] && (good[i] || !good[1 - i]);
        if (!good[i]) continue;
        rises[i] = rises[i] && (last[i] == kNoTime || times[i].time >= last[i]);
        falls[i] = falls[i] && (last[i] == kNoTime || times[i].time <= last[i]);
        last[i] = times[i].time;
      }
    }
    const bool sorted[2] = {rises[0] || falls[0], rises[1] || falls[1]};
    if (fits[0] != fits[1]) {
      format.order = kOrders[fits[0] ? 0 : 1];
    } else if (sorted[0] != sorted[1]) {
      format.order = kOrders[sorted[0] ? 0 : 1];
      plan_.notes.push_back(std::string("dates could be read with day or month first; only ") +
                            date_order_name(format.order) + " puts them in order");
    } else {
      plan_.notes.push_back(std::string("dates could be read with day or month first; taken as ") +
                            date_order_name(format.order) + " (set date_order if that is wrong)");
    }
    if (!rows_.empty()) format.description = describe_time_text(rows_[0][column], format.order);
  }

  void find_clock() {
    Roles& roles = plan_.roles;
    if (!roles.time || time_.kind != TimeFormat::Kind::kText) {
      roles.clock.reset();
      return;
    }
    if (roles.clock || !time_.pure_dates) return;
    for (std::size_t i = 0; i < names_.size() && !roles.clock; ++i) {
      const bool candidate = is_clock_name(names_[i]) || i == *roles.time + 1;
      if (i != *roles.time && candidate && is_clock_column(i)) roles.clock = i;
    }
    for (std::size_t i = 0; i < names_.size() && !roles.clock; ++i) {
      if (i != *roles.time && is_clock_name(names_[i]) && is_bare_clock(i)) roles.clock = i;
    }
  }

  /// 093000 and the like: only believed of a column that is called time.
  [[nodiscard]] bool is_bare_clock(std::size_t column) const {
    const auto cells = samples(column);
    return !cells.empty() && std::all_of(cells.begin(), cells.end(), [](std::string_view cell) {
      Nanoseconds time = 0;
      return parse_clock_text(cell, time);
    });
  }

  ColumnPlan plan_column(std::size_t column) {
    ColumnPlan plan;
    plan.name = names_[column];
    const Roles& roles = plan_.roles;
    if (roles.time == column) {
      plan.kind = roles.clock ? CellKind::kDate : CellKind::kTime;
      if (roles.clock && !rows_.empty()) {
        time_.description += " + ";
        time_.description += clock_shape(rows_[0][*roles.clock]);
      }
      plan.time = TimeParser(time_, &zone_);
      return plan;
    }
    if (roles.clock == column) {
      plan.kind = CellKind::kClock;
      return plan;
    }
    const auto cells = samples(column);
    std::size_t numbers = 0, integers = 0;
    for (const std::string_view cell : cells) {
      double number = 0;
      std::int64_t integer = 0;
      numbers += parse_whole_number(cell, number) ? 1U : 0U;
      integers += parse_integer(cell, integer) ? 1U : 0U;
    }
    if (roles.is_number(column)) {
      plan.kind = cells.empty() || numbers * 2 >= cells.size() ? CellKind::kFloat : CellKind::kText;
    } else if (numbers == cells.size()) {
      plan.kind = integers == rows_.size() && !rows_.empty() ? CellKind::kInteger : CellKind::kFloat;
    } else {
      plan.kind = CellKind::kText;
      TimeFormat format = detect_time_format(cells, options_, false);
      if (format.matched == 1) {
        plan.kind = CellKind::kTime;
        plan.time = TimeParser(std::move(format), &zone_);
      }
    }
    return plan;
  }

  static std::string clock_shape(std::string_view text) {
    return std::count(text.begin(), text.end(), ':') == 2 ? "HH:MM:SS"
           : text.find(':') == text.npos                  ? "HHMMSS"
                                                          : "HH:MM";
  }

  /// MetaTrader exports may count prices in points: whole numbers beside a tick volume.
  void note_points() {
    const Roles& roles = plan_.roles;
    if (!roles.close || !roles.volume || names_[*roles.volume].find("tick") == std::string::npos) return;
    const auto cells = samples(*roles.close);
    const auto whole = [](std::string_view cell) {
      double value = 0;
      return parse_whole_number(cell, value) && value >= 1000 && value == std::floor(value);
    };
    if (cells.empty() || !std::all_of(cells.begin(), cells.end(), whole)) return;
    plan_.notes.push_back(
        "prices are whole numbers beside a tick volume: they may be points (price * 10^digits) and are kept as they "
        "are");
  }

  std::string_view bytes_;
  const CsvLayout& layout_;
  const ReadOptions& options_;
  std::string_view file_name_;
  const TimeZone& zone_;
  std::vector<std::string> names_;
  Rows rows_;
  TimeFormat time_;
  CsvPlan plan_;
};

bool fits(ColumnPlan& plan, std::string_view cell) {
  double number = 0;
  std::int64_t integer = 0;
  switch (plan.kind) {
    case CellKind::kInteger: return parse_integer(cell, integer);
    case CellKind::kFloat: return is_missing(cell) || parse_whole_number(cell, number);
    case CellKind::kTime: return is_missing(cell) || plan.time.parse(cell, integer);
    default: return true;
  }
}

}  // namespace

Result<CsvPlan> plan_csv(std::string_view bytes, const CsvLayout& layout, const ReadOptions& options,
                         std::string_view file_name, const TimeZone& zone) {
  return Planner(bytes, layout, options, file_name, zone).run();
}

void widen_plan(std::string_view bytes, const CsvLayout& layout, CsvPlan& plan) {
  CsvRecords records(bytes, layout.delimiter, layout.data_offset, layout.data_line);
  std::vector<std::string_view> cells;
  while (records.next(cells)) {
    for (std::size_t i = 0; i < std::min(cells.size(), plan.columns.size()); ++i) {
      ColumnPlan& column = plan.columns[i];
      if (plan.roles.is_number(i) || plan.roles.time == i || fits(column, cells[i])) continue;
      if (column.kind == CellKind::kInteger) column.kind = CellKind::kFloat;
      if (fits(column, cells[i])) continue;
      column.kind = CellKind::kText;
      plan.notes.push_back("column '" + column.name + "' is read as text: line " + std::to_string(records.line()) +
                           " holds '" + std::string(cells[i].substr(0, 40)) + "'");
    }
  }
}

}  // namespace peak::io
