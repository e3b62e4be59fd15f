// peak runs: backtests that were saved with `peak backtest --save`.
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "number.hpp"
#include "peak/store/trade_store.hpp"
#include "report/json_writer.hpp"
#include "setters.hpp"
#include "store_listing.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

using report::JsonWriter;
using store::RunSummary;
using store::TradeStore;

struct Request {
  std::string file = "runs.db";
  std::vector<std::int64_t> ids;
  double limit = 20;
  bool json = false, trades = false, equity = false;
};

using Target = std::shared_ptr<Request>;

Result<TradeStore> opened(const Request& request) {
  Result<TradeStore> found = TradeStore::open(request.file, {.create = false, .read_only = true});
  if (!found.ok() && found.error().code == ErrorCode::kNotFound) {
    return not_found(found.error().message + "\nSave runs with 'peak backtest ... --save " + request.file +
                     "', or name another file with --db.");
  }
  return found;
}

void add_common(Command& command, const Target& request, Status (*run)(const Request&)) {
  command.options.push_back({.name = "--db",
                             .value = "FILE",
                             .description = "the file of saved runs (runs.db)",
                             .set = text_setter(request, request->file),
                             .completion = Completion::kFile});
  command.options.push_back(
      {.name = "--json", .value = "", .description = "print JSON", .set = flag_setter(request, request->json)});
  command.run = [request, run] { return run(*request); };
}

Argument id_argument(const Target& request, bool repeated) {
  return {.name = "RUN",
          .description = repeated ? "numbers of runs" : "number of a run, as 'peak runs list' shows it",
          .set = [request](const std::string& text) -> Status {
            PEAK_ASSIGN_OR_RETURN(const double id, parse_number(text, "RUN"));
            if (id < 1 || id > 1e15 || id != static_cast<double>(static_cast<std::int64_t>(id))) {
              return invalid_argument("RUN: '" + text + "' is not the number of a run, such as 3");
            }
            request->ids.push_back(static_cast<std::int64_t>(id));
            return {};
          },
          .repeated = repeated};
}

std::string fixed_text(const std::optional<double>& value, double factor, const char* end) {
  if (!value) return "-";
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.2f%s", *value * factor, end);
  return text.data();
}

std::string percent_text(const std::optional<double>& fraction) { return fixed_text(fraction, 100, "%"); }

void write_optional(JsonWriter& json, const char* name, const std::optional<double>& value) {
  json.key(name);
  value ? json.number(*value) : json.null();
}

void write_time(JsonWriter& json, const char* name, Nanoseconds time) {
  json.key(name);
  time == kNoTime ? json.null() : json.text(format_time(time));
}

void write_summary(JsonWriter& json, const RunSummary& run) {
  json.begin_object();
  json.integer("id", run.id);
  json.text("created_at", format_time(run.created_at));
  json.text("name", run.name);
  json.text("strategy", run.strategy);
  json.key("params");
  json.verbatim(run.parameters);
  json.text("fingerprint", run.fingerprint);
  json.text("symbol", run.symbol);
  json.key("data_path");
  run.data_path.empty() ? json.null() : json.text(run.data_path);
  write_time(json, "start", run.start);
  write_time(json, "end", run.end);
  json.integer("bars", run.bars);
  json.integer("trades", run.trades);
  write_optional(json, "final_equity", run.final_equity);
  write_optional(json, "total_return", run.total_return);
  write_optional(json, "sharpe", run.sharpe);
  write_optional(json, "max_drawdown", run.max_drawdown);
  json.end_object();
}

// ---- list --------------------------------------------------------------------------------------------------------

Status run_list(const Request& request) {
  PEAK_ASSIGN_OR_RETURN(TradeStore from, opened(request));
  PEAK_ASSIGN_OR_RETURN(const std::vector<RunSummary> runs, from.runs(static_cast<std::int64_t>(request.limit)));
  if (request.json) {
    JsonWriter json({});
    json.begin_array();
    for (const RunSummary& run : runs) write_summary(json, run);
    json.end_array();
    return write_output(json.take() + "\n");
  }
  if (runs.empty()) return write_output("no run is saved in " + request.file + "\n");
  TextTable table({{.title = "run", .right = true},
                   {.title = "saved", .rank = 2},
                   {.title = "name"},
                   {.title = "params", .rank = 1},
                   {.title = "symbol", .rank = 3},
                   {.title = "bars", .right = true, .rank = 4},
                   {.title = "trades", .right = true},
                   {.title = "return", .right = true},
                   {.title = "sharpe", .right = true},
                   {.title = "drawdown", .right = true}});
  for (const RunSummary& run : runs) {
    table.add_row({std::to_string(run.id), format_time_short(run.created_at).substr(0, 16), run.name, run.parameters,
                   run.symbol, std::to_string(run.bars), std::to_string(run.trades), percent_text(run.total_return),
                   fixed_text(run.sharpe, 1, ""), percent_text(run.max_drawdown)});
  }
  return write_output(table.render(output_style()));
}

// ---- show --------------------------------------------------------------------------------------------------------

constexpr const char* kTradesSql =
    "SELECT number, side, quantity, entry_bar, entry_price, exit_bar, exit_price, fees, pnl, \"return\", exit_reason, "
    "status FROM run_trades WHERE run_id = ? ORDER BY number";
constexpr const char* kEquitySql = "SELECT date, equity FROM portfolio_history WHERE run_id = ? ORDER BY date";
constexpr const char* kMetricsSql =
    "SELECT json_each.key AS metric, json_each.value FROM runs, json_each(document, '$.metrics') WHERE runs.id = ? "
    "ORDER BY json_each.id";

