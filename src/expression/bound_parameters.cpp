#include <unordered_map>

#include "expression/construction.hpp"
#include "peak/expression/program.hpp"
#include "peak/expression/separate_parts.hpp"

namespace peak::expression {
namespace {

// Keeps what parts share shared: each node is rebuilt once, and one without parameters is not rebuilt at all.
template <class Values>
class Binder {
 public:
  explicit Binder(const Values& values) : values_(values) {}

  Expression bound(const Expression& expression) {
    const Node& node = expression.node();
    if (const auto known = done_.find(&node); known != done_.end()) return known->second;
    Expression made = rebuilt(expression);
    done_.emplace(&node, made);
    return made;
  }

 private:
  Expression rebuilt(const Expression& expression) {
    const Node& node = expression.node();
    if (node.operation == Operation::kParameter) {
      const auto value = values_.find(node.name);
      return value == values_.end() ? expression : Expression(value->second);
    }
    Node copy = node;
    bool changed = false;
    for (Expression& argument : copy.arguments) {
      const Expression before = argument;
      argument = bound(before);
      if (!argument.ok()) return argument;
      changed = changed || argument.pointer() != before.pointer();
    }
    return changed ? make_node(std::move(copy)) : expression;
  }

  const Values& values_;
  std::unordered_map<const Node*, Expression> done_;
};

}  // namespace

Expression with_parameters(const Expression& expression, const ParameterValues& values) {
  if (!expression.ok()) return expression;
  return Binder(values).bound(expression);
}

Expression with_parts(const Expression& expression, const std::map<std::string, Expression, std::less<>>& parts) {
  if (!expression.ok()) return expression;
  return Binder(parts).bound(expression);
}

}  // namespace peak::expression
