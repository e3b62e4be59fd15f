#include "expression/panel_parts.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "peak/base/suggest.hpp"
#include "peak/expression/functions.hpp"
#include "peak/expression/panel_program.hpp"

namespace peak::expression {

bool is_comparing_call(const Node& node) {
  if (node.operation != Operation::kCall) return false;
  const LanguageFunction* function = find_language_function(node.name);
  return function != nullptr && function->compares_symbols;
}

bool is_pointwise(const Node& node) {
  if (node.operation != Operation::kCall) return node.operation >= Operation::kNegate;
  constexpr std::string_view kFunctions[] = {"abs", "exp", "is_defined", "log", "max", "min", "sqrt"};
  return std::find(std::begin(kFunctions), std::end(kFunctions), node.name) != std::end(kFunctions);
}

bool is_part_of_pointwise(const Expression& part) {
  return !part.node().scalar &&
         (is_comparing_call(part.node()) || !is_pointwise(part.node()) || !compares_symbols(part));
}

std::string part_name(std::size_t number) { return "(part " + std::to_string(number) + ")"; }

Expression stand_in(const Expression& expression, const std::string& name) {
  const Expression values = column(name);
  return expression.type() == ValueType::kSignal ? values != Expression(0) : values;
}

Result<Bars> with_columns(const Bars& bars, std::vector<Column> more) {
  for (const std::string& name : bars.column_names()) {
    const bool is_price = name == "time" || name == "open" || name == "high" || name == "low" || name == "close";
    if (!is_price && name != "volume") more.push_back(*bars.find(name));
  }
  const Column* volume = bars.find("volume");
  PEAK_ASSIGN_OR_RETURN(
      Bars made, Bars::from_columns(bars.time_column(), *bars.find("open"), *bars.find("high"), *bars.find("low"),
                                    *bars.find("close"), volume != nullptr ? *volume : Column(), std::move(more)));
  made.set_splits({bars.splits().begin(), bars.splits().end()});
  return made;
}

Result<double> scalar_of(const Expression& expression) {
  if (expression.node().operation == Operation::kNumber) return expression.node().number;
  const auto one = [](const char* name) { return Column::own(name, std::vector<double>{1.0}); };
  PEAK_ASSIGN_OR_RETURN(const Bars bar,
                        Bars::from_columns(Column::own("time", std::vector<Nanoseconds>{0}, ColumnType::kTime),
                                           one("open"), one("high"), one("low"), one("close"), Column()));
  const Expression outputs[] = {expression};
  PEAK_ASSIGN_OR_RETURN(const Program program, Program::compile(outputs));
  Workspace workspace;
  PEAK_ASSIGN_OR_RETURN(const auto views, program.evaluate(bar, {}, workspace));
  return views.front().numbers[0];
}

Result<Expression> with_bound_parameters(const Expression& expression, const ParameterValues& values) {
  PEAK_RETURN_IF_ERROR(expression.status());
  std::vector<std::string> known;
  for (const auto& [name, value] : parameters_of(expression)) known.push_back(name);
  for (const auto& [name, value] : values) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return invalid_argument("unknown parameter '" + name + "'" + suggestion(name, known));
    }
    if (!std::isfinite(value)) return invalid_argument("parameter '" + name + "' must be a finite number");
  }
  const Expression made = with_parameters(expression, values);
  PEAK_RETURN_IF_ERROR(made.status());
  return made;
}

}  // namespace peak::expression
