#include "peak/expression/separate_parts.hpp"

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "expression/construction.hpp"

namespace peak::expression {
namespace {

// A number, or a parameter with a value, that is the width of finite bands.
bool is_width(const Node& node, const ParameterValues& values) {
  double width = node.number;
  if (node.operation == Operation::kParameter) {
    const auto given = values.find(node.name);
    if (given == values.end()) return false;
    width = given->second;
  } else if (node.operation != Operation::kNumber) {
    return false;
  }
  return is_band_width(width);
}

// The call that `formula` is an output of, if it is one of `function`.
const Node* call_behind(const Expression& formula, const char* function) {
  const Node& node = formula.node();
  if (node.operation != Operation::kOutput || node.arguments.size() != 1) return nullptr;
  const Node& made = node.arguments[0].node();
  return made.operation == Operation::kCall && made.name == function ? &made : nullptr;
}

std::optional<Expression> separated_bands(const Expression& formula, const ParameterValues& values) {
  const Node* const bands = call_behind(formula, "bollinger");
  if (bands == nullptr || bands->arguments.size() != 3) return std::nullopt;
  const std::vector<Expression>& given = bands->arguments;
  const Node& of = given[0].node();
  const bool is_price = of.operation == Operation::kColumn && (of.name == "close" || of.name == "open");
  if (!is_price || !is_width(given[2].node(), values)) return std::nullopt;
  const Expression middle = call("sma", {given[0], given[1]});
  const std::string& band = formula.node().name;
  if (band == "middle") return middle;
  const Expression width = given[2] * call("stddev", {given[0], given[1]});
  if (band == "upper") return middle + width;
  return band == "lower" ? std::optional(middle - width) : std::nullopt;
}

bool relates_numbers(const Node& node) {
  switch (node.operation) {
    case Operation::kLess:
    case Operation::kLessEqual:
    case Operation::kGreater:
    case Operation::kGreaterEqual: return true;
    case Operation::kCall: return node.name.starts_with("crosses");
    default: return false;
  }
}

// The line and the signal of one call of macd beside each other: where the signal is undefined so is what comes of
// them.
std::optional<Expression> separated_lines(const Expression& formula) {
  const Node& node = formula.node();
  if (!relates_numbers(node) || node.arguments.size() != 2) return std::nullopt;
  const Node *const first = call_behind(node.arguments[0], "macd"), *const second =
                                                                        call_behind(node.arguments[1], "macd");
  if (first == nullptr || second == nullptr || first->arguments.size() != 4) return std::nullopt;
  const std::vector<Expression>& given = first->arguments;
  if (given[3].node().operation != Operation::kParameter) return std::nullopt;
  const std::string &a = node.arguments[0].node().name, &b = node.arguments[1].node().name;
  const bool is_pair = (a == "line" && b == "signal") || (a == "signal" && b == "line");
  const bool same = to_text(node.arguments[0].node().arguments[0]) == to_text(node.arguments[1].node().arguments[0]);
  if (!is_pair || !same) return std::nullopt;
  // A signal of one bar is the line itself, and defined where it is.
  const Expression line = call("macd", {given[0], given[1], given[2], 1}).output("line");
  const Expression signal = call("ema", {line, given[3]});
  if (!line.ok() || !signal.ok()) return std::nullopt;
  Node copy = node;
  copy.arguments = a == "line" ? std::vector{line, signal} : std::vector{signal, line};
  return make_node(std::move(copy));
}

class Separator {
 public:
  explicit Separator(const ParameterValues& values) : values_(values) {}

  Expression of(const Expression& formula) {
    const Node& node = formula.node();
    if (const auto known = done_.find(&node); known != done_.end()) return known->second;
    Expression made = rebuilt(formula);
    if (!made.ok()) made = formula;
    done_.emplace(&node, made);
    return made;
  }

 private:
  Expression rebuilt(const Expression& formula) {
    if (const auto made = separated_bands(formula, values_)) return *made;
    if (const auto made = separated_lines(formula)) return *made;
    Node copy = formula.node();
    bool changed = false;
    for (Expression& argument : copy.arguments) {
      const Expression before = argument;
      argument = of(before);
      changed = changed || argument.pointer() != before.pointer();
    }
    return changed ? make_node(std::move(copy)) : formula;
  }

  const ParameterValues& values_;
  std::unordered_map<const Node*, Expression> done_;
};

}  // namespace

Expression separate_parts(const Expression& formula, const ParameterValues& values) {
  return formula.ok() ? Separator(values).of(formula) : formula;
}

}  // namespace peak::expression
