// peak backtest: the main job, from a file of prices to trades, metrics and a report.
#include "peak/sim/backtest.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "number.hpp"
#include "peak/base/suggest.hpp"
#include "peak/io/read.hpp"
#include "peak/report/csv.hpp"
#include "peak/report/json.hpp"
#include "peak/report/page.hpp"
#include "peak/report/text.hpp"
#include "peak/strategy/builtin.hpp"
#include "reading_options.hpp"
#include "setters.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

constexpr const char* kBroker = "Broker and account";
constexpr const char* kMetrics = "Metrics";
constexpr const char* kOutput = "Output";

/// What the line asks for.
struct Request {
  std::string strategy, data;
  std::shared_ptr<io::ReadOptions> reading = std::make_shared<io::ReadOptions>();
  BacktestOptions options;
  bool json = false, conventions = false, all_trades = false;
  std::string report, trades, orders, equity;  ///< files to write; empty: none
};

using Target = std::shared_ptr<Request>;

Status set_parameter(Request& request, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos || equals == 0) {
    return invalid_argument("--set: '" + text + "' is not NAME=NUMBER, such as fast=10");
  }
  const std::string name = text.substr(0, equals);
  PEAK_ASSIGN_OR_RETURN(const double value, parse_number(text.substr(equals + 1), "--set " + name));
  request.options.parameters[name] = value;
  return {};
}

template <typename Number>
Option number_option(const char* name, const char* description, const char* group, const Target& owner, Number& place) {
  return {.name = name,
          .value = "NUMBER",
          .description = description,
          .set = number_setter(owner, name, place),
          .group = group};
}

template <typename Bool>
Option flag_option(const char* name, const char* description, const char* group, const Target& owner, Bool& place) {
  return {.name = name, .value = "", .description = description, .set = flag_setter(owner, place), .group = group};
}

Option file_option(const char* name, const char* description, const Target& owner, std::string& place) {
  const auto parse = [name](const std::string& text) -> Result<std::string> {
    if (text.empty()) return invalid_argument(std::string(name) + ": the file's name is empty");
    return text;
  };
  return {.name = name,
          .value = "FILE",
          .description = description,
          .set = parsed_setter(owner, place, parse),
          .completion = Completion::kFile,
          .group = kOutput};
}

Result<Engine> parse_engine(const std::string& text) {
  if (text == "fast") return Engine::kFast;
  if (text == "reference") return Engine::kReference;
  const std::vector<std::string> known = {"fast", "reference"};
  return invalid_argument("--engine: unknown engine '" + text + "'" + suggestion(text, known));
}

void add_input_options(std::vector<Option>& options, const Target& request) {
  options.push_back({.name = "--data",
                     .value = "FILE",
                     .description = "prices: CSV, Parquet, Arrow or JSON, also inside gzip or zip",
                     .set = text_setter(request, request->data),
                     .completion = Completion::kFile,
                     .group = "Input",
                     .required = true});
  options.push_back({.name = "--set",
                     .value = "NAME=NUMBER",
                     .description = "a parameter of the strategy",
                     .set = [request](const std::string& text) { return set_parameter(*request, text); },
                     .group = "Input",
                     .repeated = true});
}

