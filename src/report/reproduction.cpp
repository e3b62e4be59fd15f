#include "report/reproduction.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "peak/market/periods.hpp"
#include "peak/strategy/allocation.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/trading/settings.hpp"
#include "report/json_writer.hpp"

namespace peak::report {
namespace {

std::string number(double value) {
  std::string text;
  append_number(text, value);
  return text;
}

/// One option of a run that is not what would be taken without it.
struct Setting {
  std::string name;  ///< in Python; the command writes it with dashes
  std::string value;
  bool is_text = false;  ///< quoted in Python
  bool is_switch = false;
};

/// A word for a POSIX shell, in single quotes unless it is plain.
std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string python_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::vector<Setting> broker_settings(const BacktestResult& result) {
  const BrokerOptions& run = result.broker;
  const BrokerOptions usual = result.strategy.broker.applied_to({});
  std::vector<Setting> settings{{"cash", number(run.cash)}};
  if (run.commission != usual.commission) settings.push_back({"commission", number(run.commission)});
  if (run.slippage != usual.slippage) settings.push_back({"slippage", number(run.slippage)});
  if (run.fill != usual.fill) settings.push_back({"fill", fill_timing_name(run.fill), true});
  if (format_sizing(run.size) != format_sizing(usual.size)) {
    settings.push_back({"size", format_sizing(run.size), true});
  }
  if (run.size_step && run.size_step != usual.size_step) settings.push_back({"size_step", number(*run.size_step)});
  if (run.accumulate && !usual.accumulate) settings.push_back({"accumulate", "True", false, true});
  if (run.finalize && !usual.finalize) settings.push_back({"finalize", "True", false, true});
  if (run.execution != usual.execution) settings.push_back({"execution", execution_name(run.execution), true});
  for (const BrokerSetting& setting : peak::broker_settings()) {
    if (setting.get(run) != setting.get(usual)) settings.push_back({setting.name, setting.get(run), true});
  }
  // Their files are not known here; the words stand for them, as DATA does.
  if (!run.instrument.funding.empty()) settings.push_back({"funding", "FUNDING", true});
  if (!run.instrument.actions.empty()) settings.push_back({"actions", "ACTIONS", true});
  if (result.detail) settings.push_back({"detail", "DETAIL", true});
  return settings;
}

std::vector<Setting> settings_of(const BacktestResult& result) {
  std::vector<Setting> settings = broker_settings(result);
  if (result.periods.value != periods_per_year(result.bars.time()).value) {
    settings.push_back({"periods_per_year", number(result.periods.value)});
  }
  if (result.risk_free != 0) settings.push_back({"risk_free", number(result.risk_free)});
  if (result.convention != MetricsConvention::kPeakTrade) {
    settings.push_back({"metrics_convention", metrics_convention_name(result.convention), true});
  }
  if (result.strategy.rebalance) {
    settings.push_back({"rebalance", format_rebalance(*result.strategy.rebalance), true});
  }
  return settings;
}

/// The strategy as a command or a Python call names it.
std::string strategy_reference(const BacktestResult& result, const ReportOptions& options) {
  switch (strategy_source(result, options)) {
    case StrategySource::kFile: return options.strategy_path;
    case StrategySource::kWritten: return result.strategy.name + ".toml";
    default: return result.strategy.name;
  }
}

std::string data_reference(const ReportOptions& options) {
  return options.data_path.empty() ? "DATA" : options.data_path;
}

}  // namespace

StrategySource strategy_source(const BacktestResult& result, const ReportOptions& options) {
  const StrategyDefinition& strategy = result.strategy;
  if (!strategy.entry && !strategy.short_entry && !strategy.weight) return StrategySource::kSignals;
  if (!options.strategy_path.empty()) return StrategySource::kFile;
  auto builtin = strategy.weight ? allocation(strategy.name) : builtin_strategy(strategy.name);
  if (builtin.ok() && strategy.weight)
    builtin->rebalance = strategy.rebalance;  // that of the run, an option of its own
  const bool known = builtin.ok() && builtin->fingerprint() == strategy.fingerprint();
  return known ? StrategySource::kBuiltin : StrategySource::kWritten;
}

std::string command_line(const BacktestResult& result, const ReportOptions& options) {
  if (strategy_source(result, options) == StrategySource::kSignals) return "";
  std::string line = "peak backtest " + shell_word(strategy_reference(result, options));
  line += " --data " + shell_word(data_reference(options));
  for (const auto& [name, value] : result.parameters) line += " --set " + shell_word(name + "=" + number(value));
  for (Setting& setting : settings_of(result)) {
    std::replace(setting.name.begin(), setting.name.end(), '_', '-');
    line += " --" + setting.name;
    if (!setting.is_switch) line += " " + shell_word(setting.value);
  }
  return line;
}

std::string python_lines(const BacktestResult& result, const ReportOptions& options) {
  const bool signals = strategy_source(result, options) == StrategySource::kSignals;
  std::string text = "import peaktrade as pt\n\nresult = pt.backtest(\n    ";
  text += options.data_path.empty() ? "data" : python_text(options.data_path);
  text += ",\n    ";
  text += signals ? (result.panel != nullptr ? "pt.Weights(weights)" : "pt.Signals(entries, exits)")
                  : python_text(strategy_reference(result, options));
  text += ",\n";
  if (!result.parameters.empty()) {
    text += "    {";
    bool first = true;
    for (const auto& [name, value] : result.parameters) {
      if (!std::exchange(first, false)) text += ", ";
      text += python_text(name) + ": " + number(value);
    }
    text += "},\n";
  }
  for (const Setting& setting : settings_of(result)) {
    text += "    " + setting.name + "=" + (setting.is_text ? python_text(setting.value) : setting.value) + ",\n";
  }
  return text + ")\n";
}

}  // namespace peak::report
