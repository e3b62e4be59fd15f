// A stamp at a time: the parts of an expression in the order in which they need each other, each with its value for
// every symbol.
#include "peak/expression/panel_stepper.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "expression/cross_section.hpp"
#include "expression/panel_parts.hpp"
#include "peak/expression/functions.hpp"
#include "peak/expression/panel_program.hpp"
#include "peak/expression/stepper.hpp"

namespace peak::expression {
namespace {

enum class PanelPartKind : unsigned char { kOwnBars, kCompared, kPointwise };

struct PanelPart {
  PanelPartKind kind = PanelPartKind::kOwnBars;
  std::vector<std::size_t> operands;      // parts that are columns of the steppers, or what is compared
  std::string function;                   // of kCompared
  std::vector<double> scalars;            // likewise
  std::vector<Stepper> steppers;          // by symbol; of kPointwise one for all
  Program program;                        // of the steppers
  Bars like;                              // likewise: their columns
  std::vector<std::size_t> places;        // of the steppers' columns: among the columns of the feed, then the operands
  std::vector<double> values;             // by symbol: the part's value
  std::vector<double> inputs;             // of a stepper
  std::vector<std::vector<double>> kept;  // by symbol and operand: what they were on its bars
};

bool scales_to_volatility(const PanelPart& part) { return part.function == "scale_to_volatility"; }

}  // namespace

struct PanelStepper::Impl {
  PanelLayout layout;
  std::vector<std::string> columns;
  std::vector<PanelPart> parts;  // what a part needs comes before it
  std::vector<std::size_t> outputs;
  std::unordered_map<const Node*, std::size_t> own, at;  // the parts of expressions that were seen
  std::vector<Expression> seen;                          // keeps the nodes, so that no address is used again
  std::size_t close = 0;                                 // among the columns, where returns are needed
  bool needs_returns = false;
  std::vector<double> last_close;
  std::vector<std::vector<double>> returns;  // by symbol, of every stamp

  std::size_t place_of(const std::string& name) {
    const auto place = static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin());
    if (place == columns.size()) columns.push_back(name);
    return place;
  }

  /// A feed without bars, with the columns of `operands` parts.
  [[nodiscard]] Result<Bars> like(std::size_t operands) const {
    const auto empty = [](const std::string& name) { return Column::own(name, std::vector<double>{}); };
    std::vector<Column> more;
    for (const std::string& name : layout.further_columns) more.push_back(empty(name));
    for (std::size_t k = 0; k < operands; ++k) more.push_back(empty(part_name(k)));
    return Bars::from_columns(Column::own("time", std::vector<Nanoseconds>{}, ColumnType::kTime), empty("open"),
                              empty("high"), empty("low"), empty("close"), empty("volume"), std::move(more));
  }

  Result<std::size_t> add(PanelPart part) {
    part.values.assign(layout.symbols, kUndefinedValue);
    parts.push_back(std::move(part));
    return parts.size() - 1;
  }

  /// `count` steppers of an expression whose columns may be operands.
  Status give_steppers(const Expression& expression, std::size_t count, PanelPart& part) {
    const Expression outputs_of[] = {expression};
    PEAK_ASSIGN_OR_RETURN(part.program, Program::compile(outputs_of));
    PEAK_ASSIGN_OR_RETURN(part.like, like(part.operands.size()));
    for (std::size_t i = 0; i < count; ++i) {
      PEAK_ASSIGN_OR_RETURN(Stepper stepper, Stepper::create(part.program, part.like, {}));
      part.steppers.push_back(std::move(stepper));
    }
    for (const std::string& name : part.steppers.front().columns()) {
      std::size_t operand = 0;
      while (operand < part.operands.size() && part_name(operand) != name) ++operand;
      const bool is_operand = operand < part.operands.size();
      part.places.push_back(is_operand ? kFirstOperand + operand : place_of(name));
    }
    part.inputs.resize(part.places.size());
    return {};
  }

