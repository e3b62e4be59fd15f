// peak db: a trade store from the command line.
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "input_data.hpp"
#include "number.hpp"
#include "option_makers.hpp"
#include "peak/io/read.hpp"
#include "peak/store/trade_store.hpp"
#include "reading_options.hpp"
#include "report/json_writer.hpp"
#include "setters.hpp"
#include "store_listing.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

using report::JsonWriter;
using store::TradeStore;

struct Request {
  std::string file, sql, target;
  std::vector<std::string> sources;
  std::vector<store::Value> parameters;
  std::shared_ptr<io::ReadOptions> reading = std::make_shared<io::ReadOptions>();
  double slow = 0.1, wait = 5;
  bool json = false, no_measure = false;
};

using Target = std::shared_ptr<Request>;

constexpr double kLongestWait = 86'400;

const store::OpenOptions kCreate{};
const store::OpenOptions kExisting{.create = false};
const store::OpenOptions kReadOnly{.create = false, .read_only = true};

Result<TradeStore> open_store(const Request& request, store::OpenOptions options) {
  options.busy_timeout_ms = static_cast<int>(request.wait * 1000);
  return TradeStore::open(request.file, options);
}

Argument file_argument(const Target& request) {
  return {.name = "DATABASE",
          .description = "the SQLite file",
          .set = text_setter(request, request->file),
          .completion = Completion::kFile};
}

Option json_option(const Target& request) {
  return {.name = "--json", .value = "", .description = "print JSON", .set = flag_setter(request, request->json)};
}

Option wait_option(const Target& request) {
  return {.name = "--wait",
          .value = "SECONDS",
          .description = "how long to wait for a program that has locked the file (5)",
          .set = [request](const std::string& text) -> Status {
            PEAK_ASSIGN_OR_RETURN(request->wait, parse_number(text, "--wait"));
            if (request->wait >= 0 && request->wait <= kLongestWait) return {};
            return invalid_argument("--wait takes seconds from 0 to 86400, not '" + text + "'");
          }};
}

/// A number if it is one, else text.
Option parameter_option(const Target& request) {
  return {.name = "--param",
          .value = "VALUE",
          .description = "for the next ? in the SQL",
          .set =
              [request](const std::string& text) {
                const Result<double> number = parse_number(text, "--param");
                const bool whole = !text.empty() && text.find_first_not_of("0123456789", text[0] == '-') == text.npos;
                if (whole && text.size() < 19) {
                  request->parameters.emplace_back(static_cast<std::int64_t>(std::stoll(text)));
                } else if (number.ok()) {
                  request->parameters.emplace_back(*number);
                } else {
                  request->parameters.emplace_back(text);
                }
                return Status();
              },
          .repeated = true};
}

void write_texts(JsonWriter& json, const char* name, const std::vector<std::string>& texts) {
  json.key(name);
  json.begin_array(JsonWriter::Layout::kOneLine);
  for (const std::string& text : texts) json.text(text);
  json.end_array();
}

std::string list_text(const char* title, const std::vector<std::string>& texts) {
  std::string text;
  for (const std::string& entry : texts) text += (text.empty() ? std::string(title) + ": " : ", ") + entry;
  return text.empty() ? text : text + "\n";
}

// ---- create, import, check, backup -------------------------------------------------------------------------------

Status run_create(const Request& request) {
  PEAK_ASSIGN_OR_RETURN(const TradeStore opened, open_store(request, kCreate));
  if (!request.json) {
    return write_output("ready: " + request.file + " (schema " + std::to_string(opened.schema_version()) + ")\n");
  }
  JsonWriter json({});
  json.begin_object();
  json.text("path", request.file);
  json.integer("schema_version", opened.schema_version());
  json.end_object();
  return write_output(json.take() + "\n");
}

Status run_import(const Request& request) {
  // Everything is read and checked before the database is touched, and written in one transaction to a file.
  std::vector<store::TradeColumns> found;
  for (const std::string& source : request.sources) {
    PEAK_ASSIGN_OR_RETURN(const io::LoadedTable loaded, input_data(io::read_table(source, *request.reading)));
    Result<store::TradeColumns> trades = store::trade_columns(loaded.table);
    if (!trades.ok()) return trades.error().within(source);
    found.push_back(std::move(*trades));
  }
  PEAK_ASSIGN_OR_RETURN(TradeStore opened, open_store(request, kCreate));
  std::int64_t total = 0;
  for (const store::TradeColumns& trades : found) {
    PEAK_ASSIGN_OR_RETURN(const std::int64_t count, opened.insert_trades(trades));
    total += count;
  }
  if (!request.json) return write_output("imported: " + std::to_string(total) + " trades into " + request.file + "\n");
  JsonWriter json({});
  json.begin_object();
  json.text("path", request.file);
  json.integer("imported", total);
  json.end_object();
  return write_output(json.take() + "\n");
}

