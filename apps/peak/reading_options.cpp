#include "reading_options.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "number.hpp"
#include "peak/base/suggest.hpp"
#include "peak/io/time_bound.hpp"
#include "setters.hpp"

namespace peak::command {
namespace {

constexpr const char* kGroup = "Reading the data (each is found out where it is not set)";
constexpr const char* kRepairs = "Repairing the data (what is not asked for is refused)";

using Target = std::shared_ptr<io::ReadOptions>;

/// Reads an enum by the names that the library gives its values.
template <typename Enum, std::size_t Count>
auto named(const char* option, const std::array<Enum, Count>& values, const char* (*name_of)(Enum) noexcept) {
  return [option, values, name_of](const std::string& text) -> Result<Enum> {
    std::vector<std::string> known;
    for (const Enum value : values) {
      if (text == name_of(value)) return value;
      known.emplace_back(name_of(value));
    }
    return invalid_argument(std::string(option) + ": unknown value '" + text + "'" + suggestion(text, known));
  };
}

template <typename Enum, std::size_t Count>
std::vector<std::string> names(const std::array<Enum, Count>& values, const char* (*name_of)(Enum) noexcept) {
  std::vector<std::string> result;
  for (const Enum value : values) result.emplace_back(name_of(value));
  return result;
}

constexpr std::array kFormats = {io::Format::kCsv, io::Format::kJson, io::Format::kParquet, io::Format::kArrowIpc,
                                 io::Format::kSqlite};
constexpr std::array kTimeUnits = {io::TimeUnit::kSeconds, io::TimeUnit::kMilliseconds, io::TimeUnit::kMicroseconds,
                                   io::TimeUnit::kNanoseconds};
constexpr std::array kDateOrders = {io::DateOrder::kYearMonthDay, io::DateOrder::kMonthDayYear,
                                    io::DateOrder::kDayMonthYear};

Result<char> parse_delimiter(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, char>, 6> kNames = {
      {{"tab", '\t'}, {"\\t", '\t'}, {"comma", ','}, {"semicolon", ';'}, {"space", ' '}, {"pipe", '|'}}};
  for (const auto& [name, character] : kNames) {
    if (text == name) return character;
  }
  if (text.size() == 1) return text[0];
  return invalid_argument("--delimiter: '" + text +
                          "' is not one character; write it, or tab, comma, semicolon, space, pipe");
}

Result<bool> parse_header(const std::string& text) {
  if (text == "yes") return true;
  if (text == "no") return false;
  return invalid_argument("--header: '" + text + "' is neither yes nor no");
}

Result<std::size_t> parse_lines(const std::string& text) { return parse_count(text, "--skip-lines"); }

/// A number of bytes, from 1.
auto bytes_of(const char* option) {
  return [option](const std::string& text) -> Result<std::size_t> {
    PEAK_ASSIGN_OR_RETURN(const std::size_t bytes, parse_count(text, option));
    if (bytes == 0) return invalid_argument(std::string(option) + " must be at least 1");
    return bytes;
  };
}

Result<std::vector<std::string>> split_names(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (true) {
    const std::size_t comma = text.find(',', start);
    parts.push_back(text.substr(start, comma - start));
    if (comma == text.npos) return parts;
    start = comma + 1;
  }
}

Option text_option(const char* name, const char* value, const char* description, std::string& place,
                   const Target& owner) {
  return {.name = name, .value = value, .description = description, .set = text_setter(owner, place), .group = kGroup};
}

Option flag(const char* name, const char* description, bool& place, const Target& owner) {
  return {.name = name, .value = "", .description = description, .set = flag_setter(owner, place), .group = kRepairs};
}

void add_shape_options(std::vector<Option>& options, const Target& target) {
  options.push_back({.name = "--format",
                     .value = "NAME",
                     .description = "what the file is",
                     .set = parsed_setter(target, target->format, named("--format", kFormats, io::format_name)),
                     .completion = Completion::kChoices,
                     .choices = names(kFormats, io::format_name),
                     .group = kGroup});
  options.push_back(text_option("--member", "NAME", "the file to read inside a zip", target->member, target));
  options.push_back({.name = "--delimiter",
                     .value = "CHAR",
                     .description = "between cells: a character, or tab, comma, semicolon, space, pipe",
                     .set = parsed_setter(target, target->delimiter, parse_delimiter),
                     .group = kGroup});
  options.push_back({.name = "--header",
                     .value = "yes|no",
                     .description = "whether column names come before the rows",
                     .set = parsed_setter(target, target->header, parse_header),
                     .completion = Completion::kChoices,
                     .choices = {"yes", "no"},
                     .group = kGroup});
  options.push_back({.name = "--skip-lines",
                     .value = "N",
                     .description = "lines to leave out above the header or the first row",
                     .set = parsed_setter(target, target->skip_lines, parse_lines),
                     .group = kGroup});
  options.push_back({.name = "--column-names",
                     .value = "A,B,...",
                     .description = "names for the columns from the left, instead of those in the file",
                     .set = parsed_setter(target, target->column_names, split_names),
                     .group = kGroup});
}

void add_role_options(std::vector<Option>& options, const Target& target) {
  io::ColumnRoles& roles = target->roles;
  const auto add = [&](const char* name, const char* description, std::string& place) {
    options.push_back(text_option(name, "NAME", description, place, target));
  };
  add("--time-column", "column with the time, by name or as #1 for the first (so all the columns below)", roles.time);
  add("--clock-column", "column with the time of day, where the time column has only the date", roles.time_of_day);
  add("--open-column", "column with the opening price", roles.open);
  add("--high-column", "column with the highest price", roles.high);
  add("--low-column", "column with the lowest price", roles.low);
  add("--close-column", "column with the closing price", roles.close);
  add("--volume-column", "column with the volume", roles.volume);
}

void add_time_options(std::vector<Option>& options, const Target& target) {
  options.push_back(
      {.name = "--date-order",
       .value = "ORDER",
       .description = "of dates whose numbers do not tell day from month",
       .set = parsed_setter(target, target->date_order, named("--date-order", kDateOrders, io::date_order_name)),
       .completion = Completion::kChoices,
       .choices = names(kDateOrders, io::date_order_name),
       .group = kGroup});
  options.push_back(
      {.name = "--time-unit",
       .value = "UNIT",
       .description = "of times that are whole numbers",
       .set = parsed_setter(target, target->time_unit, named("--time-unit", kTimeUnits, io::time_unit_name)),
       .completion = Completion::kChoices,
       .choices = names(kTimeUnits, io::time_unit_name),
       .group = kGroup});
  options.push_back(text_option("--time-zone", "ZONE", "of times that carry none: UTC, +05:30, America/New_York",
                                target->time_zone, target));
  options.push_back(
      text_option("--date", "YYYY-MM-DD", "the day of a file whose times count from midnight", target->date, target));
  options.push_back(
      text_option("--symbol", "NAME", "the instrument's name, for tables and reports", target->symbol, target));
}

Option bound_option(const char* name, const char* description, std::optional<Nanoseconds>& place, bool is_end,
                    const Target& owner) {
  const auto parse = [name, is_end](const std::string& text) -> Result<Nanoseconds> {
    auto time = io::parse_time_bound(text, is_end);
    if (!time.ok()) return std::move(time).error().within(name);
    return time;
  };
  return {.name = name,
          .value = "TIME",
          .description = description,
          .set = parsed_setter(owner, place, parse),
          .group = kGroup};
}

void add_part_options(std::vector<Option>& options, const Target& target) {
  options.push_back(text_option("--table", "NAME", "of a SQLite file: a table, or a query that begins with SELECT",
                                target->table, target));
  options.push_back(bound_option("--start", "leave out what is earlier: 2024, 2024-03, 2024-03-05 14:30 (UTC)",
                                 target->start, false, target));
  options.push_back(
      bound_option("--end", "leave out what is later; a day, month or year is taken whole", target->end, true, target));
  options.push_back({.name = "--select",
                     .value = "A,B,...",
                     .description = "read no further columns than these beside times, prices and volume",
                     .set = parsed_setter(target, target->select, split_names),
                     .group = kGroup});
  options.push_back({.name = "--symbols",
                     .value = "A,B,...",
                     .description = "of many symbols read only these",
                     .set = parsed_setter(target, target->symbols, split_names),
                     .group = kGroup});
  options.push_back({.name = "--price-scale",
                     .value = "NUMBER",
                     .description = "multiply prices: 0.001 or 0.00001 for MetaTrader's points",
                     .set = number_setter(target, "--price-scale", target->price_scale),
                     .group = kGroup});
}

void add_limit_options(std::vector<Option>& options, const Target& target) {
  options.push_back({.name = "--max-bytes",
                     .value = "N",
                     .description = "refuse what unpacks to more bytes (default 4294967296)",
                     .set = parsed_setter(target, target->max_bytes, bytes_of("--max-bytes")),
                     .group = kGroup});
  options.push_back({.name = "--max-line-bytes",
                     .value = "N",
                     .description = "refuse text with a longer line (default 16777216)",
                     .set = parsed_setter(target, target->max_line_bytes, bytes_of("--max-line-bytes")),
                     .group = kGroup});
}

void add_repair_options(std::vector<Option>& options, const Target& target) {
  BarChecks& checks = target->checks;
  options.push_back(flag("--sort", "sort rows by time", checks.repairs.sort, target));
  options.push_back(
      flag("--drop-duplicates", "of rows with one time keep the last", checks.repairs.drop_duplicates, target));
  options.push_back(flag("--drop-bad-rows",
                         "drop rows with infinite, zero or negative prices, high below low, or infinite volumes",
                         checks.repairs.drop_bad_rows, target));
  options.push_back(
      flag("--drop-missing-rows", "drop rows that lack a price", checks.repairs.drop_missing_rows, target));
  options.push_back(
      flag("--allow-missing", "keep rows that lack a price; nothing fills there", checks.allow_missing, target));
  options.push_back(
      flag("--allow-nonpositive", "take zero and negative prices as they are", checks.allow_nonpositive, target));
}

}  // namespace

std::vector<Option> reading_options(const Target& target) {
  std::vector<Option> options;
  add_shape_options(options, target);
  add_role_options(options, target);
  add_time_options(options, target);
  add_part_options(options, target);
  add_limit_options(options, target);
  add_repair_options(options, target);
  return options;
}

}  // namespace peak::command