  Result<std::size_t> own_part(const Expression& expression) {
    if (const auto known = own.find(&expression.node()); known != own.end()) return known->second;
    seen.push_back(expression);
    Replacer replacer;
    const Expression rest =
        replacer.replaced(expression, [](const Expression& part) { return is_comparing_call(part.node()); });
    PanelPart part;
    for (const Expression& compared : replacer.parts) {
      PEAK_ASSIGN_OR_RETURN(const std::size_t operand, part_at(compared));
      part.operands.push_back(operand);
    }
    if (const auto read = symbols_of(rest); !read.empty()) {
      return unsupported("symbol(\"" + read.front() +
                         "\", ...) bar by bar: how long its bars are shows in all of them only; feed its values as a "
                         "further column");
    }
    PEAK_RETURN_IF_ERROR(give_steppers(rest, layout.symbols, part));
    if (layout.begins_anew) part.kept.resize(layout.symbols * part.operands.size());
    PEAK_ASSIGN_OR_RETURN(const std::size_t number, add(std::move(part)));
    return own[&expression.node()] = number;
  }

  Result<std::size_t> compared_part(const Expression& expression) {
    const Node& node = expression.node();
    PanelPart part;
    part.kind = PanelPartKind::kCompared;
    part.function = node.name;
    PEAK_ASSIGN_OR_RETURN(const std::size_t operand, part_at(node.arguments[0]));
    part.operands.push_back(operand);
    const LanguageFunction& function = *find_language_function(node.name);
    for (std::size_t i = 1; i < node.arguments.size(); ++i) {
      PEAK_ASSIGN_OR_RETURN(const double scalar, scalar_of(node.arguments[i]));
      PEAK_RETURN_IF_ERROR(check_scalar(node.name, function.arguments[i].limits, scalar));
      part.scalars.push_back(scalar);
    }
    if (scales_to_volatility(part)) {
      if (layout.periods_per_year == 0) {
        return invalid_argument(
            "scale_to_volatility needs periods_per_year: a feed does not tell how many stamps a year has");
      }
      needs_returns = true;
      close = place_of("close");
    }
    return add(std::move(part));
  }

  Result<std::size_t> pointwise_part(const Expression& expression) {
    Replacer replacer;
    const Expression flat = replacer.replaced(expression, is_part_of_pointwise);
    PanelPart part;
    part.kind = PanelPartKind::kPointwise;
    for (const Expression& inner : replacer.parts) {
      PEAK_ASSIGN_OR_RETURN(const std::size_t operand, part_at(inner));
      part.operands.push_back(operand);
    }
    PEAK_RETURN_IF_ERROR(give_steppers(flat, 1, part));
    return add(std::move(part));
  }

  /// As evaluate_at sees it.
  Result<std::size_t> part_at(const Expression& expression) {
    if (const auto known = at.find(&expression.node()); known != at.end()) return known->second;
    seen.push_back(expression);
    const Node& node = expression.node();
    PEAK_ASSIGN_OR_RETURN(const std::size_t number, is_comparing_call(node) ? compared_part(expression)
                                                    : compares_symbols(expression) && is_pointwise(node)
                                                        ? pointwise_part(expression)
                                                        : own_part(expression));
    return at[&node] = number;
  }

  void take_returns(std::span<const std::uint8_t> present, std::span<const double> values) {
    for (std::size_t s = 0; s < layout.symbols; ++s) {
      double change = 0;
      if (present[s] != 0) {
        const double now = values[s * columns.size() + close];
        change = return_between(last_close[s], now);
        last_close[s] = now;
      }
      returns[s].push_back(change);
    }
  }

  void step_own(PanelPart& part, std::size_t s, Nanoseconds time, std::span<const double> row,
                const double* operand_values) {
    for (std::size_t i = 0; i < part.places.size(); ++i) {
      const std::size_t place = part.places[i];
      part.inputs[i] = place >= kFirstOperand ? operand_values[place - kFirstOperand] : row[place];
    }
    part.steppers[s].push(time, part.inputs);
    part.values[s] = part.steppers[s].value(0);
  }

  void step_on_own_bars(PanelPart& part, Nanoseconds time, std::span<const std::uint8_t> present,
                        std::span<const double> values) {
    std::vector<double>& operands = scratch;
    operands.resize(part.operands.size());
    for (std::size_t s = 0; s < layout.symbols; ++s) {
      if (present[s] == 0) continue;
      for (std::size_t k = 0; k < operands.size(); ++k) {
        operands[k] = parts[part.operands[k]].values[s];
        if (layout.begins_anew) part.kept[s * operands.size() + k].push_back(operands[k]);
      }
      step_own(part, s, time, values.subspan(s * columns.size(), columns.size()), operands.data());
    }
  }