Status run_show(const Request& request) {
  PEAK_ASSIGN_OR_RETURN(TradeStore from, opened(request));
  const std::int64_t id = request.ids.front();
  PEAK_ASSIGN_OR_RETURN(const store::SavedRun run, from.run(id));
  const store::Value parameters[] = {id};
  if (request.trades || request.equity) {
    PEAK_ASSIGN_OR_RETURN(const store::QueryRows rows,
                          from.query(request.trades ? kTradesSql : kEquitySql, parameters));
    if (!request.json) return write_output(rows_text(rows, output_style()));
    JsonWriter json({});
    write_rows(json, rows);
    return write_output(json.take() + "\n");
  }
  if (request.json) return write_output(run.document + "\n");
  PEAK_ASSIGN_OR_RETURN(const store::QueryRows metrics, from.query(kMetricsSql, parameters));
  const RunSummary& summary = run.summary;
  const TextStyle style = output_style();
  std::string text = toned("run " + std::to_string(id) + ": " + summary.name, TextTone::kStrong, style) + "\n";
  text += "  saved " + format_time(summary.created_at) + ", fingerprint " + summary.fingerprint + "\n";
  text += "  " + summary.strategy + " " + summary.parameters + " on " +
          (summary.data_path.empty() ? summary.symbol : summary.data_path) + ", " + std::to_string(summary.bars) +
          " bars, " + std::to_string(summary.trades) + " trades\n\n";
  return write_output(text + rows_text(metrics, style));
}

// ---- compare -----------------------------------------------------------------------------------------------------

Status run_compare(const Request& request) {
  if (request.ids.size() < 2) return invalid_argument("peak runs compare needs two runs or more");
  PEAK_ASSIGN_OR_RETURN(TradeStore from, opened(request));
  std::vector<store::SavedRun> runs;
  std::vector<store::QueryRows> metrics;
  for (const std::int64_t id : request.ids) {
    PEAK_ASSIGN_OR_RETURN(store::SavedRun run, from.run(id));
    runs.push_back(std::move(run));
    const store::Value parameters[] = {id};
    PEAK_ASSIGN_OR_RETURN(store::QueryRows rows, from.query(kMetricsSql, parameters));
    metrics.push_back(std::move(rows));
  }
  if (request.json) {
    JsonWriter json({});
    json.begin_array();
    for (const store::SavedRun& run : runs) json.verbatim(run.document);
    json.end_array();
    return write_output(json.take() + "\n");
  }
  std::vector<TextColumn> columns = {{.title = "metric"}};
  for (const std::int64_t id : request.ids) columns.push_back({.title = "run " + std::to_string(id), .right = true});
  TextTable table(std::move(columns));
  const auto add = [&](const char* title, auto get) {
    std::vector<TextCell> cells = {title};
    for (const store::SavedRun& run : runs) cells.emplace_back(get(run.summary));
    table.add_row(std::move(cells));
  };
  add("name", [](const RunSummary& run) { return run.name; });
  add("params", [](const RunSummary& run) { return run.parameters; });
  add("data", [](const RunSummary& run) { return run.data_path.empty() ? run.symbol : run.data_path; });
  for (std::size_t row = 0; row < metrics.front().rows.size(); ++row) {
    std::vector<TextCell> cells = {value_text(metrics.front().rows[row][0])};
    for (const store::QueryRows& of_run : metrics) {
      cells.emplace_back(row < of_run.rows.size() ? value_text(of_run.rows[row][1]) : std::string());
    }
    table.add_row(std::move(cells));
  }
  return write_output(table.render(output_style()));
}

Command list_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "list", .summary = "the saved runs, newest first"};
  command.examples = {{"those in runs.db", "peak runs list"}};
  command.options.push_back({.name = "--limit",
                             .value = "NUMBER",
                             .description = "how many at most; 0 for all (20)",
                             .set = number_setter(request, "--limit", request->limit)});
  add_common(command, request, run_list);
  return command;
}

Command show_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "show", .summary = "one saved run: metrics, trades or equity"};
  command.description = "Shows a run's metrics; with --json the whole object that 'peak backtest --json' printed.";
  command.examples = {{"its metrics", "peak runs show 3"}, {"its trades", "peak runs show 3 --trades"}};
  command.arguments.push_back(id_argument(request, false));
  command.options.push_back({.name = "--trades",
                             .value = "",
                             .description = "its trades instead",
                             .set = flag_setter(request, request->trades)});
  command.options.push_back({.name = "--equity",
                             .value = "",
                             .description = "its equity at each close instead",
                             .set = flag_setter(request, request->equity)});
  add_common(command, request, run_show);
  return command;
}

Command compare_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "compare", .summary = "saved runs side by side"};
  command.examples = {{"two of them", "peak runs compare 1 2"}};
  command.arguments.push_back(id_argument(request, true));
  add_common(command, request, run_compare);
  return command;
}

}  // namespace

Command runs_command() {
  Command command{.name = "runs", .summary = "backtests that were saved: list, show, compare"};
  command.description = "Commands for runs that 'peak backtest ... --save FILE' put into a trade store.";
  command.examples = {{"save one and look at it", "peak backtest sma_cross --data prices.csv --save runs.db"}};
  command.subcommands = {list_command(), show_command(), compare_command()};
  return command;
}

}  // namespace peak::command
