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

void add_parameter(JsonWriter& json, const ParameterSensitivity& parameter) {
  json.begin_object(Layout::kOneLine);
  json.text("parameter", parameter.parameter);
  json.number("chosen", parameter.chosen);
  json.key("values");
  json.begin_array(Layout::kOneLine);
  for (const double value : parameter.values) json.number(value);
  json.end_array();
  json.key("metric");
  json.begin_array(Layout::kOneLine);
  for (const double value : parameter.metric) json.number(value);
  json.end_array();
  json.number("lowest", parameter.lowest);
  json.number("highest", parameter.highest);
  json.end_object();
}

void add_stress(JsonWriter& json, const StressResult& stress) {
  json.begin_object(Layout::kOneLine);
  json.text("name", stress.window.name);
  json.text("from", format_time(stress.window.from));
  json.text("to", format_time(stress.window.to));
  count(json, "bars", stress.bars);
  json.number("total_return", stress.total_return);
  json.number("max_drawdown", stress.max_drawdown);
  json.number("market_return", stress.market_return);
  json.number("market_drawdown", stress.market_drawdown);
  json.number("exposure", stress.exposure);
  json.end_object();
}

std::string break_even_text(double commission) {
  if (std::isnan(commission)) return "Commission does not matter: the strategy gains even at 20 %.\n";
  if (commission == 0) return "There is no gain even without commission.\n";
  return "The gain is gone at a commission of " + percent_text(commission) + " of the traded value.\n";
}

}  // namespace
}  // namespace report

std::string sensitivity_json(const Sensitivity& result, const StudySource& source) {
  using report::JsonWriter;
  JsonWriter json({});
  report::begin_study(json, source);
  json.text("metric", metric_info(result.metric).name);
  json.key("parameters");
  json.begin_array();
  for (const ParameterSensitivity& parameter : result.parameters) report::add_parameter(json, parameter);
  json.end_array();
  json.number("break_even_commission", result.costs.break_even_commission);
  json.key("costs");
  json.begin_array();
  for (const CostPoint& point : result.costs.points) {
    json.begin_object(report::Layout::kOneLine);
    json.number("commission", point.commission);
    json.number("total_return", point.total_return);
    json.number("sharpe", point.sharpe);
    json.end_object();
  }
  json.end_array();
  json.key("stress");
  json.begin_array();
  for (const StressResult& stress : result.stress) report::add_stress(json, stress);
  json.end_array();
  return report::end_study(json);
}

std::string format_sensitivity(const Sensitivity& result, const TextStyle& style) {
  using report::grouped_text;
  using report::number_column;
  using report::percent_text;
  const MetricInfo& info = metric_info(result.metric);
  TextTable parameters({{.title = "parameter"}, number_column("value"), number_column(info.name)});
  for (const ParameterSensitivity& parameter : result.parameters) {
    for (std::size_t i = 0; i < parameter.values.size(); ++i) {
      const bool chosen = parameter.values[i] == parameter.chosen;
      parameters.add_row(
          {i == 0 ? parameter.parameter : "",
           {report::plain(parameter.values[i]) + (chosen ? " *" : "  "), chosen ? TextTone::kStrong : TextTone::kPlain},
           report::metric_text(info, parameter.metric[i])});
    }
  }
  std::string text = parameters.render(style) + "\n";
  TextTable costs({number_column("commission"), number_column("return"), number_column("Sharpe")});
  for (const CostPoint& point : result.costs.points) {
    costs.add_row({percent_text(point.commission), percent_text(point.total_return), grouped_text(point.sharpe, 2)});
  }
  text += costs.render(style) + report::break_even_text(result.costs.break_even_commission);
  if (result.stress.empty()) return text;
  TextTable stress({{.title = "bad times"},
                    {.title = "to"},
                    number_column("bars"),
                    number_column("market"),
                    number_column("strategy"),
                    number_column("drawdown"),
                    number_column("exposure")});
  for (const StressResult& window : result.stress) {
    stress.add_row({window.window.name, format_time_short(window.window.to), std::to_string(window.bars),
                    percent_text(window.market_return), percent_text(window.total_return),
                    percent_text(window.max_drawdown), percent_text(window.exposure)});
  }
  return text + "\n" + stress.render(style);
}

}  // namespace peak
