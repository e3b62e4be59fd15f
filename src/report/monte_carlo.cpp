#include <cmath>

#include "peak/report/studies.hpp"
#include "report/csv_text.hpp"
#include "report/number_text.hpp"
#include "report/study_source.hpp"
#include "report/whole_file.hpp"

namespace peak {
namespace report {
namespace {

using Layout = JsonWriter::Layout;
constexpr double kShares[] = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};

void add_distribution(JsonWriter& json, const char* name, const PathDistribution& distribution) {
  json.key(name);
  json.begin_object(Layout::kOneLine);
  json.number("actual", distribution.actual);
  json.number("mean", distribution.mean);
  for (const double share : kShares) {
    json.number("p" + std::to_string(static_cast<int>(share * 100 + 0.5)), distribution.at(share));
  }
  json.end_object();
}

void add_row(TextTable& table, const char* name, const PathDistribution& distribution, std::string (*shown)(double)) {
  table.add_row({name, shown(distribution.actual), shown(distribution.at(0.05)), shown(distribution.at(0.25)),
                 shown(distribution.at(0.5)), shown(distribution.at(0.75)), shown(distribution.at(0.95))});
}

std::string two_decimals(double value) { return grouped_text(value, 2); }

const char* method_text(MonteCarloMethod method) {
  switch (method) {
    case MonteCarloMethod::kReturns: return "the run's returns in random pieces";
    case MonteCarloMethod::kTrades: return "the closed trades in random order";
    case MonteCarloMethod::kTradesAgain: return "closed trades drawn with repetition";
    case MonteCarloMethod::kPrices: return "the market in random pieces, the strategy run on each";
  }
  return "";
}

}  // namespace
}  // namespace report

std::string monte_carlo_json(const MonteCarlo& result, const StudySource& source) {
  using report::JsonWriter;
  JsonWriter json({});
  report::begin_study(json, source);
  json.text("method", monte_carlo_method_name(result.method));
  report::count(json, "paths", result.paths);
  report::count(json, "failed_paths", result.failed_paths);
  report::count(json, "steps", result.steps);
  json.number("mean_length", result.mean_length);
  json.integer("seed", static_cast<std::int64_t>(result.seed));
  json.number("cash", result.cash);
  json.number("ruin", result.ruin);
  json.number("loss_probability", result.loss_probability);
  json.number("ruin_probability", result.ruin_probability);
  report::add_distribution(json, "final_equity", result.final_equity);
  report::add_distribution(json, "total_return", result.total_return);
  report::add_distribution(json, "max_drawdown", result.max_drawdown);
  report::add_distribution(json, "sharpe", result.sharpe);
  json.key("cone");
  json.begin_array();
  for (const ConePoint& point : result.cone) {
    json.begin_object(report::Layout::kOneLine);
    report::count(json, "step", point.step);
    json.number("actual", point.actual);
    json.number("p5", point.low);
    json.number("p25", point.lower);
    json.number("p50", point.median);
    json.number("p75", point.upper);
    json.number("p95", point.high);
    json.end_object();
  }
  json.end_array();
  return report::end_study(json);
}

std::string format_monte_carlo(const MonteCarlo& result, const TextStyle& style) {
  using report::number_column;
  using report::percent_text;
  const bool trades = result.method == MonteCarloMethod::kTrades || result.method == MonteCarloMethod::kTradesAgain;
  std::string text = report::grouped_text(static_cast<double>(result.paths), 0) + " paths of " +
                     report::grouped_text(static_cast<double>(result.steps), 0) + (trades ? " trades: " : " bars: ") +
                     report::method_text(result.method) + "\n\n";
  TextTable table({{.title = ""},
                   number_column("actual"),
                   number_column("5 % below"),
                   number_column("25 %"),
                   number_column("median"),
                   number_column("75 %"),
                   number_column("95 %")});
  report::add_row(table, "final equity", result.final_equity, report::two_decimals);
  report::add_row(table, "return", result.total_return, percent_text);
  report::add_row(table, "max. drawdown", result.max_drawdown, percent_text);
  if (!result.sharpe.sorted.empty()) report::add_row(table, "Sharpe", result.sharpe, report::two_decimals);
  text += table.render(style);
  text += "\n" + percent_text(result.loss_probability) + " of the paths end with a loss; " +
          percent_text(result.ruin_probability) + " lose " + percent_text(result.ruin) + " of the cash at some time.\n";
  if (result.failed_paths > 0) {
    text += "The strategy could not run on " + std::to_string(result.failed_paths) + " of the markets.\n";
  }
  return text;
}

Status write_cone_csv(const MonteCarlo& result, const std::string& path) {
  report::CsvText csv("step,actual,p5,p25,p50,p75,p95");
  for (const ConePoint& point : result.cone) {
    csv.number(static_cast<double>(point.step));
    for (const double value : {point.actual, point.low, point.lower, point.median, point.upper, point.high}) {
      csv.number(value);
    }
    csv.end_line();
  }
  return report::write_whole_file(path, csv.take());
}

}  // namespace peak
