#include "peak/strategy/definition.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>

#include "peak/base/suggest.hpp"
#include "peak/trading/settings.hpp"
#include "strategy/names.hpp"

namespace peak {
namespace {

using expression::Expression;
using expression::ValueType;

constexpr const char* kWeightName = "weight";

struct SignalPart {
  const char* name;
  const std::optional<Expression>* expression;
};

std::vector<SignalPart> signal_parts(const StrategyDefinition& definition) {
  return {{"entry", &definition.entry},
          {"exit", &definition.exit},
          {"short_entry", &definition.short_entry},
          {"short_exit", &definition.short_exit},
          {"weight", &definition.weight}};
}

std::string named(const std::string& name) { return "'" + name + "'"; }

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> parameter_names(const StrategyDefinition& definition) {
  std::vector<std::string> names;
  for (const StrategyParameter& parameter : definition.parameters) names.push_back(parameter.name);
  return names;
}

Status check_value(const StrategyParameter& parameter, double value) {
  const auto refused = [&](const std::string& wanted) {
    return invalid_argument("parameter " + named(parameter.name) + " is " + shown(value) + ", but must be " + wanted);
  };
  if (!std::isfinite(value)) return refused("a finite number");
  if (parameter.low && value < *parameter.low) return refused("at least " + shown(*parameter.low));
  if (parameter.step && *parameter.step == 1 && value != std::floor(value)) return refused("a whole number");
  return {};
}

Status check_parameter(const StrategyParameter& parameter) {
  PEAK_RETURN_IF_ERROR(check_name("parameter", parameter.name));
  const auto refused = [&](const char* why) { return invalid_argument("parameter " + named(parameter.name) + why); };
  for (const auto& bound : {parameter.low, parameter.high, parameter.step}) {
    if (bound && !std::isfinite(*bound)) return refused(": low, high and step must be finite numbers");
  }
  if (parameter.step && *parameter.step <= 0) return refused(": step must be above 0");
  if (parameter.low && parameter.high && *parameter.low > *parameter.high) return refused(": low is above high");
  return check_value(parameter, parameter.value);
}

Status check_lines(const StrategyDefinition& definition) {
  std::vector<std::string> taken = parameter_names(definition);
  for (const auto& [name, expression] : definition.lines) {
    PEAK_RETURN_IF_ERROR(check_name("signal", name));
    if (is_signal_name(name) || name == kWeightName) {
      return invalid_argument(named(name) + " is a signal of its own and cannot be the name of a line");
    }
    if (contains(taken, name)) return invalid_argument("the name " + named(name) + " is used twice");
    taken.push_back(name);
    if (Status good = expression.status(); !good.ok()) return good.error().within(name);
    if (expression.type() == ValueType::kText) return invalid_argument(name + ": a text has no value on a bar");
  }
  return {};
}

Status check_weight(const StrategyDefinition& definition) {
  const std::string strategy = "strategy " + named(definition.name);
  if (!definition.weight) return invalid_argument(strategy + " has no weight: it is no allocation over symbols");
  if (definition.entry || definition.exit || definition.short_entry || definition.short_exit) {
    return invalid_argument(strategy + " has a weight and a signal; give one kind of them");
  }
  if (Status good = definition.weight->status(); !good.ok()) return good.error().within(kWeightName);
  if (definition.weight->type() == ValueType::kNumber) return {};
  return invalid_argument("weight must be a number, but " + to_text(*definition.weight) + " is a " +
                          value_type_name(definition.weight->type()) + "; write normalize(...) around it");
}

Status check_signals(const StrategyDefinition& definition) {
  if (definition.weight || definition.rebalance) {
    return invalid_argument("strategy " + named(definition.name) +
                            " gives target weights, which are for data of several symbols, in a plain backtest");
  }
  if (!definition.entry && !definition.short_entry) {
    return invalid_argument("strategy " + named(definition.name) + " has neither entry nor short_entry");
  }
  if (definition.exit && !definition.entry) return invalid_argument("exit is given, but no entry that it could close");
  if (definition.short_exit && !definition.short_entry) {
    return invalid_argument("short_exit is given, but no short_entry that it could close");
  }
  for (const SignalPart& part : signal_parts(definition)) {
    if (!*part.expression) continue;
    const Expression& expression = **part.expression;
    if (Status good = expression.status(); !good.ok()) return good.error().within(part.name);
    if (expression.type() != ValueType::kSignal) {
      return invalid_argument(std::string(part.name) + " must be a signal (true or false for each bar), but " +
                              to_text(expression) + " is a " + value_type_name(expression.type()) +
                              "; compare it with something, such as > 0");
    }
  }
  return {};
}

Status check_uses(const StrategyDefinition& definition) {
  const std::vector<std::string> known = parameter_names(definition);
  std::vector<std::string> used;
  const auto look_at = [&](const std::string& where, const Expression& expression) -> Status {
    for (const auto& [name, value] : parameters_of(expression)) {
      used.push_back(name);
      if (!contains(known, name)) {
        return invalid_argument(where + ": unknown parameter " + named(name) + suggestion(name, known));
      }
    }
    return {};
  };
  for (const auto& [name, expression] : definition.lines) PEAK_RETURN_IF_ERROR(look_at(name, expression));
  used.clear();
  for (const SignalPart& part : signal_parts(definition)) {
    if (*part.expression) PEAK_RETURN_IF_ERROR(look_at(part.name, **part.expression));
  }
  for (const std::string& name : known) {
    if (!contains(used, name)) {
      return invalid_argument("parameter " + named(name) + " is used by no signal; use it or remove it");
    }
  }
  return {};
}

}  // namespace

namespace {

// What a definition's rules were when they were last found good. One strategy is run many times, and expressions do not
// change: the same nodes mean the same.
class LastGood {
 public:
  [[nodiscard]] bool is(const StrategyDefinition& definition) const {
    return definition_ != nullptr && !definition.weight && !definition.rebalance &&
           definition.parameters == definition_->parameters &&
           std::equal(definition.lines.begin(), definition.lines.end(), definition_->lines.begin(),
                      definition_->lines.end(),
                      [](const auto& a, const auto& b) { return a.first == b.first && same(a.second, b.second); }) &&
           same(definition.entry, definition_->entry) && same(definition.exit, definition_->exit) &&
           same(definition.short_entry, definition_->short_entry) &&
           same(definition.short_exit, definition_->short_exit);
  }
  void set(const StrategyDefinition& definition) { definition_ = std::make_unique<StrategyDefinition>(definition); }

