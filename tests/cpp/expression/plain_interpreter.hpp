// The meaning of expressions as plain code: one bar at a time, no masks, no sharing. What the fast evaluation must
// equal.
//
// Written from the rule book alone (rules 6 and 7); shares with the library only the graph and the indicators.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "peak/expression/expression.hpp"
#include "peak/expression/program.hpp"
#include "peak/indicators/registry.hpp"
#include "peak/market/bars.hpp"

namespace peak::testing {

enum class Truth : signed char { kUndefined = -1, kFalse = 0, kTrue = 1 };

/// A value on every bar; one of the two runs is used.
struct PlainValues {
  std::vector<double> numbers;
  std::vector<Truth> signal;
};

class PlainInterpreter {
 public:
  PlainInterpreter(const Bars& bars, expression::ParameterValues parameters)
      : bars_(bars), parameters_(std::move(parameters)) {}

  PlainValues values(const expression::Expression& e) {
    using expression::Operation;
    const expression::Node& node = e.node();
    std::vector<PlainValues> arguments;
    for (const auto& argument : node.arguments) arguments.push_back(values(argument));
    PlainValues result;
    for (std::size_t t = 0; t < bars_.size(); ++t) {
      switch (node.operation) {
        case Operation::kCall:
          if (is_indicator(node)) return {indicator(node, arguments, 0), {}};
          break;
        case Operation::kOutput: return {indicator_output(node), {}};
        default: break;
      }
      if (e.type() == expression::ValueType::kSignal) {
        result.signal.push_back(truth(node, arguments, t));
      } else {
        result.numbers.push_back(number(node, arguments, t));
      }
    }
    return result;
  }

 private:
  static constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

  static bool is_indicator(const expression::Node& node) {
    for (const char* own :
         {"shift", "abs", "min", "max", "sqrt", "log", "exp", "rising", "falling", "is_defined", "crosses",
          "crosses_above", "crosses_below", "crosses_above_strict", "crosses_below_strict"}) {
      if (node.name == own) return false;
    }
    return true;
  }

  std::vector<double> indicator(const expression::Node& node, const std::vector<PlainValues>& arguments,
                                std::size_t output) {
    const auto* info = indicators::find(node.name);
    std::vector<std::span<const double>> inputs;
    std::vector<double> parameters;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (i < info->inputs.size()) {
        inputs.emplace_back(arguments[i].numbers);
      } else {
        parameters.push_back(arguments[i].numbers.front());
      }
    }
    std::vector<std::vector<double>> outputs(info->outputs.size(), std::vector<double>(bars_.size()));
    std::vector<std::span<double>> spans(outputs.begin(), outputs.end());
    info->compute({inputs, parameters, spans});
    return outputs[output];
  }

  std::vector<double> indicator_output(const expression::Node& node) {
    const expression::Node& call = node.arguments[0].node();
    const auto* info = indicators::find(call.name);
    std::vector<PlainValues> arguments;
    for (const auto& argument : call.arguments) arguments.push_back(values(argument));
    const auto place = std::find(info->outputs.begin(), info->outputs.end(), node.name);
    return indicator(call, arguments, static_cast<std::size_t>(place - info->outputs.begin()));
  }

  double number(const expression::Node& node, const std::vector<PlainValues>& arguments, std::size_t t) {
    using expression::Operation;
    const auto x = [&](std::size_t i) { return arguments[i].numbers[t]; };
    switch (node.operation) {
      case Operation::kNumber: return node.number;
      case Operation::kColumn: return bars_.find(node.name)->float64s()[t];
      case Operation::kParameter: return parameters_.count(node.name) != 0 ? parameters_[node.name] : node.number;
      case Operation::kNegate: return -x(0);
      case Operation::kAdd: return x(0) + x(1);
      case Operation::kSubtract: return x(0) - x(1);
      case Operation::kMultiply: return x(0) * x(1);
      case Operation::kDivide: return x(0) / x(1);
      case Operation::kRemainder: return floored_remainder(x(0), x(1));
      case Operation::kWhere:
        if (arguments[0].signal[t] == Truth::kUndefined) return kNaN;
        return arguments[0].signal[t] == Truth::kTrue ? x(1) : x(2);
      default: break;
    }
    if (node.name == "abs") return std::fabs(x(0));
    if (node.name == "sqrt") return std::sqrt(x(0));
    if (node.name == "log") return std::log(x(0));
    if (node.name == "exp") return std::exp(x(0));
    if (node.name == "min") return std::isnan(x(0)) || std::isnan(x(1)) ? kNaN : std::min(x(0), x(1));
    if (node.name == "max") return std::isnan(x(0)) || std::isnan(x(1)) ? kNaN : std::max(x(0), x(1));
    const double bars = arguments[1].numbers[t];  // shift
    return bars > static_cast<double>(t) ? kNaN : arguments[0].numbers[t - static_cast<std::size_t>(bars)];
  }

