// Functions: what may be called in an expression, and the C++ spelling of it.
//
// The language's own functions are listed here; indicators come from indicators/registry.hpp. The parser, the docs, the
// command and the completion of names all read these two lists.
//
// Undefined values spread: a result is undefined on every bar on which an argument that it needs is undefined.
// Threads: the list is constant; the builders are pure functions.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/expression/expression.hpp"
#include "peak/indicators/registry.hpp"

namespace peak::expression {

/// What an argument of a function may be.
enum class ArgumentKind : unsigned char {
  kNumber,     ///< a number, for each bar or one for the whole run
  kSignal,     ///< a signal
  kAny,        ///< a number or a signal
  kScalar,     ///< one number for the whole run, checked against `limits`
  kTimeframe,  ///< the length of bars as a text: "4h"
  kSymbol,     ///< the name of another symbol as a text: "SPY"
};

struct FunctionArgument {
  indicators::ParameterInfo limits;  ///< name, and for a scalar its default and its range
  ArgumentKind kind = ArgumentKind::kNumber;
  bool has_default = false;
};

/// A function that belongs to the language itself.
struct LanguageFunction {
  const char* name;
  const char* signature;    ///< "shift(x, n = 1)"
  const char* description;  ///< one or two sentences with the exact meaning
  std::vector<FunctionArgument> arguments;
  bool compares_symbols = false;  ///< its value hangs on all symbols of a panel (panel_program.hpp)
};

/// The language's own functions in alphabetical order.
[[nodiscard]] std::span<const LanguageFunction> language_functions();
/// The function of that name, or null.
[[nodiscard]] const LanguageFunction* find_language_function(std::string_view name) noexcept;
/// Every name that may be called: the language's own functions and the indicators, each list in alphabetical order.
[[nodiscard]] std::vector<std::string> function_names();

// C++ spellings. `Expression fast = sma(close(), parameter("fast", 10));` is call("sma", {...}): the same checks.

/// x computed on the bars of a longer timeframe ("4h"), of which each is seen once it is complete.
[[nodiscard]] Expression at(std::string_view timeframe, const Expression& x);
/// x computed on the bars of another symbol ("SPY"), of which each is seen once it is complete.
[[nodiscard]] Expression symbol(std::string_view name, const Expression& x);
/// The value n bars ago; undefined on the first n bars.
[[nodiscard]] Expression shift(const Expression& x, const Expression& n = 1);
/// True on the bar on which a comes to stand above b (rule 7).
[[nodiscard]] Expression crosses_above(const Expression& a, const Expression& b);
/// True on the bar on which a comes to stand below b (rule 7).
[[nodiscard]] Expression crosses_below(const Expression& a, const Expression& b);
/// crosses_above or crosses_below.
[[nodiscard]] Expression crosses(const Expression& a, const Expression& b);
/// a[1] < b[1] and a > b.
[[nodiscard]] Expression crosses_above_strict(const Expression& a, const Expression& b);
/// a[1] > b[1] and a < b.
[[nodiscard]] Expression crosses_below_strict(const Expression& a, const Expression& b);
/// True where x has a value, false elsewhere; never undefined.
[[nodiscard]] Expression is_defined(const Expression& x);
/// x rose on each of the last n bars.
[[nodiscard]] Expression rising(const Expression& x, const Expression& n = 1);
/// x fell on each of the last n bars.
[[nodiscard]] Expression falling(const Expression& x, const Expression& n = 1);
[[nodiscard]] Expression abs(const Expression& x);
[[nodiscard]] Expression sqrt(const Expression& x);
[[nodiscard]] Expression log(const Expression& x);
[[nodiscard]] Expression exp(const Expression& x);
[[nodiscard]] Expression min(const Expression& a, const Expression& b);
[[nodiscard]] Expression max(const Expression& a, const Expression& b);

// Across the symbols of a panel; see panel_program.hpp for what they are computed by.

/// Place among the symbols by x, from 1 / n for the smallest to 1 for the largest; ties share their mean place.
[[nodiscard]] Expression rank(const Expression& x);
/// (x - mean) / standard deviation (ddof 0) over the symbols; 0 where all are equal.
[[nodiscard]] Expression zscore(const Expression& x);
/// x over the sum of |x| of all symbols; 0 where that is 0. A signal counts as 1 and 0.
[[nodiscard]] Expression normalize(const Expression& x);
/// True for the n symbols with the largest x; of equal ones the earlier symbols.
[[nodiscard]] Expression top(const Expression& x, const Expression& n);
/// True for the n symbols with the smallest x.
[[nodiscard]] Expression bottom(const Expression& x, const Expression& n);

// Indicators in the registry's order of arguments; inputs may be left out as in the language: atr(14).
[[nodiscard]] Expression sma(const Expression& x, const Expression& window);
[[nodiscard]] Expression ema(const Expression& x, const Expression& window);
[[nodiscard]] Expression wma(const Expression& x, const Expression& window);
[[nodiscard]] Expression rsi(const Expression& x, const Expression& window);
[[nodiscard]] Expression atr(const Expression& window);
[[nodiscard]] Expression highest(const Expression& x, const Expression& window);
[[nodiscard]] Expression lowest(const Expression& x, const Expression& window);

}  // namespace peak::expression
