// peak backtest: the main job, from a file of prices to trades, metrics and a report.
#include "peak/sim/backtest.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "command_line.hpp"
#include "commands.hpp"
#include "explain.hpp"
#include "loading.hpp"
#include "option_makers.hpp"
#include "output_files.hpp"
#include "panel_run.hpp"
#include "peak/io/read.hpp"
#include "peak/report/csv.hpp"
#include "peak/report/explanation.hpp"
#include "peak/report/json.hpp"
#include "peak/report/page.hpp"
#include "peak/report/text.hpp"
#include "peak/report/text_table.hpp"
#include "peak/sim/bounds.hpp"
#include "peak/store/trade_store.hpp"
#include "peak/strategy/builtin.hpp"
#include "reading_options.hpp"
#include "run_options.hpp"
#include "series_files.hpp"
#include "setters.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

constexpr const char* kOutput = "Output";

/// What the line asks for.
struct Request {
  std::string strategy, data;          ///< data: the first file
  std::vector<std::string> more_data;  ///< further files
  std::shared_ptr<PanelRequest> panel = std::make_shared<PanelRequest>();
  std::string cache;  ///< folder that keeps bars; empty: none
  std::shared_ptr<io::ReadOptions> reading = std::make_shared<io::ReadOptions>();
  std::shared_ptr<BacktestOptions> run = std::make_shared<BacktestOptions>();
  std::shared_ptr<SeriesFiles> series = std::make_shared<SeriesFiles>();
  bool json = false, conventions = false, all_trades = false;
  std::optional<double> explain;               ///< number of the trade to explain
  std::string report, trades, orders, equity;  ///< files to write; empty: none
  bool bounds = false;
  std::string save, save_name;     ///< trade store to put the run into
  std::vector<std::string> words;  ///< of the line, kept with a saved run so that it can be run again
};

using Target = std::shared_ptr<Request>;

void add_input_options(std::vector<Option>& options, const Target& request) {
  options.push_back({.name = "--data",
                     .value = "FILE",
                     .description = "prices: CSV, Parquet, Arrow or JSON, also inside gzip or zip; of many symbols: "
                                    "several files, a folder, or one file with a column symbol or of closes",
                     .set = [request](const std::string& text) -> Status {
                       const auto& more = request->more_data;
                       if (text == request->data || std::find(more.begin(), more.end(), text) != more.end()) {
                         return invalid_argument("--data " + text + " is given 2 times");
                       }
                       if (request->data.empty()) {
                         request->data = text;
                       } else {
                         request->more_data.push_back(text);
                       }
                       return {};
                     },
                     .completion = Completion::kFile,
                     .group = "Input",
                     .required = true,
                     .repeated = true});
  options.push_back(cache_option(request, request->cache, "Input"));
  options.push_back(parameter_option(request->run));
  add_series_options(options, request->series);
  add_panel_options(options, request->panel);
}

void add_output_options(std::vector<Option>& options, const Target& request) {
  options.push_back(flag_option("--json", "print one JSON object instead of tables", kOutput, request, request->json));
  options.push_back(flag_option("--bounds", "compare the readings of prices inside a bar: worst, best, ohlc, olhc",
                                kOutput, request, request->bounds));
  options.push_back(flag_option("--all-trades", "print every trade, not only the first and last", kOutput, request,
                                request->all_trades));
  options.push_back(
      flag_option("--conventions", "print how each metric is computed", kOutput, request, request->conventions));
  options.push_back({.name = "--explain",
                     .value = "TRADE",
                     .description = "print where the numbers of one trade come from, counted from 0",
                     .set = number_setter(request, "--explain", request->explain),
                     .group = kOutput});
  options.push_back(file_option("--report", "write a report page (HTML, needs no network)", request, request->report));
  options.push_back(file_option("--trades", "write every trade (CSV)", request, request->trades));
  options.push_back(
      file_option("--orders", "write every order, filled or not and why (CSV)", request, request->orders));
  options.push_back(file_option("--equity", "write the equity at each close (CSV)", request, request->equity));
  options.push_back(
      file_option("--save", "put the run into a trade store (SQLite), for 'peak runs'", request, request->save));
  options.push_back({.name = "--name",
                     .value = "NAME",
                     .description = "of the saved run, for lists (the strategy's)",
                     .set = text_setter(request, request->save_name),
                     .group = kOutput});
}

bool names_a_file(const std::string& strategy) { return is_strategy_file(strategy) && !is_weight_formula(strategy); }

