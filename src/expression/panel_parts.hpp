// Panel parts: an expression over many symbols taken apart into what is computed on each symbol's own bars and what
// compares symbols. The evaluation of whole panels and the one of a stamp at a time take it apart in the same way, so
// that they give the same bits.
//
// Threads: pure functions; a Replacer belongs to one thread.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "expression/construction.hpp"
#include "peak/base/status.hpp"
#include "peak/expression/expression.hpp"
#include "peak/expression/program.hpp"
#include "peak/market/bars.hpp"

namespace peak::expression {

inline constexpr double kUndefinedValue = std::numeric_limits<double>::quiet_NaN();

[[nodiscard]] bool is_comparing_call(const Node& node);
/// A value on a bar that hangs on the values of its operands on that bar only.
[[nodiscard]] bool is_pointwise(const Node& node);
/// What stands in a pointwise expression that compares symbols for a column.
[[nodiscard]] bool is_part_of_pointwise(const Expression& part);
/// No name that a file's column has.
[[nodiscard]] std::string part_name(std::size_t number);
/// A column in the place of an expression: of a signal the question whether it is not 0, undefined where it is NaN.
[[nodiscard]] Expression stand_in(const Expression& expression, const std::string& name);
/// The bars with these columns instead of their further ones of the same names.
[[nodiscard]] Result<Bars> with_columns(const Bars& bars, std::vector<Column> more);
/// An expression that is one number for the whole run.
[[nodiscard]] Result<double> scalar_of(const Expression& expression);
/// The expression with its parameters put in; unknown ones are refused.
[[nodiscard]] Result<Expression> with_bound_parameters(const Expression& expression, const ParameterValues& values);

// Replaces parts by columns that hold their values.
class Replacer {
 public:
  template <typename IsPart>
  Expression replaced(const Expression& expression, const IsPart& is_part) {
    const Node& node = expression.node();
    if (const auto known = done_.find(&node); known != done_.end()) return known->second;
    Expression made = expression;
    if (is_part(expression)) {
      made = stand_in(expression, part_name(parts.size()));
      parts.push_back(expression);
    } else {
      Node copy = node;
      bool changed = false;
      for (Expression& argument : copy.arguments) {
        const Expression before = argument;
        argument = replaced(before, is_part);
        changed = changed || argument.pointer() != before.pointer();
      }
      if (changed) made = make_node(std::move(copy));
    }
    done_.emplace(&node, made);
    return made;
  }
  std::vector<Expression> parts;  ///< by the number in the name of their column

 private:
  std::unordered_map<const Node*, Expression> done_;
};

}  // namespace peak::expression