void add_broker_options(std::vector<Option>& options, const Target& request) {
  BrokerOverrides& broker = request->options.broker;
  options.push_back(number_option("--cash", "money at the start (10000)", kBroker, request, broker.cash));
  options.push_back(number_option("--commission", "fraction of the traded value, at each fill (0)", kBroker, request,
                                  broker.commission));
  options.push_back(number_option("--slippage", "fraction by which fills are worse than the market (0)", kBroker,
                                  request, broker.slippage));
  options.push_back({.name = "--fill",
                     .value = "WHEN",
                     .description = "when an order fills: at the next bar's open, or at the close that decided it",
                     .set = parsed_setter(request, request->options.broker.fill, parse_fill_timing),
                     .completion = Completion::kChoices,
                     .choices = {"next_open", "same_close"},
                     .group = kBroker});
  options.push_back({.name = "--size",
                     .value = "SIZE",
                     .description = "of an entry: all (default), units:10, value:5000, fraction:0.25",
                     .set = parsed_setter(request, request->options.broker.size, parse_sizing),
                     .group = kBroker});
  options.push_back(number_option("--size-step", "units come in multiples of this; 1 for whole shares (any fraction)",
                                  kBroker, request, broker.size_step));
  options.push_back(
      flag_option("--accumulate", "entries add to a position already held", kBroker, request, broker.accumulate));
  options.push_back(
      flag_option("--finalize", "close what is open at the last close", kBroker, request, broker.finalize));
  options.push_back({.name = "--execution",
                     .value = "RULES",
                     .description = "whose end-of-data rules hold; backtesting.py is for comparison only",
                     .set = parsed_setter(request, request->options.broker.execution, parse_execution),
                     .completion = Completion::kChoices,
                     .choices = {execution_name(Execution::kRuleBook), execution_name(Execution::kBacktestingPy)},
                     .group = kBroker});
  options.push_back(
      {.name = "--engine",
       .value = "NAME",
       .description = "fast (default), or reference: the rule book as plain code; both give the same bits",
       .set = parsed_setter(request, request->options.engine, parse_engine),
       .completion = Completion::kChoices,
       .choices = {"fast", "reference"},
       .group = kBroker});
}

void add_metrics_options(std::vector<Option>& options, const Target& request) {
  options.push_back(number_option("--periods-per-year", "bars in a year, for annual figures (from the data)", kMetrics,
                                  request, request->options.periods_per_year));
  options.push_back(number_option("--risk-free", "risk-free rate per year, as a fraction (0)", kMetrics, request,
                                  request->options.risk_free));
  std::vector<std::string> conventions;
  for (const MetricsConvention convention :
       {MetricsConvention::kPeakTrade, MetricsConvention::kVectorbt, MetricsConvention::kQuantstats,
        MetricsConvention::kEmpyrical, MetricsConvention::kBacktestingPy}) {
    conventions.emplace_back(metrics_convention_name(convention));
  }
  options.push_back({.name = "--metrics-convention",
                     .value = "NAME",
                     .description = "whose way of computing the metrics",
                     .set = parsed_setter(request, request->options.convention, parse_metrics_convention),
                     .completion = Completion::kChoices,
                     .choices = std::move(conventions),
                     .group = kMetrics});
}

void add_output_options(std::vector<Option>& options, const Target& request) {
  options.push_back(flag_option("--json", "print one JSON object instead of tables", kOutput, request, request->json));
  options.push_back(flag_option("--all-trades", "print every trade, not only the first and last", kOutput, request,
                                request->all_trades));
  options.push_back(
      flag_option("--conventions", "print how each metric is computed", kOutput, request, request->conventions));
  options.push_back(file_option("--report", "write a report page (HTML, needs no network)", request, request->report));
  options.push_back(file_option("--trades", "write every trade (CSV)", request, request->trades));
  options.push_back(
      file_option("--orders", "write every order, filled or not and why (CSV)", request, request->orders));
  options.push_back(file_option("--equity", "write the equity at each close (CSV)", request, request->equity));
}

/// As find_strategy tells names from files.
bool is_strategy_file(const std::string& strategy) {
  return strategy.ends_with(".toml") || strategy.find('/') != strategy.npos;
}