  // The sign of the divisor, as Python's % on floats.
  static double floored_remainder(double a, double b) {
    double rest = std::fmod(a, b);
    if (rest != 0 && std::signbit(rest) != std::signbit(b)) rest += b;
    return rest == 0 ? std::copysign(0.0, b) : rest;
  }

  Truth truth(const expression::Node& node, const std::vector<PlainValues>& arguments, std::size_t t) {
    using expression::Operation;
    if (is_comparison(node.operation))
      return comparison(node.operation, arguments[0].numbers[t], arguments[1].numbers[t]);
    const auto s = [&](std::size_t i) { return arguments[i].signal[t]; };
    switch (node.operation) {
      case Operation::kNot:
        if (s(0) == Truth::kUndefined) return Truth::kUndefined;
        return s(0) == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
      case Operation::kAnd:
        if (s(0) == Truth::kUndefined || s(1) == Truth::kUndefined) return Truth::kUndefined;
        return from(s(0) == Truth::kTrue && s(1) == Truth::kTrue);
      case Operation::kOr:
        if (s(0) == Truth::kUndefined || s(1) == Truth::kUndefined) return Truth::kUndefined;
        return from(s(0) == Truth::kTrue || s(1) == Truth::kTrue);
      case Operation::kWhere:
        if (s(0) == Truth::kUndefined) return Truth::kUndefined;
        return s(0) == Truth::kTrue ? s(1) : s(2);
      default: break;
    }
    if (node.name == "is_defined") {
      return from(arguments[0].signal.empty() ? !std::isnan(arguments[0].numbers[t]) : s(0) != Truth::kUndefined);
    }
    if (node.name == "shift") {
      const double bars = arguments[1].numbers[t];
      return bars > static_cast<double>(t) ? Truth::kUndefined
                                           : arguments[0].signal[t - static_cast<std::size_t>(bars)];
    }
    if (node.name == "rising" || node.name == "falling") return moves(node.name == "rising", arguments, t);
    return crossing(node.name, arguments[0].numbers, arguments[1].numbers, t);
  }

  static bool is_comparison(expression::Operation operation) {
    return operation >= expression::Operation::kLess && operation <= expression::Operation::kNotEqual;
  }
  static Truth from(bool value) { return value ? Truth::kTrue : Truth::kFalse; }

  static Truth comparison(expression::Operation operation, double a, double b) {
    using expression::Operation;
    if (std::isnan(a) || std::isnan(b)) return Truth::kUndefined;
    switch (operation) {
      case Operation::kLess: return from(a < b);
      case Operation::kLessEqual: return from(a <= b);
      case Operation::kGreater: return from(a > b);
      case Operation::kGreaterEqual: return from(a >= b);
      case Operation::kEqual: return from(a == b);
      default: return from(a != b);
    }
  }

  static Truth moves(bool up, const std::vector<PlainValues>& arguments, std::size_t t) {
    const std::vector<double>& x = arguments[0].numbers;
    const double bars = arguments[1].numbers[t];
    if (bars > static_cast<double>(t)) return Truth::kUndefined;
    bool all = true;
    for (std::size_t i = t; i > t - static_cast<std::size_t>(bars); --i) {
      if (std::isnan(x[i]) || std::isnan(x[i - 1])) return Truth::kUndefined;
      all = all && (up ? x[i] > x[i - 1] : x[i] < x[i - 1]);
    }
    return from(all);
  }

  // -1 below, 0 equal, 1 above; 2 undefined.
  static int relation(double a, double b, bool strict) {
    if (std::isnan(a) || std::isnan(b)) return 2;
    if (a == b) return 0;
    const double larger = std::max(std::fabs(a), std::fabs(b));
    if (!strict && std::isfinite(larger) && std::fabs(a - b) <= 1e-12 * larger) return 0;
    return a > b ? 1 : -1;
  }

  static Truth crossing(const std::string& name, const std::vector<double>& a, const std::vector<double>& b,
                        std::size_t t) {
    const bool strict = name.ends_with("_strict");
    if (t == 0) return Truth::kUndefined;
    const int now = relation(a[t], b[t], strict);
    int before = relation(a[t - 1], b[t - 1], strict);
    if (now == 2 || before == 2) return Truth::kUndefined;
    for (std::size_t i = t - 1; !strict && before == 0 && i > 0; --i) before = relation(a[i - 1], b[i - 1], strict);
    const bool above = now == 1 && before == -1;
    const bool below = now == -1 && before == 1;
    if (name == "crosses") return from(above || below);
    return from(name.starts_with("crosses_above") ? above : below);
  }

  const Bars& bars_;
  expression::ParameterValues parameters_;
};

}  // namespace peak::testing
