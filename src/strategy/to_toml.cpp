#include <algorithm>
#include <array>
#include <string>

#include "peak/strategy/file.hpp"
#include "peak/trading/settings.hpp"
#include "strategy/names.hpp"

namespace peak {
namespace {

std::string quoted(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      result += std::string("\\u00") + kDigits[byte >> 4U] + kDigits[byte & 15U];
    } else {
      result += c;
    }
  }
  return result + '"';
}

// Whole numbers that a TOML integer cannot hold are written as floats.
std::string number(double value) {
  constexpr std::size_t kSafeDigits = 15;
  std::string text = shown(value);
  const bool is_integer = text.find_first_not_of("-0123456789") == std::string::npos;
  return is_integer && (text.size() > kSafeDigits || text == "-0") ? text + ".0" : text;
}

std::string key_value(const std::string& key, const std::string& value) { return key + " = " + value + "\n"; }

std::string parameter_text(const StrategyParameter& parameter) {
  std::string text = "value = " + number(parameter.value);
  if (parameter.low) text += ", low = " + number(*parameter.low);
  if (parameter.high) text += ", high = " + number(*parameter.high);
  if (parameter.step) text += ", step = " + number(*parameter.step);
  if (!parameter.description.empty()) text += ", description = " + quoted(parameter.description);
  const bool is_plain = text.find(',') == std::string::npos;
  return is_plain ? number(parameter.value) : "{ " + text + " }";
}

std::string signals_text(const StrategyDefinition& definition) {
  std::string text;
  std::vector<std::pair<std::string, expression::Expression>> names;
  for (const auto& [name, expression] : definition.lines) {
    text += key_value(name, quoted(to_text(expression, names)));
    names.emplace_back(name, expression);
  }
  const auto add = [&](const char* name, const std::optional<expression::Expression>& expression) {
    if (expression) text += key_value(name, quoted(to_text(*expression, names)));
  };
  add("entry", definition.entry);
  add("exit", definition.exit);
  add("short_entry", definition.short_entry);
  add("short_exit", definition.short_exit);
  add("weight", definition.weight);
  return text;
}

std::string flag(bool value) { return value ? "true" : "false"; }

// Settings in the order of their table, each as the text that it gives itself: a canonical form.
std::string settings_text(const BrokerOverrides& broker, SettingSection section) {
  const BrokerOptions options = broker.applied_to({});
  std::string text;
  for (const BrokerSetting& setting : broker_settings()) {
    const bool given = std::any_of(broker.settings.begin(), broker.settings.end(),
                                   [&](const auto& entry) { return entry.first == &setting; });
    if (given && setting.section == section) text += key_value(setting.name, quoted(setting.get(options)));
  }
  return text;
}

std::string broker_text(const BrokerOverrides& broker) {
  std::string text;
  if (broker.cash) text += key_value("cash", number(*broker.cash));
  if (broker.commission) text += key_value("commission", number(*broker.commission));
  if (broker.slippage) text += key_value("slippage", number(*broker.slippage));
  if (broker.fill) text += key_value("fill", quoted(fill_timing_name(*broker.fill)));
  if (broker.accumulate) text += key_value("accumulate", flag(*broker.accumulate));
  if (broker.finalize) text += key_value("finalize", flag(*broker.finalize));
  if (broker.execution) text += key_value("execution", quoted(execution_name(*broker.execution)));
  return text + settings_text(broker, SettingSection::kBroker);
}

std::string sizing_text(const BrokerOverrides& broker) {
  std::string text;
  if (broker.size) text += key_value("size", quoted(format_sizing(*broker.size)));
  if (broker.size_step) text += key_value("size_step", number(*broker.size_step));
  return text + settings_text(broker, SettingSection::kSizing);
}

std::string section(const char* name, const std::string& text) {
  return text.empty() ? std::string() : std::string("\n[") + name + "]\n" + text;
}

}  // namespace

std::string to_toml(const StrategyDefinition& definition) {
  std::string text = key_value("name", quoted(definition.name));
  if (!definition.description.empty()) text += key_value("description", quoted(definition.description));
  if (definition.rebalance) text += key_value("rebalance", quoted(format_rebalance(*definition.rebalance)));
  std::string parameters;
  for (const StrategyParameter& parameter : definition.parameters) {
    parameters += key_value(parameter.name, parameter_text(parameter));
  }
  return text + section("params", parameters) + section("signals", signals_text(definition)) +
         section("broker", broker_text(definition.broker)) + section("sizing", sizing_text(definition.broker)) +
         section("stops", settings_text(definition.broker, SettingSection::kStops));
}

}  // namespace peak