Status check_outputs(const Request& request) {
  std::vector<NamedFile> inputs = {{"--data", request.data}};
  for (const std::string& path : request.more_data) inputs.push_back({"--data", path});
  if (names_a_file(request.strategy)) inputs.push_back({"STRATEGY", request.strategy});
  const NamedFile outputs[] = {{"--report", request.report, {".html"}},
                               {"--trades", request.trades, {".csv"}},
                               {"--orders", request.orders, {".csv"}},
                               {"--equity", request.equity, {".csv"}},
                               {"--save", request.save, {".db"}}};
  return check_output_files(inputs, outputs);
}

Status write_files(const Request& request, const BacktestResult& result) {
  if (!request.trades.empty()) PEAK_RETURN_IF_ERROR(write_trades_csv(result, request.trades));
  if (!request.orders.empty()) PEAK_RETURN_IF_ERROR(write_orders_csv(result, request.orders));
  if (!request.equity.empty()) PEAK_RETURN_IF_ERROR(write_equity_csv(result, request.equity));
  if (!request.report.empty()) {
    ReportOptions page;
    if (request.more_data.empty()) page.data_path = request.data;  // several are not written out
    if (names_a_file(request.strategy)) page.strategy_path = request.strategy;
    PEAK_RETURN_IF_ERROR(write_report(result, request.report, page));
  }
  return {};
}

std::string tables(const Request& request, const BacktestResult& result) {
  TextOptions text;
  text.style = output_style();
  text.conventions = request.conventions;
  if (request.all_trades) text.max_trades = 0;
  return format_summary(result, text) + "\n" + format_trades(result, text);
}

/// One line for each file that was written.
std::string written_files(const Request& request) {
  std::string text;
  for (const std::string* path : {&request.report, &request.trades, &request.orders, &request.equity}) {
    if (!path->empty()) text += (text.empty() ? "\nwritten: " : "\n         ") + *path;
  }
  return text.empty() ? text : text + "\n";
}

/// A line that tells the number under which `peak runs` finds the run.
Result<std::string> save_run(const Request& request, const BacktestResult& result) {
  PEAK_ASSIGN_OR_RETURN(store::TradeStore runs, store::TradeStore::open(request.save));
  PEAK_ASSIGN_OR_RETURN(
      const std::int64_t id,
      runs.save_run(result, {.name = request.save_name, .data_path = request.data, .command = request.words}));
  return "saved: run " + std::to_string(id) + " in " + request.save;
}

std::vector<std::string> data_paths(const Request& request) {
  std::vector<std::string> paths{request.data};
  paths.insert(paths.end(), request.more_data.begin(), request.more_data.end());
  return paths;
}

Result<BacktestResult> computed_over_many(const Request& request) {
  PEAK_RETURN_IF_ERROR(load_panel_series(*request.series, *request.reading, *request.run, *request.panel));
  return run_panel(request.strategy, data_paths(request), *request.reading, *request.run, *request.panel);
}

Result<BacktestResult> computed(const Request& request) {
  if (is_panel_run(request.strategy, data_paths(request))) return computed_over_many(request);
  if (request.panel->rebalance || request.panel->separate_cash) {
    if (holds_many(request.data, *request.reading)) return computed_over_many(request);
    return invalid_argument(
        "--rebalance and --separate-cash are for many symbols: give several files, a folder, or a file of many");
  }
  PEAK_ASSIGN_OR_RETURN(const StrategyDefinition strategy, find_strategy(request.strategy));
  const auto read = load_bars(request.data, *request.reading, request.cache);
  if (!read.ok()) {
    // A file of many symbols is no file of bars; whether it is one is asked only then.
    if (holds_many(request.data, *request.reading)) return computed_over_many(request);
    return read.error();
  }
  const io::LoadedBars& loaded = *read;
  for (const std::string& message : loaded.repairs.messages) show_note("note: " + message);
  PEAK_RETURN_IF_ERROR(load_series(*request.series, *request.reading, *request.run));
  PEAK_ASSIGN_OR_RETURN(const Bars bars, beside_others(loaded.bars, *request.series, *request.reading));
  return backtest(bars, strategy, *request.run);
}

