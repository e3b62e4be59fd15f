// Expression: a strategy's formula as a graph of causal column operations.
//
// Strategy files (parse), C++ (the functions and operators below) and Python operators all build this one graph. It has
// a canonical text (to_text), so it can be named, hashed, compared and sent to another process; it is evaluated by
// Program (program.hpp). Nothing in it can look ahead: `x[n]` and shift() take n >= 0 only.
//
//     using namespace peak::expression;
//     Expression fast = sma(close(), parameter("fast", 10));
//     Expression entry = crosses_above(fast, sma(close(), parameter("slow", 50)));
//
// Types     every node is a number (a column of doubles, NaN = undefined), a signal (true, false or undefined per bar),
//           or a text constant (an argument of a few functions).
// Errors    an Expression built from wrong parts (a signal where a number must be, an unknown function, a wrong
//           argument count) carries its first error; error() tells it, and every use of it passes the error on.
// Threads   immutable values that share their nodes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "peak/base/status.hpp"

namespace peak::expression {

enum class ValueType : unsigned char { kNumber, kSignal, kText };
const char* value_type_name(ValueType type) noexcept;  ///< "number", "signal", "text"

enum class Operation : unsigned char {
  kNumber,     ///< a constant
  kText,       ///< a text constant
  kColumn,     ///< a column of the data, by lower-case name
  kParameter,  ///< a parameter: one number for the whole run
  kCall,       ///< a function of the registry (indicators::registry and the language's own: shift, where, ...)
  kOutput,     ///< one of several outputs of a call: macd(close, 12, 26, 9).histogram
  kNegate,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kRemainder,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kEqual,
  kNotEqual,
  kNot,
  kAnd,
  kOr,
  kWhere,  ///< a if cond else b: arguments cond, a, b
};

class Expression;

/// One node. Read it through Expression; it is immutable.
struct Node {
  Operation operation = Operation::kNumber;
  ValueType type = ValueType::kNumber;
  double number = 0;                  ///< kNumber: the constant; kParameter: its default
  std::string name;                   ///< column, parameter, function or output name; the text of kText
  std::vector<Expression> arguments;  ///< in the function's order, named arguments and defaults put in their places
  std::size_t source_offset = 0;      ///< where it stands in the text it was parsed from
  bool scalar = false;                ///< one number for the whole run: a constant, a parameter, arithmetic of those
  std::uint32_t depth = 1;            ///< nodes on the longest way down; at most kMaxDepth
  std::uint32_t text_size = 0;        ///< bound on the length of the canonical text; at most kMaxTextSize
};

/// Limits that keep every walk over a graph small, whoever built it. What goes beyond is refused when it is built.
inline constexpr std::uint32_t kMaxDepth = 200;
inline constexpr std::uint32_t kMaxTextSize = 64 * 1024;  ///< bytes

class Expression {
 public:
  Expression() = default;
  Expression(double number);                                           // NOLINT: numbers are expressions
  Expression(int number) : Expression(static_cast<double>(number)) {}  // NOLINT
  explicit Expression(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  static Expression failed(Error error);

  [[nodiscard]] bool ok() const noexcept { return node_ != nullptr && error_ == nullptr; }
  [[nodiscard]] Status status() const;
  [[nodiscard]] const Node& node() const noexcept { return *node_; }
  [[nodiscard]] const std::shared_ptr<const Node>& pointer() const noexcept { return node_; }
  [[nodiscard]] ValueType type() const noexcept { return node_->type; }

  /// n bars ago; n >= 0, whole.
  [[nodiscard]] Expression operator[](int bars_ago) const;
  /// One output of a function with several: macd(...).output("histogram").
  [[nodiscard]] Expression output(std::string_view name) const;

 private:
  std::shared_ptr<const Node> node_;
  std::shared_ptr<const Error> error_;
};

// Leaves.
[[nodiscard]] Expression column(std::string_view name);
[[nodiscard]] Expression parameter(std::string_view name, double default_value);
[[nodiscard]] Expression text(std::string_view value);
[[nodiscard]] Expression open();
[[nodiscard]] Expression high();
[[nodiscard]] Expression low();
[[nodiscard]] Expression close();
[[nodiscard]] Expression volume();

/// A call of any function by name, as the parser makes it: positional, then named arguments; checks names, counts
/// and types against the registry.
[[nodiscard]] Expression call(std::string_view function, std::vector<Expression> arguments,
                              std::vector<std::pair<std::string, Expression>> named = {});

// Operators. The comparison and logic operators build signals; they do not compare Expression objects.
[[nodiscard]] Expression operator-(const Expression& a);
[[nodiscard]] Expression operator+(const Expression& a, const Expression& b);
[[nodiscard]] Expression operator-(const Expression& a, const Expression& b);
[[nodiscard]] Expression operator*(const Expression& a, const Expression& b);
[[nodiscard]] Expression operator/(const Expression& a, const Expression& b);
[[nodiscard]] Expression operator%(const Expression& a, const Expression& b);
[[nodiscard]] Expression operator<(const Expression& a, const Expression& b);
[[nodiscard]] Expression operator<=(const Expression& a, const Expression& b);
[[nodiscard]] Expression operator>(const Expression& a, const Expression& b);
[[nodiscard]] Expression operator>=(const Expression& a, const Expression& b);
[[nodiscard]] Expression operator==(const Expression& a, const Expression& b);
[[nodiscard]] Expression operator!=(const Expression& a, const Expression& b);
[[nodiscard]] Expression operator!(const Expression& a);
[[nodiscard]] Expression operator&&(const Expression& a, const Expression& b);
[[nodiscard]] Expression operator||(const Expression& a, const Expression& b);
/// condition ? when_true : when_false, per bar; undefined where the condition is.
[[nodiscard]] Expression where(const Expression& condition, const Expression& when_true, const Expression& when_false);

/// Names that may be used in a text beside columns and functions: parameters and earlier signals.
struct Scope {
  std::vector<std::pair<std::string, Expression>> names;
  /// The columns that may be used by their bare name; none given: open, high, low, close, volume. Any other column of
  /// the data is written column("name").
  std::vector<std::string> columns;
};

/// Reads the expression language (grammar at the end of docs/rule_book.md, functions in docs/expressions.md). Errors
/// show the line with a caret under the place and name the nearest known function or name; with `error_offset` the
/// place is stored there too, in bytes. Texts over kMaxTextSize and nesting over kMaxDepth are refused.
[[nodiscard]] Result<Expression> parse(std::string_view text, const Scope& scope = {},
                                       std::size_t* error_offset = nullptr);

/// The canonical text: parse(to_text(e)) is the same graph, given a scope with its parameters; numbers are written so
/// that they read back exactly. Empty for an Expression that carries an error.
[[nodiscard]] std::string to_text(const Expression& expression);

/// As to_text, with each part that stands in `names` (the same node, not one that looks alike) written as its name.
[[nodiscard]] std::string to_text(const Expression& expression,
                                  std::span<const std::pair<std::string, Expression>> names);

/// Every parameter in the expression with its default, each once, in the order of first appearance.
[[nodiscard]] std::vector<std::pair<std::string, double>> parameters_of(const Expression& expression);

/// Every column name that the expression reads, of its own bars: not of those of other symbols.
[[nodiscard]] std::vector<std::string> columns_of(const Expression& expression);

/// Every other symbol that the expression reads, each once, in the order of first appearance.
[[nodiscard]] std::vector<std::string> symbols_of(const Expression& expression);

}  // namespace peak::expression