  void step_pointwise(PanelPart& part, Nanoseconds time) {
    for (std::size_t s = 0; s < layout.symbols; ++s) {
      for (std::size_t i = 0; i < part.places.size(); ++i) {
        part.inputs[i] = parts[part.operands[part.places[i] - kFirstOperand]].values[s];
      }
      part.steppers[0].push(time, part.inputs);
      part.values[s] = part.steppers[0].value(0);
    }
  }

  void step_compared(PanelPart& part) {
    part.values = parts[part.operands.front()].values;
    if (!scales_to_volatility(part)) return compare_symbols(part.function, part.values, layout.symbols, part.scalars);
    const auto window = static_cast<std::size_t>(part.scalars[1]);
    const std::size_t stamps = returns.empty() ? 0 : returns.front().size();
    if (stamps <= window) {  // the first stamp has no return
      std::fill(part.values.begin(), part.values.end(), kUndefinedValue);
      return;
    }
    std::vector<const double*> last;
    for (const std::vector<double>& of_symbol : returns) last.push_back(of_symbol.data() + stamps - window);
    scale_row_to_volatility(part.values, last, window, part.scalars[0], part.scalars[2], layout.periods_per_year);
  }

  static constexpr std::size_t kFirstOperand = std::size_t{1} << 32;
  std::vector<double> scratch;
};

PanelStepper::PanelStepper(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
PanelStepper::PanelStepper(PanelStepper&&) noexcept = default;
PanelStepper& PanelStepper::operator=(PanelStepper&&) noexcept = default;
PanelStepper::~PanelStepper() = default;

Result<PanelStepper> PanelStepper::create(std::span<const Expression> outputs, Evaluated evaluated,
                                          const PanelLayout& layout, const ParameterValues& parameters) {
  auto impl = std::make_unique<Impl>();
  impl->layout = layout;
  for (const Expression& output : outputs) {
    PEAK_RETURN_IF_ERROR(output.status());
    ParameterValues used;
    for (const auto& [name, value] : parameters_of(output)) {
      if (const auto given = parameters.find(name); given != parameters.end()) used.insert(*given);
    }
    PEAK_ASSIGN_OR_RETURN(const Expression made, with_bound_parameters(output, used));
    PEAK_ASSIGN_OR_RETURN(const std::size_t part,
                          evaluated == Evaluated::kAtStamps ? impl->part_at(made) : impl->own_part(made));
    impl->outputs.push_back(part);
  }
  if (impl->needs_returns) {
    impl->returns.resize(layout.symbols);
    impl->last_close.assign(layout.symbols, kUndefinedValue);
  }
  return PanelStepper(std::move(impl));
}

const std::vector<std::string>& PanelStepper::columns() const noexcept { return impl_->columns; }

void PanelStepper::push(Nanoseconds time, std::span<const std::uint8_t> present, std::span<const double> values) {
  if (impl_->needs_returns) impl_->take_returns(present, values);
  for (PanelPart& part : impl_->parts) {
    switch (part.kind) {
      case PanelPartKind::kOwnBars: impl_->step_on_own_bars(part, time, present, values); break;
      case PanelPartKind::kPointwise: impl_->step_pointwise(part, time); break;
      case PanelPartKind::kCompared: impl_->step_compared(part); break;
    }
  }
}

void PanelStepper::begin_anew(std::size_t symbol, std::span<const Nanoseconds> time,
                              std::span<const std::vector<double>* const> columns) {
  Impl& impl = *impl_;
  std::vector<double> row(columns.size()), operands;
  if (impl.needs_returns && !time.empty()) impl.last_close[symbol] = (*columns[impl.close])[time.size() - 1];
  for (PanelPart& part : impl.parts) {
    if (part.kind != PanelPartKind::kOwnBars) continue;
    Result<Stepper> fresh = Stepper::create(part.program, part.like, {});
    if (fresh.ok()) part.steppers[symbol] = std::move(fresh).value();  // as it was in create
    operands.resize(part.operands.size());
    for (std::size_t t = 0; t < time.size(); ++t) {
      for (std::size_t i = 0; i < row.size(); ++i) row[i] = (*columns[i])[t];
      for (std::size_t k = 0; k < operands.size(); ++k) operands[k] = part.kept[symbol * operands.size() + k][t];
      impl.step_own(part, symbol, time[t], row, operands.data());
    }
  }
}

double PanelStepper::value(std::size_t output, std::size_t symbol) const noexcept {
  return impl_->parts[impl_->outputs[output]].values[symbol];
}

}  // namespace peak::expression
