#include "io/table_time.hpp"

#include <algorithm>
#include <cmath>

#include "io/number.hpp"
#include "io/roles.hpp"
#include "io/time_format.hpp"

namespace peak::io {
namespace {

constexpr std::size_t kSamples = 200;

/// A column's cells as text; whole numbers without a point.
std::string cell_text(const Column& column, std::size_t row) {
  switch (column.type()) {
    case ColumnType::kInt64: return std::to_string(column.int64s()[row]);
    case ColumnType::kFloat64: {
      const double value = column.float64s()[row];
      if (std::isnan(value)) return {};
      // Times in nanoseconds are beyond what a double tells apart, but a whole one is still a whole number.
      if (value == std::floor(value) && std::fabs(value) < 9e18)
        return std::to_string(static_cast<std::int64_t>(value));
      return std::to_string(value);
    }
    case ColumnType::kText: {
      const std::int32_t code = column.codes()[row];
      return code < 0 ? std::string() : (*column.dictionary())[static_cast<std::size_t>(code)];
    }
    default: return {};
  }
}

TimeFormat format_of(const Column& column, const ReadOptions& options, bool numbers_may_be_times) {
  if (column.type() == ColumnType::kTime || column.type() == ColumnType::kBool) return {};
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < column.size() && texts.size() < kSamples; ++i) {
    if (std::string text = cell_text(column, i); !is_missing(text)) texts.push_back(std::move(text));
  }
  const std::vector<std::string_view> samples(texts.begin(), texts.end());
  return detect_time_format(samples, options, numbers_may_be_times);
}

Result<Column> to_times(const Column& column, const Column* clock, TimeParser parser) {
  std::vector<std::int64_t> times(column.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    const std::string text = cell_text(column, i);
    if (is_missing(text)) {
      times[i] = kNoTime;
      continue;
    }
    const bool good =
        clock == nullptr ? parser.parse(text, times[i]) : parser.parse(text, cell_text(*clock, i), times[i]);
    if (!good) {
      return bad_data("row " + std::to_string(i) + ", column '" + column.name() + "': '" + text.substr(0, 80) +
                      "' is not a time of the form " + parser.format().description);
    }
  }
  return Column::own(column.name(), std::move(times), ColumnType::kTime);
}

/// The column that holds the times and their format (kNone for one that holds times already).
struct Choice {
  std::optional<std::size_t> column;
  TimeFormat format;
};

Choice choose_time(const Table& table, const std::vector<std::string>& names, const Roles& roles,
                   const ReadOptions& options) {
  const auto try_column = [&](std::size_t i, bool numbers, Choice& choice) {
    if (table.columns[i].type() != ColumnType::kTime) {
      choice.format = format_of(table.columns[i], options, numbers);
      if (choice.format.kind == TimeFormat::Kind::kNone) return false;
    }
    choice.column = i;
    return true;
  };
  Choice choice;
  if (roles.time) {
    try_column(*roles.time, true, choice);
    return choice;
  }
  for (const std::size_t i : time_candidates(names)) {
    if (try_column(i, true, choice)) return choice;
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!roles.is_number(i) && try_column(i, false, choice)) return choice;
  }
  return {};
}

std::size_t missing_in(const Column& column) {
  if (column.type() == ColumnType::kFloat64) {
    const auto values = column.float64s();
    return static_cast<std::size_t>(
        std::count_if(values.begin(), values.end(), [](double x) { return std::isnan(x); }));
  }
  if (column.type() == ColumnType::kTime) {
    const auto times = column.int64s();
    return static_cast<std::size_t>(std::count(times.begin(), times.end(), kNoTime));
  }
  if (column.type() == ColumnType::kText) {
    const auto codes = column.codes();
    return static_cast<std::size_t>(std::count(codes.begin(), codes.end(), -1));
  }
  return 0;
}

std::optional<std::size_t> find_clock(const std::vector<std::string>& names, const Roles& roles, const Choice& choice) {
  if (choice.format.kind != TimeFormat::Kind::kText || !choice.format.pure_dates) return std::nullopt;
  if (roles.clock && *roles.clock != *choice.column) return roles.clock;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != *choice.column && is_clock_name(names[i])) return i;
  }
  return std::nullopt;
}

}  // namespace

TimeFormat time_format_of(const Column& column, const ReadOptions& options) { return format_of(column, options, true); }

Status settle_table(LoadedTable& loaded, const ReadOptions& options) {
  Table& table = loaded.table;
  Detected& detected = loaded.detected;
  std::vector<std::string> names;
  for (const Column& column : table.columns) names.push_back(column.name());
  PEAK_ASSIGN_OR_RETURN(Roles roles, find_roles(names, options));
  PEAK_ASSIGN_OR_RETURN(const TimeZone zone, TimeZone::find(options.time_zone));
  const Choice choice = choose_time(table, names, roles, options);
  if (roles.time && !choice.column) return bad_data("column '" + names[*roles.time] + "' does not hold times");
  roles.time = choice.column;
  roles.clock.reset();
  if (choice.column && choice.format.kind != TimeFormat::Kind::kNone) {
    const auto clock = find_clock(names, roles, choice);
    PEAK_ASSIGN_OR_RETURN(Column times,
                          to_times(table.columns[*choice.column], clock ? &table.columns[*clock] : nullptr,
                                   TimeParser(choice.format, &zone)));
    table.columns[*choice.column] = std::move(times);
    detected.time_format = choice.format.description;
    if (choice.format.order_is_open) {
      detected.notes.push_back(std::string("dates could be read with day or month first; taken as ") +
                               date_order_name(choice.format.order) + " (set date_order if that is wrong)");
    }
  } else if (choice.column && detected.time_format.empty()) {
    detected.time_format = "timestamp";
  }
  if (choice.column) detected.time_columns = {names[*choice.column]};
  detected.columns.clear();
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    detected.columns.push_back({column.name(), column.type(), missing_in(column), roles.name_of(i)});
  }
  return {};
}

void summarise(LoadedTable& loaded) {
  Detected& detected = loaded.detected;
  detected.rows = loaded.table.rows();
  for (std::size_t i = 0; i < detected.columns.size(); ++i) {
    if (detected.columns[i].role != "time") continue;
    const auto times = loaded.table.columns[i].int64s();
    bool rises = true, falls = true;
    Nanoseconds before = kNoTime;
    for (const Nanoseconds time : times) {
      if (time == kNoTime) continue;
      if (before == kNoTime) {
        detected.first = detected.last = time;
      } else {
        rises &= time >= before;
        falls &= time <= before;
        detected.first = std::min(detected.first, time);
        detected.last = std::max(detected.last, time);
      }
      before = time;
    }
    if (detected.first == detected.last) return;
    detected.order = rises ? RowOrder::kOldestFirst : falls ? RowOrder::kNewestFirst : RowOrder::kUnsorted;
  }
}

}  // namespace peak::io
