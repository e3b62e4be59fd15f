#include "io/bar_lines.hpp"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "io/csv_records.hpp"
#include "io/number.hpp"
#include "peak/base/suggest.hpp"

namespace peak::io {
namespace {

using JsonObject = nlohmann::ordered_json;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kLongestShown = 60;

std::string shown_cell(std::string_view text) {
  return "'" + std::string(text.substr(0, kLongestShown)) + (text.size() > kLongestShown ? "...'" : "'");
}

std::string lower_case(std::string_view text) {
  std::string lower(trimmed(text));
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

std::optional<std::size_t> place_of(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

/// The one that parts a line into most cells; a blank only where there is no other.
char delimiter_of(std::string_view line) {
  char best = ' ';
  std::ptrdiff_t most = 0;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    const std::ptrdiff_t count = std::count(line.begin(), line.end(), delimiter);
    if (count > most) best = delimiter;
    most = std::max(most, count);
  }
  return most == 0 && line.find(' ') == std::string_view::npos ? ',' : best;
}

bool holds_value(const std::vector<std::string>& cells) {
  return std::any_of(cells.begin(), cells.end(), [](const std::string& cell) {
    double number = 0;
    return parse_whole_number(cell, number);
  });
}

/// A member as a CSV would have it; exact for numbers.
std::string text_of(const JsonObject& value) {
  if (value.is_string()) return std::string(trimmed(value.get_ref<const std::string&>()));
  if (value.is_number_unsigned()) return std::to_string(value.get<std::uint64_t>());
  if (value.is_number_integer()) return std::to_string(value.get<std::int64_t>());
  if (value.is_number_float()) {
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", value.get<double>());
    return text;
  }
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_null()) return {};
  return value.is_array() ? "[...]" : "{...}";
}

/// The members' names and values.
Status read_members(std::string_view line, std::vector<std::string>& names, std::vector<std::string>& cells) {
  const Error damaged = bad_data("this is not one whole JSON object: the line is cut or damaged");
  // Only the exceptions tell of numbers that no double holds, and where the text is damaged.
  try {
    const JsonObject object = JsonObject::parse(line.begin(), line.end());
    if (!object.is_object()) return damaged;
    for (const auto& [name, value] : object.items()) {
      names.push_back(name);
      cells.push_back(text_of(value));
    }
  } catch (const JsonObject::parse_error& error) {
    return Error{damaged.code, damaged.message + " at byte " + std::to_string(error.byte)};
  } catch (const JsonObject::exception&) {
    return Error{damaged.code, damaged.message + ", or a number in it is too large"};
  }
  return {};
}

}  // namespace

Result<BarLines> BarLines::create(const ReadOptions& options, std::vector<std::string> further) {
  BarLines lines;
  lines.options_ = options;
  lines.further_ = std::move(further);
  PEAK_ASSIGN_OR_RETURN(lines.zone_, TimeZone::find(options.time_zone));
  return lines;
}

Result<std::optional<BarLine>> BarLines::read(std::string_view line) {
  ++line_;
  Result<std::optional<BarLine>> bar = take(line);
  if (!bar.ok()) return bar.error().within("line " + std::to_string(line_));
  return bar;
}

Result<std::optional<BarLine>> BarLines::take(std::string_view line) {
  if (line_ == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  const std::string_view content = trimmed(line);
  if (content.empty()) return std::optional<BarLine>();
  if (!format_) {
    if (content.front() == '[') {
      return bad_data("bars are CSV under a header, or one JSON object to a line, not an array");
    }
    format_ = content.front() == '{' ? Format::kJson : Format::kCsv;
  }
  return *format_ == Format::kJson ? take_object(content) : take_row(line);
}

Result<std::optional<BarLine>> BarLines::take_row(std::string_view line) {
  const bool is_first = header_.empty() && names_.empty();
  if (is_first) delimiter_ = options_.delimiter ? *options_.delimiter : delimiter_of(line);
  CsvRecords records(line, delimiter_);
  std::vector<std::string_view> views;
  if (!records.next(views)) return std::optional<BarLine>();
  if (records.quote_is_open()) return bad_data("a quote is opened and not closed: the line is cut or damaged");
  std::vector<std::string> cells(views.begin(), views.end());
  if (records.next(views)) return bad_data("a line end stands in the middle of the line");
  if (is_first) {
    PEAK_RETURN_IF_ERROR(take_header(cells));
    if (!header_.empty()) return std::optional<BarLine>();
  }
  if (cells == header_) return std::optional<BarLine>();
  if (cells.size() != names_.size()) {
    return bad_data("the line has " + std::to_string(cells.size()) + " cells, but there are " +
                    std::to_string(names_.size()) + " columns (" + quoted_names(names_) +
                    "): it is cut, damaged, or of another table");
  }
  PEAK_ASSIGN_OR_RETURN(BarLine bar, bar_of(cells));
  return std::optional<BarLine>(std::move(bar));
}

// With names given, a first line without any number is a header that they replace.
Status BarLines::take_header(const std::vector<std::string>& cells) {
  const bool has_names = !holds_value(cells);
  if (!has_names && options_.column_names.empty()) {
    return bad_data(
        "the first line holds values and not the names of columns: begin with a line such as "
        "time,open,high,low,close,volume, or give column_names");
  }
  std::vector<std::string> names = cells;
  const std::vector<std::string>& given = options_.column_names;
  if (given.size() > names.size()) {
    return invalid_argument("column_names: " + std::to_string(given.size()) + " names are given for " +
                            std::to_string(names.size()) + " columns");
  }
  if (!has_names) std::fill(names.begin(), names.end(), std::string());
  std::copy(given.begin(), given.end(), names.begin());
  names_ = std::move(names);
  if (Status status = settle_columns(); !status.ok()) {
    names_.clear();
    return status;
  }
  if (has_names) header_ = cells;
  return {};
}

Result<std::optional<BarLine>> BarLines::take_object(std::string_view line) {
  std::vector<std::string> names, cells;
  PEAK_RETURN_IF_ERROR(read_members(line, names, cells));
  if (names != names_) {
    names_ = std::move(names);
    if (Status status = settle_columns(); !status.ok()) {
      names_.clear();
      return status.error();
    }
  }
  PEAK_ASSIGN_OR_RETURN(BarLine bar, bar_of(cells));
  return std::optional<BarLine>(std::move(bar));
}

Status BarLines::settle_columns() {
  PEAK_ASSIGN_OR_RETURN(roles_, find_roles(names_, options_));
  if (!roles_.close) {
    return bad_data("there is no close among " + quoted_names(names_) +
                    ": name the column 'close', or say which it is (close_column)");
  }
  further_places_.clear();
  std::vector<std::string> lower;
  for (const std::string& name : names_) lower.push_back(lower_case(name));
  for (const std::string& name : further_) {
    const auto place = place_of(lower, name);
    if (!place) {
      return bad_data("the strategy reads the column '" + name + "', which is not among " + quoted_names(names_) +
                      suggestion(name, lower));
    }
    further_places_.push_back(*place);
  }
  return {};
}

// The first bar shows how times are written.
Status BarLines::settle_time(const std::vector<std::string>& cells) {
  std::vector<std::size_t> candidates = time_candidates(names_);
  if (roles_.time) candidates = {*roles_.time};
  for (const std::size_t column : candidates) {
    const std::string_view sample = cells[column];
    TimeFormat format = is_missing(sample) ? TimeFormat() : detect_time_format({&sample, 1}, options_, true);
    if (format.kind == TimeFormat::Kind::kNone) continue;
    if (format.order_is_open) {
      return bad_data("column '" + names_[column] + "': " + shown_cell(sample) +
                      " can be read with the day or with the month first: say which (date_order)");
    }
    clock_name_.clear();
    for (std::size_t i = 0; i < names_.size() && format.pure_dates && clock_name_.empty(); ++i) {
      Nanoseconds clock = 0;
      const bool is_named = roles_.clock ? *roles_.clock == i : is_clock_name(names_[i]);
      if (i != column && is_named && parse_clock_text(cells[i], clock)) clock_name_ = names_[i];
    }
    time_name_ = names_[column];
    time_format_ = std::move(format);
    return {};
  }
  if (candidates.empty()) {
    return bad_data("there is no time among " + quoted_names(names_) +
                    ": name the column 'time', or say which it is (time_column)");
  }
  return bad_data("column '" + names_[candidates[0]] + "': " + shown_cell(cells[candidates[0]]) +
                  " is not a time: write it as 2024-01-31T09:30:00Z, or as a number since 1970 (time_unit)");
}

Result<Nanoseconds> BarLines::time_of(const std::vector<std::string>& cells) {
  if (!time_format_) PEAK_RETURN_IF_ERROR(settle_time(cells));
  const auto column = place_of(names_, time_name_);
  const bool has_clock = !clock_name_.empty();
  const std::size_t clock = has_clock ? place_of(names_, clock_name_).value_or(names_.size()) : 0;
  if (!column || clock == names_.size()) {
    return bad_data("there is no '" + (column ? clock_name_ : time_name_) + "' among " + quoted_names(names_) +
                    ", where the lines before have their time");
  }
  TimeParser parser(*time_format_, &zone_);
  parser.go_on_after(before_);
  Nanoseconds time = 0;
  if (!(has_clock ? parser.parse(cells[*column], cells[clock], time) : parser.parse(cells[*column], time))) {
    return bad_data("column '" + time_name_ + "': " + shown_cell(cells[*column]) +
                    (has_clock ? " with " + shown_cell(cells[clock]) : std::string()) + " is not a time of the form " +
                    time_format_->description + ", which the first bar has");
  }
  before_ = parser.previous();
  return time;
}

Result<double> BarLines::number_of(const std::vector<std::string>& cells, std::size_t column) const {
  double number = std::numeric_limits<double>::quiet_NaN();
  if (is_missing(cells[column]) || parse_whole_number(cells[column], number)) return number;
  return bad_data("column '" + names_[column] + "': " + shown_cell(cells[column]) + " is not a number");
}

Result<BarLine> BarLines::bar_of(const std::vector<std::string>& cells) {
  BarLine bar;
  PEAK_ASSIGN_OR_RETURN(bar.time, time_of(cells));
  PEAK_ASSIGN_OR_RETURN(bar.close, number_of(cells, *roles_.close));
  const auto other = [&](std::optional<std::size_t> column, double without) -> Result<double> {
    return column ? number_of(cells, *column) : Result<double>(without);
  };
  PEAK_ASSIGN_OR_RETURN(bar.open, other(roles_.open, bar.close));
  PEAK_ASSIGN_OR_RETURN(bar.high, other(roles_.high, bar.close));
  PEAK_ASSIGN_OR_RETURN(bar.low, other(roles_.low, bar.close));
  PEAK_ASSIGN_OR_RETURN(bar.volume, other(roles_.volume, std::numeric_limits<double>::quiet_NaN()));
  for (const std::size_t place : further_places_) {
    PEAK_ASSIGN_OR_RETURN(const double value, number_of(cells, place));
    bar.further.push_back(value);
  }
  return bar;
}

}  // namespace peak::io
