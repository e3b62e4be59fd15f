// peak explain: where the numbers of one trade of a saved run come from.
#include "explain.hpp"

#include <cmath>
#include <memory>

#include "commands.hpp"
#include "number.hpp"
#include "option_makers.hpp"
#include "peak/report/explanation.hpp"
#include "peak/store/run_rows.hpp"
#include "peak/store/trade_store.hpp"
#include "setters.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

struct Request {
  std::string file = "runs.db";
  double run = 0, trade = 0;
  bool json = false;
};

/// A run keeps trades and equity but neither bars nor signals: it is run again, and must come out the same.
Status run(const Request& request) {
  if (request.run < 1 || request.run > 1e15 || request.run != std::floor(request.run)) {
    return invalid_argument("RUN: " + format_number(request.run) + " is not the number of a run, such as 3");
  }
  PEAK_ASSIGN_OR_RETURN(store::TradeStore runs,
                        store::TradeStore::open(request.file, {.create = false, .read_only = true}));
  PEAK_ASSIGN_OR_RETURN(const store::SavedRun saved, runs.run(static_cast<std::int64_t>(request.run)));
  const std::string name = "run " + format_number(request.run);
  const std::vector<std::string> words = store::command_of(saved.document);
  if (words.empty()) {
    return unsupported(name + " was not made by `peak backtest`, so it cannot be run again from here; in Python: " +
                       "result.explain(trade)");
  }
  Result<BacktestResult> result = repeat_backtest(words);
  if (!result.ok()) return result.error().within(name + " cannot be run again");
  if (result->fingerprint().hex() != saved.summary.fingerprint) {
    return bad_data(name +
                    " comes out otherwise than when it was saved: its data, its strategy file or the engine has "
                    "changed since. Save it anew with `peak backtest ... --save " +
                    request.file + "`.");
  }
  return write_explanation(*result, request.trade, request.json);
}

}  // namespace

Status write_explanation(const BacktestResult& result, double trade, bool json) {
  if (trade < 0 || trade > 1e15 || trade != std::floor(trade)) {
    return invalid_argument("TRADE: " + format_number(trade) + " is not the number of a trade; they count from 0");
  }
  PEAK_ASSIGN_OR_RETURN(const Explanation explanation, explain(result, static_cast<std::size_t>(trade)));
  return write_output(json ? explanation_json(result, explanation) + "\n"
                           : format_explanation(result, explanation, output_style()));
}

Command explain_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "explain", .summary = "where the numbers of one trade come from"};
  command.description =
      "Shows the signals that decided a trade, the life of its orders, the rule of each fill, every cost, and cash "
      "before "
      "and after. RUN is a run that `peak backtest --save` has saved; it is run again and must come out the same.";
  command.examples = {{"the first trade of run 3", "peak explain 3 0"},
                      {"without saving", "peak backtest sma_cross --data prices.csv --explain 0"}};
  command.arguments = {{.name = "RUN",
                        .description = "number of a run, as 'peak runs list' shows it",
                        .set = number_setter(request, "RUN", request->run)},
                       {.name = "TRADE",
                        .description = "number of the trade, counted from 0",
                        .set = number_setter(request, "TRADE", request->trade)}};
  command.options = {
      {.name = "--db",
       .value = "FILE",
       .description = "the file of saved runs (runs.db)",
       .set = text_setter(request, request->file),
       .completion = Completion::kFile},
      {.name = "--json", .value = "", .description = "print JSON", .set = flag_setter(request, request->json)}};
  command.run = [request] { return run(*request); };
  return command;
}

}  // namespace peak::command
