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

FunctionArgument scalar(const char* name, double value, double low, bool whole, const char* description) {
  return {{.name = name, .default_value = value, .low = low, .whole = whole, .description = description},
          ArgumentKind::kScalar,
          true};
}

std::vector<LanguageFunction> make_functions() {
  const std::vector<FunctionArgument> pair{number("a"), number("b")};
  const std::vector<FunctionArgument> one{number("x")};
  const std::vector<FunctionArgument> run{number("x"), bars("n", 1)};
  const std::vector<FunctionArgument> choice{number("x"), scalar("n", 10, 1, true, "symbols")};
  return {
      {"abs", "abs(x)", "The magnitude of x.", one},
      {"at",
       "at(timeframe, x)",
       "x computed on the bars of a longer timeframe, such as at(\"4h\", sma(close, 20)). A higher bar is seen once it "
       "is "
       "complete, from the bar on that reaches its end, until the next one is; undefined before the first.",
       {{{.name = "timeframe", .default_value = 0, .low = 0}, ArgumentKind::kTimeframe, false}, any("x")}},
      {"bottom", "bottom(x, n = 10)",
       "True for the n symbols with the smallest x; of equal ones the earlier symbols. For data of several symbols.",
       choice, true},
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
      {"demean", "demean(x)", "x less its mean over the symbols. For data of several symbols.", one, true},
      {"exp", "exp(x)", "e to the power x.", one},
      {"falling", "falling(x, n = 1)", "True where x fell on each of the last n bars.", run},
      {"is_defined", "is_defined(x)", "True where the number or signal x has a value, false elsewhere.", {any("x")}},
      {"log", "log(x)", "The natural logarithm of x; undefined for x < 0.", one},
      {"max", "max(a, b)", "The larger of a and b.", pair},
      {"min", "min(a, b)", "The smaller of a and b.", pair},
      {"normalize",
       "normalize(x)",
       "x over the sum of |x| of all symbols, so that the sizes add up to 1; 0 where that sum is 0. A signal counts as "
       "1 "
       "and 0. For data of several symbols.",
       {any("x")},
       true},
      {"rank", "rank(x)",
       "The place of x among the symbols, from 1 / n for the smallest to 1 for the largest; equal ones share their "
       "mean "
       "place. For data of several symbols.",
       one, true},
      {"rising", "rising(x, n = 1)", "True where x rose on each of the last n bars.", run},
      {"scale_to_volatility",
       "scale_to_volatility(w, target = 0.1, window = 60, cap = 1)",
       "The weights w times one factor for all symbols: the target a year over the volatility that their mix had over "
       "the last window stamps (ddof 1), but so that the sizes add up to no more than cap. For data of several "
       "symbols.",
       {number("w"), scalar("target", 0.1, 0, false, "volatility a year, a fraction"),
        scalar("window", 60, 2, true, "stamps"), scalar("cap", 1, 0, false, "largest sum of sizes")},
       true},
      {"shift",
       "shift(x, n = 1)",
       "The number or signal x as it was n bars ago, also written x[n]; undefined on the "
       "first n bars.",
       {any("x"), bars("n", 0)}},
      {"sqrt", "sqrt(x)", "The square root of x; undefined for x < 0.", one},
      {"symbol",
       "symbol(name, x)",
       "x computed on the bars of another symbol of the run, such as symbol(\"SPY\", close > sma(close, 200)). On each "
       "bar it is the value of that symbol's last complete bar; undefined before its first.",
       {{{.name = "name", .default_value = 0, .low = 0}, ArgumentKind::kSymbol, false}, any("x")}},
      {"top", "top(x, n = 10)",
       "True for the n symbols with the largest x; of equal ones the earlier symbols. For data of several symbols.",
       choice, true},
      {"where",
       "where(condition, when_true, when_false)",
       "when_true where the condition is true, when_false where it is false, undefined where it is undefined; also "
       "written `when_true if condition else when_false`.",
       {signal("condition"), any("when_true"), any("when_false")}},
      {"zscore", "zscore(x)",
       "(x - mean) / standard deviation over the symbols (ddof 0); 0 where all are equal. For data of several symbols.",
       one, true},
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
Expression symbol(std::string_view name, const Expression& x) { return built("symbol", {text(name), x}); }
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
Expression rank(const Expression& x) { return built("rank", {x}); }
Expression zscore(const Expression& x) { return built("zscore", {x}); }
Expression normalize(const Expression& x) { return built("normalize", {x}); }
Expression top(const Expression& x, const Expression& n) { return built("top", {x, n}); }
Expression bottom(const Expression& x, const Expression& n) { return built("bottom", {x, n}); }

Expression sma(const Expression& x, const Expression& window) { return built("sma", {x, window}); }
Expression ema(const Expression& x, const Expression& window) { return built("ema", {x, window}); }
Expression wma(const Expression& x, const Expression& window) { return built("wma", {x, window}); }
Expression rsi(const Expression& x, const Expression& window) { return built("rsi", {x, window}); }
Expression atr(const Expression& window) { return built("atr", {window}); }
Expression highest(const Expression& x, const Expression& window) { return built("highest", {x, window}); }
Expression lowest(const Expression& x, const Expression& window) { return built("lowest", {x, window}); }

}  // namespace peak::expression
