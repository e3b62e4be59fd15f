#include "peak/expression/panel_program.hpp"

#include <string>
#include <unordered_map>
#include <utility>

#include "expression/cross_section.hpp"
#include "expression/panel_parts.hpp"
#include "peak/expression/functions.hpp"
#include "peak/market/other_symbols.hpp"

namespace peak::expression {
namespace {

std::vector<double> numbers_of(const OutputView& view, std::size_t size) {
  if (view.type == ValueType::kNumber) return {view.numbers.begin(), view.numbers.end()};
  std::vector<double> numbers(size);
  for (std::size_t i = 0; i < size; ++i) numbers[i] = !view.defined[i] ? kUndefinedValue : view.truth[i] ? 1 : 0;
  return numbers;
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
    std::vector<double> values(stamps.size() * panel_.symbols(), kUndefinedValue);
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
    const std::vector<std::string> names = symbols_of(own);
    const std::vector<Nanoseconds> lengths = names.empty() ? std::vector<Nanoseconds>() : bar_lengths();
    PEAK_ASSIGN_OR_RETURN(const auto others, others_for(names, columns, lengths));
    Workspace workspace;
    for (std::size_t i = 0; i < (only.empty() ? panel_.symbols() : only.size()); ++i) {
      const std::size_t s = only.empty() ? i : only[i];
      PEAK_ASSIGN_OR_RETURN(Bars bars, own_bars(s, columns));
      if (others != nullptr) bars.set_others(others, lengths[s]);
      const auto views = program.evaluate(bars, {}, workspace);
      if (!views.ok()) return views.error().within("symbol '" + panel_.symbol(s) + "'");
      take(s, views->front());
    }
    return {};
  }

 private:
  /// The symbols that formulas read by name: those of the panel, with the columns of parts, and those beside it.
  Result<std::shared_ptr<const OtherSymbols>> others_for(const std::vector<std::string>& names,
                                                         const std::vector<std::vector<double>>& columns,
                                                         const std::vector<Nanoseconds>& own_lengths) const {
    std::shared_ptr<const OtherSymbols> none;
    if (names.empty()) return none;
    std::vector<Bars> read;
    std::vector<Nanoseconds> lengths;
    for (std::size_t s = 0; s < panel_.symbols(); ++s) {
      PEAK_ASSIGN_OR_RETURN(Bars bars, own_bars(s, columns));
      bars.set_symbol(panel_.symbol(s));
      read.push_back(std::move(bars));
      lengths.push_back(own_lengths[s]);
    }
    const OtherSymbols* const beside = panel_.others();
    for (std::size_t k = 0; beside != nullptr && k < beside->size(); ++k) {
      read.push_back(beside->series(k));
      lengths.push_back(beside->bar_length(k));
    }
    return OtherSymbols::create(std::move(read), lengths);
  }

  /// By symbol; one for all symbols, unless they were allowed to differ.
  [[nodiscard]] std::vector<Nanoseconds> bar_lengths() const {
    std::vector<Nanoseconds> lengths(panel_.symbols());
    if (panel_.mixed()) {
      for (std::size_t s = 0; s < lengths.size(); ++s) lengths[s] = bar_length_of(panel_.series(s).time());
      return lengths;
    }
    std::size_t longest = 0;
    for (std::size_t s = 1; s < lengths.size(); ++s) {
      if (panel_.series(s).size() > panel_.series(longest).size()) longest = s;
    }
    std::fill(lengths.begin(), lengths.end(), bar_length_of(panel_.series(longest).time()));
    return lengths;
  }

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
    const Expression flat = replacer.replaced(expression, is_part_of_pointwise);
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

  const Panel& panel_;
  double periods_per_year_;
  std::vector<std::size_t> all_;
};

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
  PEAK_ASSIGN_OR_RETURN(const Expression made, with_bound_parameters(expression, parameters));
  return Evaluation(panel, periods_per_year).at(made, stamps);
}

Result<std::vector<std::vector<double>>> evaluate_columns(const Panel& panel, const Expression& expression,
                                                          const ParameterValues& parameters, double periods_per_year,
                                                          std::span<const std::uint32_t> only) {
  PEAK_ASSIGN_OR_RETURN(const Expression made, with_bound_parameters(expression, parameters));
  std::vector<std::vector<double>> all(panel.symbols());
  PEAK_RETURN_IF_ERROR(
      Evaluation(panel, periods_per_year).on_own_bars(made, only, [&](std::size_t s, const OutputView& view) {
        all[s] = numbers_of(view, panel.series(s).size());
      }));
  return all;
}

Result<std::vector<Bits>> evaluate_signal(const Panel& panel, const Expression& expression,
                                          const ParameterValues& parameters, double periods_per_year) {
  PEAK_ASSIGN_OR_RETURN(const Expression made, with_bound_parameters(expression, parameters));
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