/// Three decimals; "-" for what is not defined.
std::string short_number(double value) {
  if (!std::isfinite(value)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

/// The four readings of what prices did inside a bar, side by side.
Status show_bounds(const Request& request, const BacktestResult& result) {
  const auto readings = [&] {
    return result.panel == nullptr
               ? bounds(result.bars, result.strategy, *request.run)
               : panel_bounds(request.strategy, result, *request.reading, *request.run, *request.panel);
  };
  PEAK_ASSIGN_OR_RETURN(const Bounds between, readings());
  const std::string share = std::to_string(between.ambiguous_share);
  std::string rows;
  TextTable table(
      {{"inside a bar"}, {"total return", true}, {"Sharpe", true}, {"max. drawdown", true}, {"trades", true}});
  for (const BacktestResult& run : between.runs) {
    const std::string name = ambiguity_name(run.broker.ambiguity);
    const auto percent = [&](Metric metric) { return short_number(100 * run.metrics[metric]) + " %"; };
    table.add_row({name, percent(Metric::kTotalReturn), short_number(run.metrics[Metric::kSharpe]),
                   percent(Metric::kMaxDrawdown), std::to_string(run.simulation.trades.size())});
    rows += (rows.empty() ? "\"" : ",\"") + name + "\":" + to_json(run, {});
  }
  if (request.json) {
    return write_output("{\"ambiguous_trades\":" + std::to_string(between.ambiguous_trades) +
                        ",\"ambiguous_share\":" + share + ",\"runs\":{" + rows + "}}\n");
  }
  return write_output(table.render(output_style()) + "\n" + std::to_string(between.ambiguous_trades) + " of " +
                      std::to_string(between.of(Ambiguity::kWorst).simulation.trades.size()) +
                      " trades hang on the order of prices inside a bar\n");
}

Status run(const Request& request) {
  PEAK_RETURN_IF_ERROR(check_outputs(request));
  PEAK_ASSIGN_OR_RETURN(const BacktestResult result, computed(request));
  PEAK_RETURN_IF_ERROR(write_files(request, result));
  std::string saved;
  if (!request.save.empty()) {
    PEAK_ASSIGN_OR_RETURN(saved, save_run(request, result));
    if (request.json) show_note(saved);
  }
  if (request.bounds) return show_bounds(request, result);
  if (request.explain) return write_explanation(result, *request.explain, request.json);
  if (request.json) {
    JsonOptions json;
    json.data_path = request.data;
    return write_output(to_json(result, json) + "\n");
  }
  return write_output(tables(request, result) + written_files(request) + (saved.empty() ? "" : saved + "\n"));
}

Command command_of(const Target& request) {
  Command command{.name = "backtest", .summary = "run a strategy on prices: trades, metrics, report"};
  command.description =
      "Runs a strategy on a file of prices and prints metrics and trades. STRATEGY is a built-in name (see 'peak "
      "strategies') or a strategy file (.toml); over many symbols also a recipe of weights, a formula of weights such "
      "as "
      "'normalize(top(roc(close, 126), 10))', or fixed_weights. What a run means is in docs/rule_book.md.";
  command.examples = {
      {"a built-in strategy with its parameters, 0.1 % commission, and a report page",
       "peak backtest sma_cross --data prices.csv --set fast=10 --set slow=50 --commission 0.001 --report report.html"},
      {"whole shares, a quarter of the equity in each trade, all trades to a file",
       "peak backtest rsi_reversion --data prices.parquet --size fraction:0.25 --size-step 1 --trades trades.csv"},
      {"a portfolio of every file in a folder, momentum looked at each month",
       "peak backtest rank_momentum --data prices/ --set count=5 --rebalance monthly --commission 0.001"},
      {"a strategy of your own, the result for another program",
       "peak backtest my_strategy.toml --data prices.csv --json"},
  };
  command.arguments.push_back({.name = "STRATEGY",
                               .description = "name of a built-in strategy, or a strategy file",
                               .set = text_setter(request, request->strategy),
                               .completion = Completion::kStrategy});
  add_input_options(command.options, request);
  add_run_options(command.options, request->run);
  add_output_options(command.options, request);
  for (Option& option : reading_options(request->reading)) command.options.push_back(std::move(option));
  command.run = [request] { return run(*request); };
  command.typed = [request](const std::vector<std::string>& words) { request->words = words; };
  return command;
}

}  // namespace

Command backtest_command() { return command_of(std::make_shared<Request>()); }

Result<BacktestResult> repeat_backtest(const std::vector<std::string>& words) {
  const auto request = std::make_shared<Request>();
  if (const Result<ParsedLine> line = parse_command_line(words, {command_of(request)}); !line.ok()) return line.error();
  return computed(*request);
}

}  // namespace peak::command
