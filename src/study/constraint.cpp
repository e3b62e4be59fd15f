#include "study/constraint.hpp"

#include <cstddef>
#include <utility>

#include "peak/base/suggest.hpp"
#include "peak/expression/expression.hpp"
#include "peak/market/bars.hpp"

namespace peak::study {
namespace {

using expression::Expression;
using expression::Node;
using expression::Operation;

std::string column_name(std::size_t axis) { return "parameter " + std::to_string(axis); }

// A combination has no bar before it: only what looks at one value at a time means anything here.
Status check_pointwise(const Node& node) {
  if (node.operation == Operation::kCall) {
    static constexpr const char* kPointwise[] = {"abs", "sqrt", "log", "exp", "min", "max"};
    bool known = false;
    for (const char* name : kPointwise) known = known || node.name == name;
    if (!known) {
      return invalid_argument("where: " + node.name +
                              "() looks at bars, and a condition on parameters has none; abs, sqrt, log, exp, min and "
                              "max may be used");
    }
  }
  if (node.operation == Operation::kOutput) return invalid_argument("where: a parameter has no outputs");
  for (const Expression& argument : node.arguments) PEAK_RETURN_IF_ERROR(check_pointwise(argument.node()));
  return {};
}

}  // namespace

Result<Constraint> Constraint::make(const std::string& text, const std::vector<GridAxis>& axes) {
  Constraint constraint;
  if (text.empty()) return constraint;
  expression::Scope scope;
  scope.columns = {"\x01"};  // nothing may be used by a bare name but the parameters
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].is_text()) continue;  // conditions are on numbers
    scope.names.emplace_back(axes[i].name(), expression::column(column_name(i)));
  }
  const auto parsed = expression::parse(text, scope);
  if (!parsed.ok()) return parsed.error().within("where");
  if (parsed->type() != expression::ValueType::kSignal) {
    return invalid_argument("where: '" + text + "' is a number, not a condition; compare it, as in fast < slow");
  }
  PEAK_RETURN_IF_ERROR(check_pointwise(parsed->node()));
  PEAK_ASSIGN_OR_RETURN(constraint.program_, expression::Program::compile({&*parsed, 1}));
  constraint.is_empty_ = false;
  return constraint;
}

Result<BitView> Constraint::passing(std::span<const std::vector<double>> columns) {
  const std::size_t size = columns.front().size();
  const std::vector<Nanoseconds> time(size);
  const Column filler("close", columns.front(), nullptr);
  std::vector<Column> extra;
  for (std::size_t i = 0; i < columns.size(); ++i) extra.emplace_back(column_name(i), columns[i], nullptr);
  PEAK_ASSIGN_OR_RETURN(const Bars rows,
                        Bars::from_columns(Column("time", time, nullptr, ColumnType::kTime), filler.renamed("open"),
                                           filler.renamed("high"), filler.renamed("low"), filler,
                                           filler.renamed("volume"), std::move(extra)));
  PEAK_ASSIGN_OR_RETURN(const auto outputs, program_.evaluate(rows, {}, workspace_));
  return outputs.front().truth;
}

}  // namespace peak::study
