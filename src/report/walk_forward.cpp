#include <cmath>

#include "peak/report/studies.hpp"
#include "report/number_text.hpp"
#include "report/study_source.hpp"

namespace peak {
namespace report {
namespace {

using Layout = JsonWriter::Layout;

std::string plain(double value) {
  std::string text;
  append_number(text, value);
  return text;
}

std::string day(const Bars& bars, std::size_t bar) { return format_time_short(bars.time()[bar]); }

void add_window(JsonWriter& json, const WalkForwardWindow& window, const WalkForward& result, const Bars& bars) {
  const WalkForwardRange& range = window.range;
  json.begin_object();
  json.text("train_start", format_time(bars.time()[range.train_begin]));
  json.text("train_end", format_time(bars.time()[range.train_end - 1]));
  json.text("test_start", format_time(bars.time()[range.test_begin]));
  json.text("test_end", format_time(bars.time()[range.test_end - 1]));
  count(json, "train_begin", range.train_begin);
  count(json, "train_bars", range.train_end - range.train_begin);
  count(json, "test_begin", range.test_begin);
  count(json, "test_bars", range.test_end - range.test_begin);
  json.key("params");
  json.begin_object(Layout::kOneLine);
  for (const auto& [name, value] : window.parameters) json.number(name, value);
  for (const auto& [name, word] : window.words) json.text(name, word);
  json.end_object();
  json.number(std::string("train_") + metric_info(result.metric).name, window.train_value);
  json.number("train_total_return", window.train_return);
  json.key("metrics");
  json.begin_object(Layout::kOneLine);
  for (const MetricInfo& info : metric_infos()) json.number(info.name, window.metrics[info.metric]);
  json.end_object();
  json.key("reason");
  window.reason.empty() ? json.null() : json.text(window.reason);
  json.end_object();
}

std::string parameters_text(const WalkForwardWindow& window) {
  if (!window.reason.empty()) return "out: " + window.reason;
  std::string text;
  for (const auto& [name, value] : window.parameters) text += (text.empty() ? "" : " ") + name + "=" + plain(value);
  for (const auto& [name, word] : window.words) text += (text.empty() ? "" : " ") + name + "=" + word;
  return text;
}

}  // namespace
}  // namespace report

std::string walk_forward_json(const WalkForward& result, const Bars& bars, const StudySource& source) {
  using report::JsonWriter;
  JsonWriter json({});
  report::begin_study(json, source);
  json.text("metric", metric_info(result.metric).name);
  json.text("test_start", format_time(bars.time()[result.first_bar]));
  json.text("test_end", format_time(bars.time()[result.first_bar + result.equity.size() - 1]));
  report::count(json, "first_bar", result.first_bar);
  json.number("cash", result.cash);
  json.number("efficiency", result.efficiency);
  report::count(json, "profitable_windows", result.profitable_windows);
  report::count(json, "runs", result.runs);
  json.number("periods_per_year", result.periods.value);
  json.key("metrics");
  json.begin_object();
  for (const MetricInfo& info : metric_infos()) json.number(info.name, result.metrics[info.metric]);
  json.end_object();
  json.key("windows");
  json.begin_array();
  for (const WalkForwardWindow& window : result.windows) report::add_window(json, window, result, bars);
  json.end_array();
  return report::end_study(json);
}

std::string format_walk_forward(const WalkForward& result, const Bars& bars, const TextStyle& style) {
  using report::metric_text;
  using report::percent_text;
  const MetricInfo& chosen = metric_info(result.metric);
  const auto left_out = [](const char* title, int rank) { return TextColumn{title, true, rank}; };
  TextTable table({{.title = "test"},
                   {.title = "to", .rank = 1},
                   report::number_column(std::string("training ") + chosen.name),
                   report::number_column("test " + std::string(chosen.name)),
                   report::number_column("return"),
                   left_out("drawdown", 3),
                   left_out("trades", 2),
                   {.title = "chosen"}});
  for (const WalkForwardWindow& window : result.windows) {
    const double gained = window.metrics[Metric::kTotalReturn];
    table.add_row({report::day(bars, window.range.test_begin),
                   report::day(bars, window.range.test_end - 1),
                   metric_text(chosen, window.train_value),
                   metric_text(chosen, window.metrics[result.metric]),
                   {percent_text(gained), gained < 0 ? TextTone::kBad : TextTone::kGood},
                   percent_text(window.metrics[Metric::kMaxDrawdown]),
                   report::grouped_text(window.metrics[Metric::kTrades], 0),
                   report::parameters_text(window)});
  }
  std::string text = table.render(style) + "\n";
  TextTable whole({{.title = "all tests in a row"}, report::number_column("")});
  for (const Metric metric : {Metric::kTotalReturn, Metric::kCagr, Metric::kSharpe, Metric::kMaxDrawdown,
                              Metric::kTrades, Metric::kBenchmarkReturn}) {
    whole.add_row({metric_info(metric).title, metric_text(metric_info(metric), result.metrics[metric])});
  }
  whole.add_row({"profitable windows",
                 std::to_string(result.profitable_windows) + " of " + std::to_string(result.windows.size())});
  if (!std::isnan(result.efficiency)) whole.add_row({"growth kept out of sample", percent_text(result.efficiency)});
  return text + whole.render(style);
}

}  // namespace peak
