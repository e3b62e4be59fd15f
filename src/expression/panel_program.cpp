#include "peak/expression/panel_program.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "expression/construction.hpp"
#include "expression/cross_section.hpp"
#include "peak/base/suggest.hpp"
#include "peak/expression/functions.hpp"

namespace peak::expression {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

bool is_comparing_call(const Node& node) {
  if (node.operation != Operation::kCall) return false;
  const LanguageFunction* function = find_language_function(node.name);
  return function != nullptr && function->compares_symbols;
}

/// A value on a bar that hangs on the values of its operands on that bar only.
bool is_pointwise(const Node& node) {
  if (node.operation != Operation::kCall) return node.operation >= Operation::kNegate;
  constexpr std::string_view kFunctions[] = {"abs", "exp", "is_defined", "log", "max", "min", "sqrt"};
  return std::find(std::begin(kFunctions), std::end(kFunctions), node.name) != std::end(kFunctions);
}

/// No name that a file's column has.
std::string part_name(std::size_t number) { return "(part " + std::to_string(number) + ")"; }

/// A column in the place of an expression: of a signal the question whether it is not 0, undefined where it is NaN.
Expression stand_in(const Expression& expression, const std::string& name) {
  const Expression values = column(name);
  return expression.type() == ValueType::kSignal ? values != Expression(0) : values;
}

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

std::vector<double> numbers_of(const OutputView& view, std::size_t size) {
  if (view.type == ValueType::kNumber) return {view.numbers.begin(), view.numbers.end()};
  std::vector<double> numbers(size);
  for (std::size_t i = 0; i < size; ++i) numbers[i] = !view.defined[i] ? kUndefined : view.truth[i] ? 1 : 0;
  return numbers;
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

class Evaluation {
 public:
  Evaluation(const Panel& panel, double periods_per_year) : panel_(panel), periods_per_year_(periods_per_year) {
    all_.resize(panel.size());
    for (std::size_t t = 0; t < all_.size(); ++t) all_[t] = t;
  }

  /// Stamps times symbols.
  Result<std::vector<double>> at(const Expression& expression, std::span<const std::size_t> stamps) {
    const Node& node = expression.node();
    if (is_comparing_call(node)) return compared(expression, stamps);
    if (compares_symbols(expression) && is_pointwise(node)) return pointwise(expression, stamps);
    std::vector<double> values(stamps.size() * panel_.symbols(), kUndefined);
    PEAK_RETURN_IF_ERROR(on_own_bars(expression, {}, [&](std::size_t s, const OutputView& view) {
      for (std::size_t i = 0; i < stamps.size(); ++i) {
        const std::int64_t row = panel_.row(s, stamps[i]);
        if (row < 0) continue;
        const auto at = static_cast<std::size_t>(row);
        double& value = values[i * panel_.symbols() + s];
        if (view.type == ValueType::kNumber) {
          value = view.numbers[at];
        } else if (view.defined[at]) {
          value = view.truth[at] ? 1 : 0;
        }
      }
    }));
    return values;
  }

  /// Calls take(symbol, values) with the values on each symbol's own bars; of `only` these symbols, unless it is empty.
  template <typename Take>
  Status on_own_bars(const Expression& expression, std::span<const std::uint32_t> only, const Take& take) {
    Replacer replacer;
    const Expression own =
        replacer.replaced(expression, [](const Expression& part) { return is_comparing_call(part.node()); });
    std::vector<std::vector<double>> columns;
    for (const Expression& part : replacer.parts) {
      PEAK_ASSIGN_OR_RETURN(std::vector<double> values, at(part, all_));
      columns.push_back(std::move(values));
    }
    const Expression outputs[] = {own};
    PEAK_ASSIGN_OR_RETURN(const Program program, Program::compile(outputs));
    Workspace workspace;
    for (std::size_t i = 0; i < (only.empty() ? panel_.symbols() : only.size()); ++i) {
      const std::size_t s = only.empty() ? i : only[i];
      PEAK_ASSIGN_OR_RETURN(const Bars bars, own_bars(s, columns));
      const auto views = program.evaluate(bars, {}, workspace);
      if (!views.ok()) return views.error().within("symbol '" + panel_.symbol(s) + "'");
      take(s, views->front());
    }
    return {};
  }

 private:
  Result<Bars> own_bars(std::size_t s, const std::vector<std::vector<double>>& columns) const {
    if (columns.empty()) return panel_.series(s);
    std::vector<Column> more;
    for (std::size_t k = 0; k < columns.size(); ++k) {
      std::vector<double> values;
      values.reserve(panel_.series(s).size());
      for (std::size_t t = 0; t < panel_.size(); ++t) {
        if (panel_.has_bar(s, t)) values.push_back(columns[k][t * panel_.symbols() + s]);
      }
      more.push_back(Column::own(part_name(k), std::move(values)));
    }
    return with_columns(panel_.series(s), std::move(more));
  }

  Result<std::vector<double>> compared(const Expression& expression, std::span<const std::size_t> stamps) {
    const Node& node = expression.node();
    PEAK_ASSIGN_OR_RETURN(std::vector<double> values, at(node.arguments[0], stamps));
    std::vector<double> scalars;
    const LanguageFunction& function = *find_language_function(node.name);
    for (std::size_t i = 1; i < node.arguments.size(); ++i) {
      PEAK_ASSIGN_OR_RETURN(const double scalar, scalar_of(node.arguments[i]));
      PEAK_RETURN_IF_ERROR(check_scalar(node.name, function.arguments[i].limits, scalar));
      scalars.push_back(scalar);
    }
    if (node.name == "scale_to_volatility") {
      scale_to_volatility(panel_, stamps, values, scalars[0], static_cast<std::size_t>(scalars[1]), scalars[2],
                          periods_per_year_);
      return values;
    }
    compare_symbols(node.name, values, panel_.symbols(), scalars);
    return values;
  }

  // All stamps and symbols as the bars of one symbol: a part that looks at one bar only does not see the difference.
  Result<std::vector<double>> pointwise(const Expression& expression, std::span<const std::size_t> stamps) {
    Replacer replacer;
    const Expression flat = replacer.replaced(expression, [](const Expression& part) {
      return !part.node().scalar &&
             (is_comparing_call(part.node()) || !is_pointwise(part.node()) || !compares_symbols(part));
    });
    std::vector<Column> columns;
    for (std::size_t k = 0; k < replacer.parts.size(); ++k) {
      PEAK_ASSIGN_OR_RETURN(std::vector<double> values, at(replacer.parts[k], stamps));
      columns.push_back(Column::own(part_name(k), std::move(values)));
    }
    const std::size_t size = stamps.size() * panel_.symbols();
    const Column prices = columns.front();
    PEAK_ASSIGN_OR_RETURN(const Bars bars,
                          Bars::from_columns(Column::own("time", std::vector<Nanoseconds>(size, 0), ColumnType::kTime),
                                             prices, prices, prices, prices, Column(), std::move(columns)));
    const Expression outputs[] = {flat};
    PEAK_ASSIGN_OR_RETURN(const Program program, Program::compile(outputs));
    Workspace workspace;
    PEAK_ASSIGN_OR_RETURN(const auto views, program.evaluate(bars, {}, workspace));
    return numbers_of(views.front(), size);
  }

  Result<double> scalar_of(const Expression& expression) const {
    if (expression.node().operation == Operation::kNumber) return expression.node().number;
    const Expression outputs[] = {expression};
    PEAK_ASSIGN_OR_RETURN(const Program program, Program::compile(outputs));
    Workspace workspace;
    PEAK_ASSIGN_OR_RETURN(const auto views, program.evaluate(panel_.series(0).slice(0, 1), {}, workspace));
    return views.front().numbers[0];
  }

  const Panel& panel_;
  double periods_per_year_;
  std::vector<std::size_t> all_;
};

/// The expression with its parameters put in; unknown ones are refused.
Result<Expression> bound(const Expression& expression, const ParameterValues& values) {
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

}  // namespace

bool compares_symbols(const Expression& expression) {
  if (!expression.ok()) return false;
  std::unordered_map<const Node*, bool> known;
  const auto look = [&known](const auto& self, const Node& node) -> bool {
    if (const auto found = known.find(&node); found != known.end()) return found->second;
    bool compares = is_comparing_call(node);
    for (const Expression& argument : node.arguments) compares = compares || self(self, argument.node());
    known.emplace(&node, compares);
    return compares;
  };
  return look(look, expression.node());
}

Result<std::vector<double>> evaluate_at(const Panel& panel, const Expression& expression,
                                        std::span<const std::size_t> stamps, const ParameterValues& parameters,
                                        double periods_per_year) {
  PEAK_ASSIGN_OR_RETURN(const Expression made, bound(expression, parameters));
  return Evaluation(panel, periods_per_year).at(made, stamps);
}

Result<std::vector<std::vector<double>>> evaluate_columns(const Panel& panel, const Expression& expression,
                                                          const ParameterValues& parameters, double periods_per_year,
                                                          std::span<const std::uint32_t> only) {
  PEAK_ASSIGN_OR_RETURN(const Expression made, bound(expression, parameters));
  std::vector<std::vector<double>> all(panel.symbols());
  PEAK_RETURN_IF_ERROR(
      Evaluation(panel, periods_per_year).on_own_bars(made, only, [&](std::size_t s, const OutputView& view) {
        all[s] = numbers_of(view, panel.series(s).size());
      }));
  return all;
}

Result<std::vector<Bits>> evaluate_signal(const Panel& panel, const Expression& expression,
                                          const ParameterValues& parameters, double periods_per_year) {
  PEAK_ASSIGN_OR_RETURN(const Expression made, bound(expression, parameters));
  if (made.type() != ValueType::kSignal) return invalid_argument("a number is no signal; compare it with something");
  std::vector<Bits> all(panel.symbols());
  PEAK_RETURN_IF_ERROR(
      Evaluation(panel, periods_per_year).on_own_bars(made, {}, [&](std::size_t s, const OutputView& view) {
        Bits& bits = all[s];
        const std::size_t size = panel.series(s).size();
        bits = Bits(size);
        for (std::size_t word = 0; word < bit_words(size); ++word) bits.words()[word] = view.truth.word(word);
      }));
  return all;
}

}  // namespace peak::expression
