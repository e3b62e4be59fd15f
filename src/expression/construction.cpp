#include "expression/construction.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "expression/number_text.hpp"
#include "peak/base/suggest.hpp"

namespace peak::expression {
namespace {

// Bytes that the node itself adds to the canonical text at most, brackets included.
std::size_t own_text_size(const Node& node) {
  constexpr std::size_t kNumberSize = 28;
  constexpr std::size_t kOperatorSize = 9;  // a name of up to three letters, two blanks, two pairs of brackets
  switch (node.operation) {
    case Operation::kNumber: return kNumberSize;
    case Operation::kText: return 2 * node.name.size() + 2;
    case Operation::kColumn: return 2 * node.name.size() + 12;
    case Operation::kParameter: return node.name.size();
    case Operation::kCall:
    case Operation::kWhere:
    case Operation::kOutput: return node.name.size() + 8 + 2 * node.arguments.size();
    default: return kOperatorSize;
  }
}

bool is_scalar_function(std::string_view name) {
  return name == "abs" || name == "exp" || name == "log" || name == "max" || name == "min" || name == "sqrt";
}

bool makes_scalar(const Node& node) {
  if (node.operation == Operation::kNumber || node.operation == Operation::kParameter) return true;
  const bool by_itself = node.operation == Operation::kNegate || is_arithmetic(node.operation) ||
                         (node.operation == Operation::kCall && is_scalar_function(node.name));
  return by_itself && std::all_of(node.arguments.begin(), node.arguments.end(),
                                  [](const Expression& argument) { return argument.node().scalar; });
}

Expression refused(std::string message) { return Expression::failed(parse_error(std::move(message))); }

std::string found(const Expression& e) {
  if (e.type() == ValueType::kText) return "the text \"" + e.node().name + "\"";
  if (e.type() == ValueType::kSignal) return "a signal (true or false for each bar)";
  return "a number";
}

}  // namespace

Expression make_node(Node node) {
  std::size_t text_size = own_text_size(node);
  for (const Expression& argument : node.arguments) {
    if (!argument.ok()) return Expression::failed(argument.status().error());
    text_size += argument.node().text_size;
    node.depth = std::max(node.depth, argument.node().depth + 1);
  }
  if (node.depth > kMaxDepth) {
    return refused("the expression is nested more than " + std::to_string(kMaxDepth) +
                   " deep; give parts of it names of their own");
  }
  if (text_size > kMaxTextSize) {
    return refused("the expression is too large: written out it would take more than " +
                   std::to_string(kMaxTextSize / 1024) + " KiB");
  }
  node.text_size = static_cast<std::uint32_t>(text_size);
  node.scalar = makes_scalar(node);
  return Expression(std::make_shared<const Node>(std::move(node)));
}

const char* operator_text(Operation operation) noexcept {
  switch (operation) {
    case Operation::kNegate: return "-";
    case Operation::kAdd: return "+";
    case Operation::kSubtract: return "-";
    case Operation::kMultiply: return "*";
    case Operation::kDivide: return "/";
    case Operation::kRemainder: return "%";
    case Operation::kLess: return "<";
    case Operation::kLessEqual: return "<=";
    case Operation::kGreater: return ">";
    case Operation::kGreaterEqual: return ">=";
    case Operation::kEqual: return "==";
    case Operation::kNotEqual: return "!=";
    case Operation::kNot: return "not";
    case Operation::kAnd: return "and";
    case Operation::kOr: return "or";
    default: return "";
  }
}

bool is_arithmetic(Operation operation) noexcept {
  return operation >= Operation::kAdd && operation <= Operation::kRemainder;
}

bool is_comparison(Operation operation) noexcept {
  return operation >= Operation::kLess && operation <= Operation::kNotEqual;
}

bool is_plain_name(std::string_view name) noexcept {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (name.empty() || !is_letter(name.front())) return false;
  for (const char c : name) {
    if (!is_letter(c) && (c < '0' || c > '9')) return false;
  }
  return name != "and" && name != "or" && name != "not" && name != "if" && name != "else";
}

Expression build_unary(Operation operation, const Expression& a) {
  if (!a.ok()) return Expression::failed(a.status().error());
  const ValueType wanted = operation == Operation::kNot ? ValueType::kSignal : ValueType::kNumber;
  if (a.type() != wanted) {
    return refused("'" + std::string(operator_text(operation)) + "' needs a " + value_type_name(wanted) +
                   ", but here stands " + found(a));
  }
  // One form for negative constants, so that -3 from C++ and from text are the same graph.
  if (operation == Operation::kNegate && a.node().operation == Operation::kNumber) return Expression(-a.node().number);
  Node node;
  node.operation = operation;
  node.type = wanted;
  node.arguments = {a};
  return make_node(std::move(node));
}

Expression build_binary(Operation operation, const Expression& a, const Expression& b, std::size_t* culprit) {
  const bool is_logic = operation == Operation::kAnd || operation == Operation::kOr;
  const ValueType wanted = is_logic ? ValueType::kSignal : ValueType::kNumber;
  const Expression* sides[] = {&a, &b};
  for (std::size_t i = 0; i < 2; ++i) {
    if (culprit != nullptr) *culprit = i;
    if (!sides[i]->ok()) return Expression::failed(sides[i]->status().error());
    if (sides[i]->type() == wanted) continue;
    std::string message = "'" + std::string(operator_text(operation)) + "' needs a " + value_type_name(wanted) +
                          " on its " + (i == 0 ? "left" : "right") + ", but there stands " + found(*sides[i]);
    if (is_logic) message += "; compare it with something, such as x > 0";
    if (!is_logic && sides[i]->type() == ValueType::kSignal) message += "; write (1 if signal else 0) to count it";
    return refused(std::move(message));
  }
  if (culprit != nullptr) *culprit = kWholeCall;
  Node node;
  node.operation = operation;
  node.type = is_arithmetic(operation) ? ValueType::kNumber : ValueType::kSignal;
  node.arguments = {a, b};
  return make_node(std::move(node));
}

Expression build_where(const Expression& condition, const Expression& when_true, const Expression& when_false,
                       std::size_t* culprit) {
  const Expression* parts[] = {&condition, &when_true, &when_false};
  for (std::size_t i = 0; i < 3; ++i) {
    if (culprit != nullptr) *culprit = i;
    if (!parts[i]->ok()) return Expression::failed(parts[i]->status().error());
    const ValueType type = parts[i]->type();
    if (i == 0 && type != ValueType::kSignal) {
      return refused("the condition must be a signal, but here stands " + found(condition));
    }
    if (type == ValueType::kText) return refused("a choice is between numbers or signals, not " + found(*parts[i]));
    if (i == 2 && type != when_true.type()) {
      return refused("both choices must be of one type, but the first is " + found(when_true) + " and the second " +
                     found(when_false));
    }
  }
  if (culprit != nullptr) *culprit = kWholeCall;
  Node node;
  node.operation = Operation::kWhere;
  node.type = when_true.type();
  node.arguments = {condition, when_true, when_false};
  return make_node(std::move(node));
}

Expression build_output(const Expression& call, std::string_view name) {
  if (!call.ok()) return Expression::failed(call.status().error());
  const Node& node = call.node();
  const auto* indicator = node.operation == Operation::kCall ? indicators::find(node.name) : nullptr;
  if (indicator == nullptr) {
    return refused("only a call with several outputs has outputs by name, such as macd(close).histogram");
  }
  if (indicator->outputs.size() < 2) {
    return refused(node.name + " has one output; leave out ." + std::string(name));
  }
  const std::vector<std::string> known(indicator->outputs.begin(), indicator->outputs.end());
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    return refused(node.name + " has no output '" + std::string(name) + "'" + suggestion(name, known));
  }
  Node output;
  output.operation = Operation::kOutput;
  output.name = std::string(name);
  output.arguments = {call};
  return make_node(std::move(output));
}

Status check_scalar(std::string_view function, const indicators::ParameterInfo& limits, double value) {
  const bool is_whole = !limits.whole || (value == std::floor(value) && value <= kLargestWhole);
  if (std::isfinite(value) && is_whole && value >= limits.low && value <= limits.high) return {};
  const double high = limits.high;
  std::string range = limits.whole ? "a whole number" : "a number";
  if (std::isfinite(limits.low) && std::isfinite(high)) {
    range += " from " + format_number(limits.low) + " to " + format_number(high);
  } else if (std::isfinite(limits.low)) {
    range += " of at least " + format_number(limits.low);
  } else if (std::isfinite(high)) {
    range += " of at most " + format_number(high);
  }
  return invalid_argument(std::string(function) + ": " + limits.name + " is " + format_number(value) +
                          ", but must be " + range);
}

}  // namespace peak::expression
