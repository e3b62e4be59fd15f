#include "peak/expression/expression.hpp"

#include <cmath>
#include <utility>

#include "expression/construction.hpp"

namespace peak::expression {
namespace {

Expression leaf(Operation operation, std::string name, double number = 0) {
  Node node;
  node.operation = operation;
  node.type = operation == Operation::kText ? ValueType::kText : ValueType::kNumber;
  node.name = std::move(name);
  node.number = number;
  return make_node(std::move(node));
}

bool is_printable(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  }
  return true;
}

}  // namespace

const char* value_type_name(ValueType type) noexcept {
  switch (type) {
    case ValueType::kNumber: return "number";
    case ValueType::kSignal: return "signal";
    case ValueType::kText: return "text";
  }
  return "";
}

Expression::Expression(double number) {
  *this = std::isfinite(number) ? leaf(Operation::kNumber, {}, number)
                                : failed(invalid_argument("a constant in an expression must be finite"));
}

Expression Expression::failed(Error error) {
  Expression expression;
  expression.error_ = std::make_shared<const Error>(std::move(error));
  return expression;
}

Status Expression::status() const {
  if (error_ != nullptr) return *error_;
  if (node_ == nullptr) return invalid_argument("an empty expression was used");
  return {};
}

Expression Expression::operator[](int bars_ago) const {
  return build_call("shift", {*this, Expression(bars_ago)}, {}, nullptr);
}

Expression Expression::output(std::string_view name) const { return build_output(*this, name); }

Expression column(std::string_view name) {
  if (name.empty() || !is_printable(name)) {
    return Expression::failed(invalid_argument("a column needs a name without control characters"));
  }
  std::string lower(name);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return leaf(Operation::kColumn, std::move(lower));
}

Expression parameter(std::string_view name, double default_value) {
  if (!is_plain_name(name)) {
    return Expression::failed(
        invalid_argument("'" + std::string(name) + "' cannot name a parameter: use letters, digits and _"));
  }
  if (!std::isfinite(default_value)) {
    return Expression::failed(
        invalid_argument("parameter '" + std::string(name) + "' needs a default that is a finite number"));
  }
  return leaf(Operation::kParameter, std::string(name), default_value);
}

Expression text(std::string_view value) {
  if (!is_printable(value)) {
    return Expression::failed(invalid_argument("a text in an expression must not hold control characters"));
  }
  return leaf(Operation::kText, std::string(value));
}

Expression open() { return column("open"); }
Expression high() { return column("high"); }
Expression low() { return column("low"); }
Expression close() { return column("close"); }
Expression volume() { return column("volume"); }

Expression call(std::string_view function, std::vector<Expression> arguments,
                std::vector<std::pair<std::string, Expression>> named) {
  return build_call(function, arguments, named, nullptr);
}

Expression operator-(const Expression& a) { return build_unary(Operation::kNegate, a); }
Expression operator!(const Expression& a) { return build_unary(Operation::kNot, a); }
Expression operator+(const Expression& a, const Expression& b) { return build_binary(Operation::kAdd, a, b, nullptr); }
Expression operator-(const Expression& a, const Expression& b) {
  return build_binary(Operation::kSubtract, a, b, nullptr);
}
Expression operator*(const Expression& a, const Expression& b) {
  return build_binary(Operation::kMultiply, a, b, nullptr);
}
Expression operator/(const Expression& a, const Expression& b) {
  return build_binary(Operation::kDivide, a, b, nullptr);
}
Expression operator%(const Expression& a, const Expression& b) {
  return build_binary(Operation::kRemainder, a, b, nullptr);
}
Expression operator<(const Expression& a, const Expression& b) { return build_binary(Operation::kLess, a, b, nullptr); }
Expression operator<=(const Expression& a, const Expression& b) {
  return build_binary(Operation::kLessEqual, a, b, nullptr);
}
Expression operator>(const Expression& a, const Expression& b) {
  return build_binary(Operation::kGreater, a, b, nullptr);
}
Expression operator>=(const Expression& a, const Expression& b) {
  return build_binary(Operation::kGreaterEqual, a, b, nullptr);
}
Expression operator==(const Expression& a, const Expression& b) {
  return build_binary(Operation::kEqual, a, b, nullptr);
}
Expression operator!=(const Expression& a, const Expression& b) {
  return build_binary(Operation::kNotEqual, a, b, nullptr);
}
Expression operator&&(const Expression& a, const Expression& b) { return build_binary(Operation::kAnd, a, b, nullptr); }
Expression operator||(const Expression& a, const Expression& b) { return build_binary(Operation::kOr, a, b, nullptr); }

Expression where(const Expression& condition, const Expression& when_true, const Expression& when_false) {
  return build_where(condition, when_true, when_false, nullptr);
}

}  // namespace peak::expression
