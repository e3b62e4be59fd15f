// The canonical text of a graph, and walks that collect names.
#include <cmath>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "expression/construction.hpp"
#include "expression/number_text.hpp"
#include "peak/expression/expression.hpp"

namespace peak::expression {
namespace {

// How tightly an operation holds its operands; an operand of lower rank stands in brackets.
enum Rank { kOrRank, kAndRank, kNotRank, kComparisonRank, kSumRank, kProductRank, kUnaryRank, kCallRank };

Rank rank_of(const Node& node) {
  switch (node.operation) {
    case Operation::kOr: return kOrRank;
    case Operation::kAnd: return kAndRank;
    case Operation::kNot: return kNotRank;
    case Operation::kAdd:
    case Operation::kSubtract: return kSumRank;
    case Operation::kMultiply:
    case Operation::kDivide:
    case Operation::kRemainder: return kProductRank;
    case Operation::kNegate: return kUnaryRank;
    case Operation::kNumber: return std::signbit(node.number) ? kUnaryRank : kCallRank;
    default: return is_comparison(node.operation) ? kComparisonRank : kCallRank;
  }
}

class Writer {
 public:
  explicit Writer(std::span<const std::pair<std::string, Expression>> names) {
    for (const auto& [name, expression] : names) {
      if (expression.ok()) names_.emplace(expression.pointer().get(), &name);
    }
  }

  void write(const Expression& expression, Rank lowest) {
    const Node& node = expression.node();
    if (const auto found = names_.find(&node); found != names_.end()) {
      text_ += *found->second;
      return;
    }
    const Rank rank = rank_of(node);
    if (rank < lowest) text_ += '(';
    write_node(node, rank);
    if (rank < lowest) text_ += ')';
  }

  std::string take() { return std::move(text_); }

 private:
  void write_node(const Node& node, Rank rank) {
    switch (node.operation) {
      case Operation::kNumber: text_ += format_number(node.number); return;
      case Operation::kText: write_quoted(node.name); return;
      case Operation::kColumn: write_column(node.name); return;
      case Operation::kParameter: text_ += node.name; return;
      case Operation::kCall: write_call(node); return;
      case Operation::kWhere: write_arguments("where", node); return;
      case Operation::kOutput:
        write(node.arguments[0], kCallRank);
        text_ += '.' + node.name;
        return;
      case Operation::kNegate:
        text_ += '-';
        write(node.arguments[0], kUnaryRank);
        return;
      case Operation::kNot:
        text_ += "not ";
        write(node.arguments[0], kNotRank);
        return;
      default: write_binary(node, rank); return;
    }
  }

  void write_binary(const Node& node, Rank rank) {
    // Operators group from the left; comparisons do not group at all.
    const Rank tighter = static_cast<Rank>(rank + 1);
    write(node.arguments[0], rank == kComparisonRank ? tighter : rank);
    text_ += std::string(" ") + operator_text(node.operation) + ' ';
    write(node.arguments[1], tighter);
  }

  void write_call(const Node& node) {
    if (node.name != "shift") return write_arguments(node.name, node);
    write(node.arguments[0], kCallRank);
    text_ += '[';
    write(node.arguments[1], kOrRank);
    text_ += ']';
  }

  void write_arguments(const std::string& function, const Node& node) {
    text_ += function + '(';
    for (std::size_t i = 0; i < node.arguments.size(); ++i) {
      if (i != 0) text_ += ", ";
      write(node.arguments[i], kOrRank);
    }
    text_ += ')';
  }

  void write_column(const std::string& name) {
    if (name == "open" || name == "high" || name == "low" || name == "close" || name == "volume") {
      text_ += name;
      return;
    }
    text_ += "column(";
    write_quoted(name);
    text_ += ')';
  }

  void write_quoted(const std::string& value) {
    text_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') text_ += '\\';
      text_ += c;
    }
    text_ += '"';
  }

  std::unordered_map<const Node*, const std::string*> names_;
  std::string text_;
};

// Calls `visit` once for each node, arguments in order, a node after those before it in the text. Where it gives false
// the node's arguments are left out.
void walk(const Expression& expression, std::unordered_set<const Node*>& seen,
          const std::function<bool(const Node&)>& visit) {
  if (!expression.ok() || !seen.insert(&expression.node()).second) return;
  if (!visit(expression.node())) return;
  for (const Expression& argument : expression.node().arguments) walk(argument, seen, visit);
}

bool reads_other_symbol(const Node& node) { return node.operation == Operation::kCall && node.name == "symbol"; }

}  // namespace

std::string to_text(const Expression& expression) { return to_text(expression, {}); }

std::string to_text(const Expression& expression, std::span<const std::pair<std::string, Expression>> names) {
  if (!expression.ok()) return {};
  Writer writer(names);
  writer.write(expression, kOrRank);
  return writer.take();
}

std::vector<std::pair<std::string, double>> parameters_of(const Expression& expression) {
  std::vector<std::pair<std::string, double>> parameters;
  std::unordered_set<std::string> names;
  std::unordered_set<const Node*> seen;
  walk(expression, seen, [&](const Node& node) {
    if (node.operation == Operation::kParameter && names.insert(node.name).second) {
      parameters.emplace_back(node.name, node.number);
    }
    return true;
  });
  return parameters;
}

std::vector<std::string> columns_of(const Expression& expression) {
  std::vector<std::string> columns;
  std::unordered_set<std::string> names;
  std::unordered_set<const Node*> seen;
  walk(expression, seen, [&](const Node& node) {
    if (node.operation == Operation::kColumn && names.insert(node.name).second) columns.push_back(node.name);
    return !reads_other_symbol(node);
  });
  return columns;
}

std::vector<std::string> symbols_of(const Expression& expression) {
  std::vector<std::string> symbols;
  std::unordered_set<std::string> names;
  std::unordered_set<const Node*> seen;
  walk(expression, seen, [&](const Node& node) {
    if (!reads_other_symbol(node)) return true;
    const std::string& name = node.arguments[0].node().name;
    if (names.insert(name).second) symbols.push_back(name);
    return true;
  });
  return symbols;
}

}  // namespace peak::expression
