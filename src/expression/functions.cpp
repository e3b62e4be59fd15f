#include "peak/expression/functions.hpp"

#include <algorithm>
#include <utility>

#include "expression/construction.hpp"

namespace peak::expression {
namespace {

FunctionArgument number(const char* name) {
  return {{.name = name, .default_value = 0, .low = 0}, ArgumentKind::kNumber, false};
}
FunctionArgument signal(const char* name) {
  return {{.name = name, .default_value = 0, .low = 0}, ArgumentKind::kSignal, false};
}
FunctionArgument any(const char* name) {
  return {{.name = name, .default_value = 0, .low = 0}, ArgumentKind::kAny, false};
}
FunctionArgument bars(const char* name, double low) {
  return {{.name = name, .default_value = 1, .low = low, .description = "bars"}, ArgumentKind::kScalar, true};
}

std::vector<LanguageFunction> make_functions() {
  const std::vector<FunctionArgument> pair{number("a"), number("b")};
  const std::vector<FunctionArgument> one{number("x")};
  const std::vector<FunctionArgument> run{number("x"), bars("n", 1)};
  return {
      {"abs", "abs(x)", "The magnitude of x.", one},
      {"at",
       "at(timeframe, x)",
       "x computed on the bars of a longer timeframe, such as at(\"4h\", sma(close, 20)). A higher bar is seen once it "
       "is "
       "complete, from the bar on that reaches its end, until the next one is; undefined before the first.",
       {{{.name = "timeframe", .default_value = 0, .low = 0}, ArgumentKind::kTimeframe, false}, any("x")}},
      {"crosses", "crosses(a, b)", "crosses_above or crosses_below.", pair},
      {"crosses_above", "crosses_above(a, b)",
       "True on the bar on which a stands above b when the last bar on which they were not equal had a below b. Values "
       "within 1e-12 relative are equal; an undefined value forgets what was before (rule 7).",
       pair},
      {"crosses_above_strict", "crosses_above_strict(a, b)",
       "a[1] < b[1] and a > b by plain comparison: a touch of equal values between loses the crossing.", pair},
      {"crosses_below", "crosses_below(a, b)",
       "True on the bar on which a stands below b when the last bar on which they were not equal had a above b (rule "
       "7).",
       pair},
      {"crosses_below_strict", "crosses_below_strict(a, b)", "a[1] > b[1] and a < b by plain comparison.", pair},
      {"exp", "exp(x)", "e to the power x.", one},
      {"falling", "falling(x, n = 1)", "True where x fell on each of the last n bars.", run},
      {"is_defined", "is_defined(x)", "True where the number or signal x has a value, false elsewhere.", {any("x")}},
      {"log", "log(x)", "The natural logarithm of x; undefined for x < 0.", one},
      {"max", "max(a, b)", "The larger of a and b.", pair},
      {"min", "min(a, b)", "The smaller of a and b.", pair},
      {"rising", "rising(x, n = 1)", "True where x rose on each of the last n bars.", run},
      {"shift",
       "shift(x, n = 1)",
       "The number or signal x as it was n bars ago, also written x[n]; undefined on the "
       "first n bars.",
       {any("x"), bars("n", 0)}},
      {"sqrt", "sqrt(x)", "The square root of x; undefined for x < 0.", one},
      {"where",
       "where(condition, when_true, when_false)",
       "when_true where the condition is true, when_false where it is false, undefined where it is undefined; also "
       "written `when_true if condition else when_false`.",
       {signal("condition"), any("when_true"), any("when_false")}},
  };
}

Expression built(const char* function, const std::vector<Expression>& arguments) {
  return build_call(function, arguments, {}, nullptr);
}

}  // namespace

std::span<const LanguageFunction> language_functions() {
  static const std::vector<LanguageFunction> functions = make_functions();
  return functions;
}

const LanguageFunction* find_language_function(std::string_view name) noexcept {
  for (const LanguageFunction& function : language_functions()) {
    if (name == function.name) return &function;
  }
  return nullptr;
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const LanguageFunction& function : language_functions()) names.emplace_back(function.name);
  for (std::string& name : indicators::names()) names.push_back(std::move(name));
  return names;
}

Expression at(std::string_view timeframe, const Expression& x) { return built("at", {text(timeframe), x}); }
Expression shift(const Expression& x, const Expression& n) { return built("shift", {x, n}); }
Expression crosses_above(const Expression& a, const Expression& b) { return built("crosses_above", {a, b}); }
Expression crosses_below(const Expression& a, const Expression& b) { return built("crosses_below", {a, b}); }
Expression crosses(const Expression& a, const Expression& b) { return built("crosses", {a, b}); }
Expression crosses_above_strict(const Expression& a, const Expression& b) {
  return built("crosses_above_strict", {a, b});
}
Expression crosses_below_strict(const Expression& a, const Expression& b) {
  return built("crosses_below_strict", {a, b});
}
Expression is_defined(const Expression& x) { return built("is_defined", {x}); }
Expression rising(const Expression& x, const Expression& n) { return built("rising", {x, n}); }
Expression falling(const Expression& x, const Expression& n) { return built("falling", {x, n}); }
Expression abs(const Expression& x) { return built("abs", {x}); }
Expression sqrt(const Expression& x) { return built("sqrt", {x}); }
Expression log(const Expression& x) { return built("log", {x}); }
Expression exp(const Expression& x) { return built("exp", {x}); }
Expression min(const Expression& a, const Expression& b) { return built("min", {a, b}); }
Expression max(const Expression& a, const Expression& b) { return built("max", {a, b}); }

Expression sma(const Expression& x, const Expression& window) { return built("sma", {x, window}); }
Expression ema(const Expression& x, const Expression& window) { return built("ema", {x, window}); }
Expression wma(const Expression& x, const Expression& window) { return built("wma", {x, window}); }
Expression rsi(const Expression& x, const Expression& window) { return built("rsi", {x, window}); }
Expression atr(const Expression& window) { return built("atr", {window}); }
Expression highest(const Expression& x, const Expression& window) { return built("highest", {x, window}); }
Expression lowest(const Expression& x, const Expression& window) { return built("lowest", {x, window}); }

}  // namespace peak::expression