Status run_check(const Request& request) {
  PEAK_ASSIGN_OR_RETURN(TradeStore opened, open_store(request, kReadOnly));
  PEAK_ASSIGN_OR_RETURN(const std::vector<std::string> problems, opened.check_integrity());
  if (request.json) {
    JsonWriter json({});
    json.begin_object();
    json.boolean("whole", problems.empty());
    write_texts(json, "problems", problems);
    json.end_object();
    PEAK_RETURN_IF_ERROR(write_output(json.take() + "\n"));
  } else if (problems.empty()) {
    return write_output(request.file + " is whole\n");
  }
  if (problems.empty()) return {};
  return bad_data("'" + request.file + "' is damaged: " + problems.front() +
                  (problems.size() > 1 ? " and " + std::to_string(problems.size() - 1) + " more" : "") +
                  "; restore a backup");
}

Status run_backup(const Request& request) {
  PEAK_ASSIGN_OR_RETURN(TradeStore opened, open_store(request, kReadOnly));
  PEAK_RETURN_IF_ERROR(opened.backup(request.target));
  if (!request.json) return write_output("written: " + request.target + "\n");
  JsonWriter json({});
  json.begin_object();
  json.text("path", request.target);
  json.end_object();
  return write_output(json.take() + "\n");
}

// ---- optimize, query, profile ------------------------------------------------------------------------------------

Status run_optimize(const Request& request) {
  PEAK_ASSIGN_OR_RETURN(TradeStore opened, open_store(request, kExisting));
  PEAK_ASSIGN_OR_RETURN(const store::Optimization done, opened.optimize());
  if (request.json) {
    JsonWriter json({});
    json.begin_object();
    write_texts(json, "created", done.created);
    write_texts(json, "present", done.present);
    write_texts(json, "missing_tables", done.missing_tables);
    write_texts(json, "missing_columns", done.missing_columns);
    write_texts(json, "analyzed", done.analyzed);
    json.end_object();
    return write_output(json.take() + "\n");
  }
  const int width = output_style().width;
  std::string text = done.created.empty() ? "no index was missing\n" : "";
  for (const std::string& line :
       {list_text("indexes made", done.created), list_text("served already", done.present),
        list_text("statistics taken", done.analyzed), list_text("no such table", done.missing_tables),
        list_text("no such column", done.missing_columns)}) {
    if (!line.empty()) text += wrapped(line.substr(0, line.size() - 1), width, 2) + "\n";
  }
  return write_output(text);
}

Status run_query(const Request& request) {
  PEAK_ASSIGN_OR_RETURN(TradeStore opened, open_store(request, kReadOnly));
  PEAK_ASSIGN_OR_RETURN(const store::QueryRows rows, opened.query(request.sql, request.parameters));
  if (!request.json) return write_output(rows_text(rows, output_style()));
  JsonWriter json({});
  write_rows(json, rows);
  return write_output(json.take() + "\n");
}

void write_missing(JsonWriter& json, const std::vector<store::MissingIndex>& list) {
  json.key("missing_indexes");
  json.begin_array();
  for (const store::MissingIndex& missing : list) {
    json.begin_object();
    json.text("table", missing.index.table);
    write_texts(json, "columns", missing.index.columns);
    json.text("sql", missing.sql);
    json.number("seconds_before", missing.seconds_before);
    json.number("seconds_after", missing.seconds_after);
    json.integer("rows_scanned_after", missing.rows_scanned_after);
    json.end_object();
  }
  json.end_array();
}

std::string milliseconds(double seconds) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.3f ms", seconds * 1e3);
  return text.data();
}

std::string profile_text(const store::QueryProfile& profile, const TextStyle& style) {
  std::string text = toned(milliseconds(profile.seconds), profile.slow ? TextTone::kBad : TextTone::kGood, style) +
                     (profile.slow ? ", slow" : "") + ": " + std::to_string(profile.rows_returned) + " rows from " +
                     std::to_string(profile.rows_scanned) + " read in full scans, " + std::to_string(profile.steps) +
                     " steps\n\nplan\n";
  for (const std::string& line : profile.plan) text += "  " + line + "\n";
  if (profile.missing_indexes.empty()) return text;
  text += "\nmissing indexes, tried on a copy\n";
  for (const store::MissingIndex& missing : profile.missing_indexes) {
    text += "  " + missing.sql + "\n    " + milliseconds(missing.seconds_before) + " would be " +
            milliseconds(missing.seconds_after) + "\n";
  }
  return text;
}

