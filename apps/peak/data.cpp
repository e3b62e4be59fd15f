// peak data: what is in a file of prices, and how it is read.
#include <cctype>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "data_commands.hpp"
#include "data_panel.hpp"
#include "input_data.hpp"
#include "option_makers.hpp"
#include "peak/io/read.hpp"
#include "peak/market/periods.hpp"
#include "peak/report/bars_file.hpp"
#include "peak/report/text_table.hpp"
#include "peak/table/narrow_column.hpp"
#include "reading_options.hpp"
#include "report/json_writer.hpp"
#include "setters.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

struct Request {
  std::vector<std::string> files;
  std::shared_ptr<io::ReadOptions> reading = std::make_shared<io::ReadOptions>();
  bool json = false;
};

/// One finding: what it is, what was found, and the option that sets it by hand.
struct Finding {
  std::string name, value, option;
};

std::string quoted_character(char c) {
  if (c == '\t') return "tab";
  if (c == ' ') return "space";
  return std::string("'") + c + "'";
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string row_order_text(io::RowOrder order) {
  std::string text = io::row_order_name(order);
  for (char& c : text) c = c == '_' ? ' ' : c;
  return text;
}

std::vector<Finding> findings(const io::Detected& found) {
  std::vector<Finding> list;
  const bool text = found.format == io::Format::kCsv;
  std::string format = io::format_name(found.format);
  if (!found.compression.empty() && found.compression != "none") format += ", " + found.compression;
  list.push_back({"format", format, "--format"});
  if (found.format == io::Format::kSqlite) {
    list.push_back({"table", found.member, "--table"});
  } else if (!found.member.empty())
    list.push_back({"file in the zip", found.member, "--member"});
  if (text) {
    list.push_back({"delimiter", quoted_character(found.delimiter), "--delimiter"});
    list.push_back({"header", found.header ? "yes" : "no", "--header"});
    if (!found.comment_lines.empty()) {
      list.push_back({"lines above the header", std::to_string(found.comment_lines.size()), "--skip-lines"});
    }
  }
  list.push_back({"time column", joined(found.time_columns),
                  found.time_columns.size() > 1 ? "--time-column, --clock-column" : "--time-column"});
  list.push_back({"time format", found.time_format, "--date-order, --time-unit"});
  list.push_back({"time zone", found.time_zone, "--time-zone"});
  list.push_back({"order of rows", row_order_text(found.order), "--sort"});
  return list;
}

/// What a column takes in memory, and what it would take in its narrow form.
struct Memory {
  std::uint64_t bytes = 0, narrow_bytes = 0;
  std::string form;
};

/// The form in words: "whole, 2 decimals".
std::string form_text(const NarrowColumn& column) {
  std::string text = narrow_form_name(column.form());
  if (column.places() > 0) text += ", " + std::to_string(column.places()) + " decimals";
  return text;
}

/// Of each column by name; those that bars do not keep (texts) are not in memory.
std::map<std::string, Memory> memory_of(const io::LoadedBars& loaded) {
  std::map<std::string, Memory> found;
  for (const Column& column : table_of(loaded.bars).columns) {
    const NarrowColumn narrow(column);
    found[column.name()] = {column.size_bytes(), narrow.size_bytes(), form_text(narrow)};
  }
  return found;
}

/// The name under which bars keep a column of the file.
std::string name_in_bars(const io::DetectedColumn& column) {
  std::string name = column.role.empty() ? column.name : column.role;
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

std::string columns_text(const io::LoadedBars& loaded, const TextStyle& style) {
  const auto memory = memory_of(loaded);
  TextTable table({{.title = "column"},
                   {.title = "type"},
                   {.title = "missing", .right = true},
                   {.title = "used as"},
                   {.title = "bytes", .right = true},
                   {.title = "narrow", .right = true},
                   {.title = "form"}});
  Memory all;
  for (const io::DetectedColumn& column : loaded.detected.columns) {
    const auto found = memory.find(name_in_bars(column));
    const Memory one = found == memory.end() ? Memory{} : found->second;
    all.bytes += one.bytes;
    all.narrow_bytes += one.narrow_bytes;
    table.add_row({column.name, column_type_name(column.type), std::to_string(column.missing), column.role,
                   found == memory.end() ? "" : std::to_string(one.bytes),
                   found == memory.end() ? "" : std::to_string(one.narrow_bytes), one.form});
  }
  if (all.bytes == 0) return table.render(style);
  std::string line = std::to_string(all.bytes) + " bytes in memory; ";
  if (all.narrow_bytes < all.bytes) {
    const double saved = 1 - static_cast<double>(all.narrow_bytes) / static_cast<double>(all.bytes);
    char share[16];
    std::snprintf(share, sizeof share, "%.0f%%", 100 * saved);
    line += std::to_string(all.narrow_bytes) + " as narrow columns, " + share + " less (peaktrade.narrow)\n";
  } else {
    line += "narrow columns would not be smaller\n";
  }
  return table.render(style) + "\n" + line;
}

std::string file_text(const std::string& path, const io::LoadedBars& loaded, const TextStyle& style) {
  const io::Detected& found = loaded.detected;
  const PeriodsPerYear periods = periods_per_year(loaded.bars.time());
  std::string text = toned(path, TextTone::kStrong, style) + "\n";
  text += "  " + std::to_string(loaded.bars.size()) + " bars, " + format_time_short(found.first) + " to " +
          format_time_short(found.last) + ", " + std::to_string(found.size_bytes) + " bytes\n";
  text += "  periods per year: " + periods.reason + "\n\n";
  TextTable table({{.title = "found"}, {.title = "value"}, {.title = "set by hand with"}});
  for (const Finding& finding : findings(found)) table.add_row({finding.name, finding.value, finding.option});
  text += table.render(style) + "\n" + columns_text(loaded, style);
  for (const std::string& note : found.notes) text += "\n" + wrapped("note: " + note, style.width, 2) + "\n";
  for (const std::string& repair : loaded.repairs.messages)
    text += "\n" + wrapped("repaired: " + repair, style.width, 2) + "\n";
  return text;
}

void write_texts(report::JsonWriter& json, const char* name, const std::vector<std::string>& texts) {
  json.key(name);
  json.begin_array();
  for (const std::string& text : texts) json.text(text);
  json.end_array();
}

void write_columns(report::JsonWriter& json, const io::LoadedBars& loaded) {
  const auto memory = memory_of(loaded);
  json.key("columns");
  json.begin_array();
  for (const io::DetectedColumn& column : loaded.detected.columns) {
    json.begin_object(report::JsonWriter::Layout::kOneLine);
    json.text("name", column.name);
    json.text("type", column_type_name(column.type));
    json.integer("missing", static_cast<std::int64_t>(column.missing));
    json.text("role", column.role);
    if (const auto found = memory.find(name_in_bars(column)); found != memory.end()) {
      json.integer("bytes", static_cast<std::int64_t>(found->second.bytes));
      json.integer("narrow_bytes", static_cast<std::int64_t>(found->second.narrow_bytes));
      json.text("narrow_form", found->second.form);
    }
    json.end_object();
  }
  json.end_array();
}

void write_file(report::JsonWriter& json, const std::string& path, const io::LoadedBars& loaded) {
  const io::Detected& found = loaded.detected;
  const PeriodsPerYear periods = periods_per_year(loaded.bars.time());
  json.begin_object();
  json.text("path", path);
  json.integer("size_bytes", static_cast<std::int64_t>(found.size_bytes));
  json.integer("rows", static_cast<std::int64_t>(loaded.bars.size()));
  json.integer("rows_in_file", static_cast<std::int64_t>(found.rows));
  json.text("start", format_time(found.first));
  json.text("end", format_time(found.last));
  json.text("fingerprint", loaded.bars.fingerprint().hex());
  json.number("periods_per_year", periods.value);
  json.text("periods_per_year_reason", periods.reason);
  json.text("format", io::format_name(found.format));
  json.text("compression", found.compression);
  json.text("member", found.member);
  if (found.format == io::Format::kCsv) {
    json.text("delimiter", std::string(1, found.delimiter));
    json.boolean("header", found.header);
    json.boolean("byte_order_mark", found.byte_order_mark);
    write_texts(json, "comment_lines", found.comment_lines);
  }
  write_texts(json, "time_columns", found.time_columns);
  json.text("time_format", found.time_format);
  json.text("time_zone", found.time_zone);
  json.text("row_order", io::row_order_name(found.order));
  write_columns(json, loaded);
  write_texts(json, "notes", found.notes);
  write_texts(json, "repairs", loaded.repairs.messages);
  json.end_object();
}

/// Shows every file that can be read; the first error is given back when all are done.
Status run(const Request& request) {
  const TextStyle style = output_style();
  report::JsonWriter json({});
  std::string text;
  Status failed;
  json.begin_array();
  for (const std::string& file : request.files) {
    Result<io::LoadedBars> loaded = input_data(io::read_bars(file, *request.reading));
    const std::vector<Bars> symbols = loaded.ok() || loaded.error().code != ErrorCode::kBadData
                                          ? std::vector<Bars>()
                                          : symbols_of(file, *request.reading);
    if (!symbols.empty()) {
      if (request.json) {
        write_symbols(json, file, symbols);
      } else {
        text += (text.empty() ? "" : "\n") + symbols_text(file, symbols, style);
      }
      continue;
    }
    if (!loaded.ok()) {
      if (!failed.ok()) show_error(failed.error(), false);
      failed = std::move(loaded).error();
      continue;
    }
    if (request.json) {
      write_file(json, file, *loaded);
    } else {
      text += (text.empty() ? "" : "\n") + file_text(file, *loaded, style);
    }
  }
  json.end_array();
  if (request.json) text = json.take() + "\n";
  PEAK_RETURN_IF_ERROR(write_output(text));
  return failed;
}

Command info_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "info", .summary = "what was found in files of prices, and how to set it by hand"};
  command.description =
      "Reads files as 'peak backtest' would, and shows what was found out about each and which option sets it by hand. "
      "Of a file of many symbols it lists them.";
  command.examples = {
      {"what is in a file", "peak data info prices.csv"},
      {"dates such as 3.4.2020, semicolons between the cells",
       "peak data info prices.txt --delimiter semicolon --date-order day_month_year"},
      {"for another program", "peak data info a.csv b.parquet --json"},
  };
  command.arguments.push_back(files_argument("files of prices", request, request->files));
  command.options.push_back({.name = "--json",
                             .value = "",
                             .description = "print a JSON array with one object for each file",
                             .set = flag_setter(request, request->json)});
  for (Option& option : reading_options(request->reading)) command.options.push_back(std::move(option));
  command.run = [request] { return run(*request); };
  return command;
}

}  // namespace

Command data_command() {
  Command command{.name = "data", .summary = "look at files of prices, check and mend them"};
  command.description = "Commands for files of prices.";
  command.examples = {{"what is in a file", "peak data info prices.csv"},
                      {"what is wrong with it", "peak data check prices.csv"}};
  command.subcommands.push_back(info_command());
  command.subcommands.push_back(data_check_command());
  command.subcommands.push_back(data_resample_command());
  command.subcommands.push_back(data_convert_command());
  return command;
}

}  // namespace peak::command
