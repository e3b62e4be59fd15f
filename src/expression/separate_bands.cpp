#include "peak/expression/separate_bands.hpp"

#include <optional>
#include <unordered_map>

#include "expression/construction.hpp"

namespace peak::expression {
namespace {

constexpr double kWidest = 1e100;  // beyond that a band might not be finite

std::optional<Expression> separated(const Node& node) {
  if (node.operation != Operation::kOutput || node.arguments.size() != 1) return std::nullopt;
  const Node& bands = node.arguments[0].node();
  if (bands.operation != Operation::kCall || bands.name != "bollinger" || bands.arguments.size() != 3) {
    return std::nullopt;
  }
  const Node& of = bands.arguments[0].node();
  const Node& deviations = bands.arguments[2].node();
  const bool is_price = of.operation == Operation::kColumn && (of.name == "close" || of.name == "open");
  const bool is_width =
      deviations.operation == Operation::kNumber && deviations.number >= 0 && deviations.number < kWidest;
  if (!is_price || !is_width) return std::nullopt;
  const Expression middle = call("sma", {bands.arguments[0], bands.arguments[1]});
  if (node.name == "middle") return middle;
  const Expression width = bands.arguments[2] * call("stddev", {bands.arguments[0], bands.arguments[1]});
  if (node.name == "upper") return middle + width;
  return node.name == "lower" ? std::optional(middle - width) : std::nullopt;
}

class Separator {
 public:
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
    if (const auto made = separated(formula.node())) return *made;
    Node copy = formula.node();
    bool changed = false;
    for (Expression& argument : copy.arguments) {
      const Expression before = argument;
      argument = of(before);
      changed = changed || argument.pointer() != before.pointer();
    }
    return changed ? make_node(std::move(copy)) : formula;
  }

  std::unordered_map<const Node*, Expression> done_;
};

}  // namespace

Expression separate_bands(const Expression& formula) { return formula.ok() ? Separator().of(formula) : formula; }

}  // namespace peak::expression