bool same_file(const std::string& a, const std::string& b) {
  struct stat first {
  }, second{};
  return stat(a.c_str(), &first) == 0 && stat(b.c_str(), &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

/// Refuses, before any work, an output that would overwrite an input or another output, or is of a kind not written.
Status check_outputs(const Request& request) {
  std::vector<std::pair<const char*, std::string>> taken = {{"--data", request.data}};
  if (is_strategy_file(request.strategy)) taken.emplace_back("STRATEGY", request.strategy);
  const std::pair<const char*, const std::string*> outputs[] = {{"--report", &request.report},
                                                                {"--trades", &request.trades},
                                                                {"--orders", &request.orders},
                                                                {"--equity", &request.equity}};
  for (const auto& [option, path] : outputs) {
    if (path->empty()) continue;
    for (const auto& [other, other_path] : taken) {
      if (*path == other_path || same_file(*path, other_path)) {
        return invalid_argument(std::string(option) + ": '" + *path + "' is also the file of " + other +
                                "; name another");
      }
    }
    for (const char* ending : {".parquet", ".feather", ".arrow", ".xlsx", ".json"}) {
      if (path->ends_with(ending)) {
        return invalid_argument(
            std::string(option) + ": '" + *path + "': what is written is " +
            (std::string_view(option) == "--report" ? "HTML; end the name in .html" : "CSV; end the name in .csv"));
      }
    }
    taken.emplace_back(option, *path);
  }
  return {};
}

Status write_files(const Request& request, const BacktestResult& result) {
  if (!request.trades.empty()) PEAK_RETURN_IF_ERROR(write_trades_csv(result, request.trades));
  if (!request.orders.empty()) PEAK_RETURN_IF_ERROR(write_orders_csv(result, request.orders));
  if (!request.equity.empty()) PEAK_RETURN_IF_ERROR(write_equity_csv(result, request.equity));
  if (!request.report.empty()) {
    ReportOptions page;
    page.data_path = request.data;
    if (is_strategy_file(request.strategy)) page.strategy_path = request.strategy;
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

Status run(const Request& request) {
  PEAK_RETURN_IF_ERROR(check_outputs(request));
  PEAK_ASSIGN_OR_RETURN(const StrategyDefinition strategy, find_strategy(request.strategy));
  PEAK_ASSIGN_OR_RETURN(const io::LoadedBars loaded, io::read_bars(request.data, *request.reading));
  for (const std::string& message : loaded.repairs.messages) show_note("note: " + message);
  PEAK_ASSIGN_OR_RETURN(const BacktestResult result, backtest(loaded.bars, strategy, request.options));
  PEAK_RETURN_IF_ERROR(write_files(request, result));
  if (request.json) {
    JsonOptions json;
    json.data_path = request.data;
    return write_output(to_json(result, json) + "\n");
  }
  return write_output(tables(request, result) + written_files(request));
}

}  // namespace

Command backtest_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "backtest", .summary = "run a strategy on prices: trades, metrics, report"};
  command.description =
      "Runs a strategy on a file of prices and prints metrics and trades. STRATEGY is a built-in name (see 'peak "
      "strategies') or a strategy file (.toml). What a run means is in docs/rule_book.md.";
  command.examples = {
      {"a built-in strategy with its parameters, 0.1 % commission, and a report page",
       "peak backtest sma_cross --data prices.csv --set fast=10 --set slow=50 --commission 0.001 --report report.html"},
      {"whole shares, a quarter of the equity in each trade, all trades to a file",
       "peak backtest rsi_reversion --data prices.parquet --size fraction:0.25 --size-step 1 --trades trades.csv"},
      {"a strategy of your own, the result for another program",
       "peak backtest my_strategy.toml --data prices.csv --json"},
  };
  command.arguments.push_back({.name = "STRATEGY",
                               .description = "name of a built-in strategy, or a strategy file",
                               .set = text_setter(request, request->strategy),
                               .completion = Completion::kStrategy});
  add_input_options(command.options, request);
  add_broker_options(command.options, request);
  add_metrics_options(command.options, request);
  add_output_options(command.options, request);
  for (Option& option : reading_options(request->reading)) command.options.push_back(std::move(option));
  command.run = [request] { return run(*request); };
  return command;
}

}  // namespace peak::command