Status run_profile(const Request& request) {
  PEAK_ASSIGN_OR_RETURN(TradeStore opened, open_store(request, kReadOnly));
  store::ProfileOptions options;
  options.slow_seconds = request.slow;
  options.measure_indexes = !request.no_measure;
  PEAK_ASSIGN_OR_RETURN(const store::QueryProfile profile, opened.profile(request.sql, request.parameters, options));
  if (!request.json) return write_output(profile_text(profile, output_style()));
  JsonWriter json({});
  json.begin_object();
  json.text("sql", profile.sql);
  json.number("seconds", profile.seconds);
  json.boolean("slow", profile.slow);
  json.integer("rows_returned", profile.rows_returned);
  json.integer("rows_scanned", profile.rows_scanned);
  json.integer("steps", profile.steps);
  json.boolean("sorts", profile.sorts);
  write_texts(json, "plan", profile.plan);
  write_missing(json, profile.missing_indexes);
  json.end_object();
  return write_output(json.take() + "\n");
}

// ---- the commands as data ----------------------------------------------------------------------------------------

Command made(const Target& request, Command command, Status (*run)(const Request&)) {
  command.arguments.insert(command.arguments.begin(), file_argument(request));
  command.options.push_back(wait_option(request));
  command.options.push_back(json_option(request));
  command.run = [request, run] { return run(*request); };
  return command;
}

Argument sql_argument(const Target& request) {
  return {.name = "SQL", .description = "one query", .set = text_setter(request, request->sql)};
}

Command create_command() {
  const auto request = std::make_shared<Request>();
  return made(request,
              {.name = "create",
               .summary = "make a store, or the tables that a file lacks",
               .examples = {{"a new store", "peak db create trades.db"}}},
              run_create);
}

Command import_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "import", .summary = "put files of trades into a store, all of them or none"};
  command.description =
      "Reads files of trades (CSV, JSON, Parquet, Arrow) with columns symbol, side, quantity, price and a time; fees, "
      "strategy and tag may be there. A bad row is named, and then nothing is written.";
  command.examples = {{"trades of a broker", "peak db import trades.db fills.csv"}};
  command.arguments.push_back(files_argument("files of trades", request, request->sources));
  command = made(request, std::move(command), run_import);
  for (Option& option : reading_options(request->reading)) command.options.push_back(std::move(option));
  return command;
}

Command optimize_command() {
  const auto request = std::make_shared<Request>();
  return made(
      request,
      {.name = "optimize",
       .summary = "make the indexes that usual queries want, and take statistics",
       .description = "Makes indexes by time, by symbol and both together, and tells SQLite how the values are "
                      "spread. Doing it again makes nothing. Tables that someone else made are indexed in place.",
       .examples = {{"after an import", "peak db optimize trades.db"}}},
      run_optimize);
}

Command query_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "query", .summary = "the rows of a query that changes nothing"};
  command.examples = {
      {"the last trades", "peak db query trades.db 'SELECT * FROM trades ORDER BY timestamp DESC LIMIT 5'"},
      {"with a parameter", "peak db query trades.db 'SELECT count(*) FROM trades WHERE symbol = ?' --param SPY"}};
  command.arguments.push_back(sql_argument(request));
  command.options.push_back(parameter_option(request));
  return made(request, std::move(command), run_query);
}

Command profile_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "profile", .summary = "time and plan of a query, and what missing indexes would save"};
  command.description =
      "Runs a query and shows its time, its plan and how many rows it read. Indexes that it lacks are tried on a copy "
      "of "
      "the file, which stays as it is.";
  command.examples = {{"why it is slow", "peak db profile trades.db \"SELECT * FROM trades WHERE symbol = 'SPY'\""}};
  command.arguments.push_back(sql_argument(request));
  command.options.push_back(parameter_option(request));
  command.options.push_back({.name = "--slow",
                             .value = "SECONDS",
                             .description = "from when on a query is called slow (0.1)",
                             .set = number_setter(request, "--slow", request->slow)});
  command.options.push_back({.name = "--no-measure",
                             .value = "",
                             .description = "do not try missing indexes on a copy",
                             .set = flag_setter(request, request->no_measure)});
  return made(request, std::move(command), run_profile);
}

Command check_command() {
  const auto request = std::make_shared<Request>();
  return made(request,
              {.name = "check",
               .summary = "whether the file is whole",
               .examples = {{"after a crash", "peak db check trades.db"}}},
              run_check);
}

Command backup_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "backup", .summary = "copy a store while others use it"};
  command.examples = {{"a copy of its present state", "peak db backup trades.db copy.db"}};
  command.arguments.push_back({.name = "COPY",
                               .description = "where the copy goes",
                               .set = text_setter(request, request->target),
                               .completion = Completion::kFile});
  return made(request, std::move(command), run_backup);
}

}  // namespace

Command db_command() {
  Command command{.name = "db", .summary = "trades and saved backtests in a SQLite file"};
  command.description = "Commands for trade stores: SQLite files with trades, positions, history and saved backtests.";
  command.examples = {{"make one and fill it", "peak db import trades.db fills.csv"}};
  command.subcommands = {create_command(),  import_command(), optimize_command(), query_command(),
                         profile_command(), check_command(),  backup_command()};
  return command;
}

}  // namespace peak::command