 private:
  static bool same(const Expression& a, const Expression& b) { return a.ok() && a.pointer() == b.pointer(); }
  static bool same(const std::optional<Expression>& a, const std::optional<Expression>& b) {
    return a.has_value() == b.has_value() && (!a || same(*a, *b));
  }

  // Keeps the nodes, so that no address is used again; null until there is one. On the heap: thread-locals have little
  // room.
  std::unique_ptr<const StrategyDefinition> definition_;
};

Status check_parts(const StrategyDefinition& definition) {
  if (definition.name.empty()) return invalid_argument("a strategy needs a name");
  std::vector<std::string> seen;
  for (const StrategyParameter& parameter : definition.parameters) {
    PEAK_RETURN_IF_ERROR(check_parameter(parameter));
    if (contains(seen, parameter.name)) {
      return invalid_argument("parameter " + named(parameter.name) + " is given twice");
    }
    seen.push_back(parameter.name);
  }
  return check_lines(definition);
}

}  // namespace

Status StrategyDefinition::validate() const {
  if (name.empty()) return invalid_argument("a strategy needs a name");
  thread_local LastGood last;
  if (!last.is(*this)) {
    PEAK_RETURN_IF_ERROR(check_parts(*this));
    PEAK_RETURN_IF_ERROR(check_signals(*this));
    PEAK_RETURN_IF_ERROR(check_uses(*this));
    last.set(*this);
  }
  return broker.applied_to({}).validate();
}

Status StrategyDefinition::validate_allocation() const {
  PEAK_RETURN_IF_ERROR(check_parts(*this));
  PEAK_RETURN_IF_ERROR(check_weight(*this));
  PEAK_RETURN_IF_ERROR(check_uses(*this));
  return broker.applied_to({}).validate();
}

Result<expression::ParameterValues> StrategyDefinition::resolve(const expression::ParameterValues& given) const {
  expression::ParameterValues values;
  for (const StrategyParameter& parameter : parameters) values[parameter.name] = parameter.value;
  for (const auto& [given_name, value] : given) {
    const auto parameter =
        std::find_if(parameters.begin(), parameters.end(),
                     [&wanted = given_name](const StrategyParameter& candidate) { return candidate.name == wanted; });
    if (parameter == parameters.end()) {
      const std::string unknown = "strategy " + named(name) + " has no parameter " + named(given_name);
      if (parameters.empty()) return invalid_argument(unknown + "; it has none");
      return invalid_argument(unknown + suggestion(given_name, parameter_names(*this)));
    }
    PEAK_RETURN_IF_ERROR(check_value(*parameter, value));
    values[given_name] = value;
  }
  return values;
}

void StrategyDefinition::adopt_parameters() {
  for (const SignalPart& part : signal_parts(*this)) {
    if (!*part.expression) continue;
    for (const auto& [used, default_value] : parameters_of(**part.expression)) {
      if (contains(parameter_names(*this), used)) continue;
      StrategyParameter parameter;
      parameter.name = used;
      parameter.value = default_value;
      parameters.push_back(std::move(parameter));
    }
  }
}

Hash128 StrategyDefinition::fingerprint() const {
  Hasher hasher;
  const auto add_number = [&](double value) { hasher.add_integer(std::bit_cast<std::uint64_t>(value)); };
  hasher.add_text("peak strategy 1");
  for (const SignalPart& part : signal_parts(*this)) {
    if (part.expression == &weight) continue;  // below, so that strategies without keep the hash that they had
    hasher.add_text(*part.expression ? to_text(**part.expression) : std::string());
  }
  if (weight) {
    hasher.add_text(to_text(*weight));
    hasher.add_text(rebalance ? format_rebalance(*rebalance) : "");
  }
  std::vector<const StrategyParameter*> sorted;
  for (const StrategyParameter& parameter : parameters) sorted.push_back(&parameter);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  hasher.add_integer(sorted.size());
  for (const StrategyParameter* parameter : sorted) {
    hasher.add_text(parameter->name);
    add_number(parameter->value);
  }
  for (const auto& number : {broker.cash, broker.commission, broker.slippage, broker.size_step}) {
    hasher.add_integer(number.has_value() ? 1 : 0);
    add_number(number.value_or(0));
  }
  hasher.add_text(broker.fill ? fill_timing_name(*broker.fill) : "");
  hasher.add_text(broker.size ? format_sizing(*broker.size) : "");
  hasher.add_text(broker.execution ? execution_name(*broker.execution) : "");
  for (const auto& flag : {broker.accumulate, broker.finalize}) hasher.add_integer(flag ? (*flag ? 2U : 1U) : 0U);
  for (const auto& [setting, text] : changed_settings(broker.applied_to({}))) {
    hasher.add_text(setting->name);
    hasher.add_text(text);
  }
  return hasher.finish();
}

}  // namespace peak
