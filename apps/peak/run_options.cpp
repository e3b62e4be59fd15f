#include "run_options.hpp"

#include <algorithm>
#include <utility>

#include "number.hpp"
#include "option_makers.hpp"
#include "peak/base/suggest.hpp"
#include "peak/trading/settings.hpp"
#include "setters.hpp"

namespace peak::command {
namespace {

constexpr const char* kBroker = "Broker and account";
constexpr const char* kStops = "Stops";
constexpr const char* kMetrics = "Metrics";

using Run = std::shared_ptr<BacktestOptions>;

Status set_parameter(BacktestOptions& run, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos || equals == 0) {
    return invalid_argument("--set: '" + text + "' is not NAME=NUMBER, such as fast=10");
  }
  const std::string name = text.substr(0, equals);
  PEAK_ASSIGN_OR_RETURN(const double value, parse_number(text.substr(equals + 1), "--set " + name));
  run.parameters[name] = value;
  return {};
}

Result<Engine> parse_engine(const std::string& text) {
  if (text == "fast") return Engine::kFast;
  if (text == "reference") return Engine::kReference;
  const std::vector<std::string> known = {"fast", "reference"};
  return invalid_argument("--engine: unknown engine '" + text + "'" + suggestion(text, known));
}

/// "touch|through" is a choice of two; "LEVEL" is whatever the setting reads.
std::vector<std::string> choices_of(const std::string& value) {
  std::vector<std::string> choices;
  if (value.find('|') == value.npos) return choices;
  for (std::size_t at = 0; at <= value.size();) {
    const std::size_t end = std::min(value.find('|', at), value.size());
    choices.push_back(value.substr(at, end - at));
    at = end + 1;
  }
  return choices;
}

/// Every broker setting as an option: stop_loss is --stop-loss.
void add_settings(std::vector<Option>& options, const Run& run) {
  for (const BrokerSetting& setting : broker_settings()) {
    std::string name = "--" + std::string(setting.name);
    std::replace(name.begin(), name.end(), '_', '-');
    Option option{.name = name, .value = setting.value, .description = setting.description, .set = {}};
    option.choices = choices_of(setting.value);
    if (!option.choices.empty()) {
      option.completion = Completion::kChoices;
      option.value = "NAME";
    }
    option.group = setting.section == SettingSection::kStops ? kStops : kBroker;
    option.set = [run, &setting](const std::string& text) -> Status {
      return set_override(run->broker, setting, text);
    };
    options.push_back(std::move(option));
  }
}

void add_broker_options(std::vector<Option>& options, const Run& run) {
  BrokerOverrides& broker = run->broker;
  options.push_back(number_option("--cash", "money at the start (10000)", kBroker, run, broker.cash));
  options.push_back(
      number_option("--commission", "fraction of the traded value, at each fill (0)", kBroker, run, broker.commission));
  options.push_back(number_option("--slippage", "fraction by which fills are worse than the market (0)", kBroker, run,
                                  broker.slippage));
  options.push_back({.name = "--fill",
                     .value = "WHEN",
                     .description = "when an order fills: at the next bar's open, or at the close that decided it",
                     .set = parsed_setter(run, run->broker.fill, parse_fill_timing),
                     .completion = Completion::kChoices,
                     .choices = {"next_open", "same_close"},
                     .group = kBroker});
  options.push_back({.name = "--size",
                     .value = "SIZE",
                     .description =
                         "of an entry: all (default), units:10, value:5000, fraction:0.25, risk:0.01 (lost at the "
                         "stop), volatility:0.2, kelly:0.5, equal",
                     .set = parsed_setter(run, run->broker.size, parse_sizing),
                     .group = kBroker});
  options.push_back(number_option("--size-step", "units come in multiples of this; 1 for whole shares (any fraction)",
                                  kBroker, run, broker.size_step));
  options.push_back(number_option("--lot-size", "the same as --size-step", kBroker, run, broker.size_step));
  options.push_back(
      flag_option("--accumulate", "entries add to a position already held", kBroker, run, broker.accumulate));
  options.push_back(flag_option("--finalize", "close what is open at the last close", kBroker, run, broker.finalize));
  options.push_back({.name = "--execution",
                     .value = "RULES",
                     .description = "whose end-of-data rules hold; backtesting.py is for comparison only",
                     .set = parsed_setter(run, run->broker.execution, parse_execution),
                     .completion = Completion::kChoices,
                     .choices = {execution_name(Execution::kRuleBook), execution_name(Execution::kBacktestingPy)},
                     .group = kBroker});
  add_settings(options, run);
  options.push_back(
      {.name = "--engine",
       .value = "NAME",
       .description = "fast (default), or reference: the rule book as plain code; both give the same bits",
       .set = parsed_setter(run, run->engine, parse_engine),
       .completion = Completion::kChoices,
       .choices = {"fast", "reference"},
       .group = kBroker});
}

void add_metrics_options(std::vector<Option>& options, const Run& run) {
  options.push_back(number_option("--periods-per-year", "bars in a year, for annual figures (from the data)", kMetrics,
                                  run, run->periods_per_year));
  options.push_back(
      number_option("--risk-free", "risk-free rate per year, as a fraction (0)", kMetrics, run, run->risk_free));
  std::vector<std::string> conventions;
  for (const MetricsConvention convention :
       {MetricsConvention::kPeakTrade, MetricsConvention::kVectorbt, MetricsConvention::kQuantstats,
        MetricsConvention::kEmpyrical, MetricsConvention::kBacktestingPy}) {
    conventions.emplace_back(metrics_convention_name(convention));
  }
  for (const auto& [name, description] :
       {std::pair{"--metrics-convention", "whose way of computing the metrics"}, {"--compat", "the same"}}) {
    options.push_back({.name = name,
                       .value = "NAME",
                       .description = description,
                       .set = parsed_setter(run, run->convention, parse_metrics_convention),
                       .completion = Completion::kChoices,
                       .choices = conventions,
                       .group = kMetrics});
  }
}

}  // namespace

void add_run_options(std::vector<Option>& options, const Run& run) {
  add_broker_options(options, run);
  add_metrics_options(options, run);
}

Option parameter_option(const Run& run) {
  return {.name = "--set",
          .value = "NAME=NUMBER",
          .description = "a parameter of the strategy",
          .set = [run](const std::string& text) { return set_parameter(*run, text); },
          .group = "Input",
          .repeated = true};
}

}  // namespace peak::command
