// Evaluation: a Program's instructions on columns, one instruction for all bars at a time.
#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "expression/average_crossings.hpp"
#include "expression/construction.hpp"
#include "expression/instructions.hpp"
#include "expression/kernels.hpp"
#include "expression/number_text.hpp"
#include "expression/period_evaluation.hpp"
#include "expression/scalar.hpp"
#include "expression/signal_words.hpp"
#include "peak/base/buffer.hpp"
#include "peak/base/suggest.hpp"
#include "peak/market/other_symbols.hpp"
#include "peak/market/resample.hpp"

namespace peak::expression {
namespace {

constexpr std::size_t kBlock = 64;  // bars in a word of a signal; a scalar operand is spread over as many doubles

// Memory aligned for vectors, on huge pages where it is large, that keeps its size from run to run.
template <typename T>
class Array {
 public:
  // Room for `size` elements; old elements are lost when it grows. False: no memory.
  bool reserve(std::size_t size) {
    if (size <= size_) return true;
    data_.reset(static_cast<T*>(allocate_buffer(size * sizeof(T))));
    size_ = data_ == nullptr ? 0 : size;
    return data_ != nullptr;
  }
  [[nodiscard]] T* data() { return data_.get(); }

 private:
  struct Free {
    void operator()(T* memory) const noexcept { free_buffer(memory); }
  };
  std::unique_ptr<T[], Free> data_;
  std::size_t size_ = 0;
};

}  // namespace

struct Workspace::Impl {
  std::vector<Array<double>> numbers;         // by slot
  std::vector<Array<std::uint64_t>> signals;  // by slot: truth words, then defined words
  std::vector<std::span<const double>> columns;
  Array<double> scalars;  // by slot: kBlock equal values
  std::vector<double> parameters;
  // Of one call of an indicator, or of calls that are made together.
  std::vector<std::span<const double>> inputs;
  std::vector<double> scalar_arguments;
  std::vector<std::span<double>> results;
  std::vector<indicators::Call> calls;
  AverageCrossingsMemory average_crossings;
  PeriodMemory periods;
};

Workspace::Workspace() : impl_(std::make_unique<Impl>()) {}
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;

namespace {

std::optional<Arithmetic> arithmetic_of(Code code) {
  switch (code) {
    case Code::kAdd: return Arithmetic::kAdd;
    case Code::kSubtract: return Arithmetic::kSubtract;
    case Code::kMultiply: return Arithmetic::kMultiply;
    case Code::kDivide: return Arithmetic::kDivide;
    case Code::kMinimum: return Arithmetic::kMinimum;
    case Code::kMaximum: return Arithmetic::kMaximum;
    default: return std::nullopt;
  }
}

class Run {
 public:
  Run(const Instructions& program, const Bars& bars, Workspace::Impl* workspace)
      : program_(program), bars_(bars), workspace_(*workspace), size_(bars.size()), words_(bit_words(bars.size())) {}

  Status prepare(const ParameterValues& given) {
    PEAK_RETURN_IF_ERROR(take_parameters(given));
    PEAK_RETURN_IF_ERROR(take_columns());
    return reserve();
  }

  Status execute() {
    for (const Instruction& instruction : program_.list) PEAK_RETURN_IF_ERROR(execute(instruction));
    return {};
  }

  std::vector<OutputView> outputs() {
    std::vector<OutputView> views;
    views.reserve(program_.outputs.size());
    for (const ValueId output : program_.outputs) {
      OutputView view;
      if (program_.values[output].form == Form::kSignal) {
        const SignalOperand words = signal(output);
        view.type = ValueType::kSignal;
        view.truth = {words.truth, size_};
        view.defined = {words.defined, size_};
      } else {
        view.numbers = {numbers(output), size_};
      }
      views.push_back(view);
    }
    return views;
  }

 private:
  Status take_parameters(const ParameterValues& given) {
    workspace_.parameters.clear();
    for (const auto& [name, default_value] : program_.parameters) {
      const auto value = given.find(name);
      workspace_.parameters.push_back(value == given.end() ? default_value : value->second);
    }
    for (const auto& [name, value] : given) {
      const auto& known = program_.parameters;
      if (std::none_of(known.begin(), known.end(), [&n = name](const auto& p) { return p.first == n; })) {
        std::vector<std::string> names;
        for (const auto& parameter : known) names.push_back(parameter.first);
        return invalid_argument("unknown parameter '" + name + "'" + suggestion(name, names));
      }
      if (!std::isfinite(value)) return invalid_argument("parameter '" + name + "' must be a finite number");
    }
    return {};
  }

  Status take_columns() {
    workspace_.columns.clear();
    for (const std::string& name : program_.columns) {
      const Column* column = bars_.find(name);
      const bool is_there = column != nullptr && column->size() == size_;
      if (!is_there || column->type() != ColumnType::kFloat64) return unknown_column(name, is_there && size_ != 0);
      workspace_.columns.push_back(column->float64s());
    }
    return {};
  }

  [[nodiscard]] Error unknown_column(const std::string& name, bool is_there) const {
    if (is_there) return invalid_argument("column '" + name + "' does not hold numbers");
    std::vector<std::string> known;
    for (std::string& column : bars_.column_names()) {
      if (column != "time") known.push_back(std::move(column));
    }
    return invalid_argument("the data have no column '" + name + "'" + suggestion(name, known));
  }

  [[nodiscard]] Error no_memory() const {
    return internal_error("no memory for the columns of " + std::to_string(size_) + " bars");
  }

  Status reserve() {
    Workspace::Impl& w = workspace_;
    if (w.numbers.size() < program_.number_slots) w.numbers.resize(program_.number_slots);
    if (w.signals.size() < program_.signal_slots) w.signals.resize(program_.signal_slots);
    bool good = w.scalars.reserve(kBlock * program_.scalar_slots);
    for (std::size_t i = 0; i < program_.number_slots; ++i) good = good && w.numbers[i].reserve(size_);
    for (std::size_t i = 0; i < program_.signal_slots; ++i) good = good && w.signals[i].reserve(2 * words_);
    if (!good) return no_memory();
    return {};
  }

  [[nodiscard]] double scalar(ValueId id) { return workspace_.scalars.data()[kBlock * program_.values[id].slot]; }
  [[nodiscard]] bool is_scalar(ValueId id) const { return program_.values[id].form == Form::kScalar; }
  [[nodiscard]] const double* numbers(ValueId id) {
    const Value value = program_.values[id];
    return value.form == Form::kColumn ? workspace_.columns[value.slot].data() : workspace_.numbers[value.slot].data();
  }
  [[nodiscard]] Operand operand(ValueId id) {
    if (is_scalar(id)) return {workspace_.scalars.data() + kBlock * program_.values[id].slot, 0};
    return {numbers(id), 1};
  }
  [[nodiscard]] SignalOperand signal(ValueId id) {
    const std::uint64_t* words = workspace_.signals[program_.values[id].slot].data();
    return {words, words + words_};
  }
  [[nodiscard]] double* target(const Instruction& instruction) {
    return workspace_.numbers[program_.values[instruction.results.front()].slot].data();
  }
  [[nodiscard]] SignalTarget signal_target(const Instruction& instruction, std::size_t result = 0) {
    std::uint64_t* words = workspace_.signals[program_.values[instruction.results[result]].slot].data();
    return {words, words + words_};
  }

  Status execute(const Instruction& instruction) {
    if (instruction.left_to_crossing) return {};
    if (instruction.averages != kNoInstruction) return cross_averages(instruction);
    if (instruction.code >= Code::kLess) return execute_signal(instruction);
    const ValueId result = instruction.results.front();
    if (instruction.code == Code::kColumn) return {};
    if (is_scalar(result)) {
      double* to = workspace_.scalars.data() + kBlock * program_.values[result].slot;
      std::fill(to, to + kBlock, scalar_value(instruction));
      return {};
    }
    return execute_numbers(instruction);
  }

  double scalar_value(const Instruction& instruction) {
    if (instruction.code == Code::kConstant) return instruction.number;
    if (instruction.code == Code::kParameter) return workspace_.parameters[instruction.name];
    const double a = scalar(instruction.operands.front());
    return scalar_result(instruction.code, a, instruction.operands.size() > 1 ? scalar(instruction.operands[1]) : a);
  }

  Status execute_numbers(const Instruction& instruction) {
    const auto& operands = instruction.operands;
    double* out = target(instruction);
    if (const auto operation = arithmetic_of(instruction.code)) {
      apply_arithmetic(*operation, operand(operands[0]), operand(operands[1]), out, size_);
      return {};
    }
    switch (instruction.code) {
      case Code::kSpread: std::fill(out, out + size_, scalar(operands[0])); return {};
      case Code::kNegate: apply_unary(Unary::kNegate, numbers(operands[0]), out, size_); return {};
      case Code::kAbs: apply_unary(Unary::kAbs, numbers(operands[0]), out, size_); return {};
      case Code::kSqrt: apply_unary(Unary::kSqrt, numbers(operands[0]), out, size_); return {};
      case Code::kWhereNumber:
        select_numbers(signal(operands[0]), operand(operands[1]), operand(operands[2]), out, size_);
        return {};
      case Code::kShiftNumber: return shift_numbers(instruction, out);
      case Code::kIndicator: return call_indicator(instruction);
      case Code::kHigherNumber: return look_higher(instruction, out, {});
      case Code::kOtherNumber: return look_at_other(instruction, out, {});
      default: break;
    }
    // exp, log and remainder: one bar at a time by the C library.
    const Operand a = operand(operands.front());
    const Operand b = operands.size() > 1 ? operand(operands[1]) : a;
    for (std::size_t i = 0; i < size_; ++i) {
      out[i] = scalar_result(instruction.code, a.data[i * a.step], b.data[i * b.step]);
    }
    return {};
  }

  Status execute_signal(const Instruction& instruction) {
    const auto& operands = instruction.operands;
    const SignalTarget out = signal_target(instruction);
    const auto comparison = [&](Comparison kind) {
      compare(kind, operand(operands[0]), operand(operands[1]), out, size_);
    };
    const auto crossing = [&](Crossing kind) {
      find_crossings(kind, operand(operands[0]), operand(operands[1]), out, size_);
    };
    switch (instruction.code) {
      case Code::kLess: comparison(Comparison::kLess); break;
      case Code::kLessEqual: comparison(Comparison::kLessEqual); break;
      case Code::kEqual: comparison(Comparison::kEqual); break;
      case Code::kNotEqual: comparison(Comparison::kNotEqual); break;
      case Code::kCrossesAbove: crossing(Crossing::kAbove); break;
      case Code::kCrossesBelow: crossing(Crossing::kBelow); break;
      case Code::kCrosses: crossing(Crossing::kEither); break;
      case Code::kCrossesBothWays:
        find_crossings_both_ways(operand(operands[0]), operand(operands[1]), out, signal_target(instruction, 1), size_);
        break;
      case Code::kCrossesAboveStrict: crossing(Crossing::kAboveStrict); break;
      case Code::kCrossesBelowStrict: crossing(Crossing::kBelowStrict); break;
      case Code::kDefinedNumber: find_defined(operand(operands[0]), out, size_); break;
      case Code::kDefinedSignal: defined_words(signal(operands[0]), out, size_); break;
      case Code::kNot: not_words(signal(operands[0]), out, words_); break;
      case Code::kAnd: and_words(signal(operands[0]), signal(operands[1]), out, words_); break;
      case Code::kOr: or_words(signal(operands[0]), signal(operands[1]), out, words_); break;
      case Code::kWhereSignal:
        select_words(signal(operands[0]), signal(operands[1]), signal(operands[2]), out, words_);
        break;
      case Code::kShiftSignal:
        PEAK_RETURN_IF_ERROR(check_bars(instruction));
        shift_words(signal(operands[0]), bars_of(instruction), out, size_);
        break;
      case Code::kLastBars:
        PEAK_RETURN_IF_ERROR(check_bars(instruction));
        last_bars_words(signal(operands[0]), bars_of(instruction), out, words_);
        break;
      case Code::kHigherSignal: return look_higher(instruction, nullptr, out);
      case Code::kOtherSignal: return look_at_other(instruction, nullptr, out);
      default: return internal_error("an instruction of an expression is not known");
    }
    return {};
  }

  Status cross_averages(const Instruction& crossing) {
    const Instruction& maker = program_.list[crossing.averages];
    int windows[2] = {};
    for (std::size_t i = 0; i < 2; ++i) {
      const double value = scalar(maker.operands[1 + i]);
      PEAK_RETURN_IF_ERROR(
          with_text(check_scalar(maker.indicator->name, maker.indicator->parameters[0], value), maker, i));
      windows[maker.results[i] == crossing.operands[0] ? 0 : 1] = static_cast<int>(value);
    }
    find_average_crossings({numbers(maker.operands[0]), size_}, windows[0], windows[1], signal_target(crossing),
                           signal_target(crossing, 1), workspace_.average_crossings);
    return {};
  }

  // The last operand of shift, rising and falling: a number of bars.
  Status check_bars(const Instruction& instruction) {
    if (*instruction.function == '\0') return {};  // rising's own step of one bar
    const auto& limits = find_language_function(instruction.function)->arguments.back().limits;
    return with_text(check_scalar(instruction.function, limits, scalar(instruction.operands.back())), instruction, 0);
  }
  std::size_t bars_of(const Instruction& instruction) {
    return static_cast<std::size_t>(scalar(instruction.operands.back()));
  }

  // Adds how a scalar argument was written, when it was not written as the number itself.
  Status with_text(Status status, const Instruction& instruction, std::size_t place) {
    if (status.ok() || place >= instruction.texts.size()) return status;
    Error error = std::move(status).error();
    error.message += "; it is given as '" + instruction.texts[place] + "'";
    std::string values;
    for (std::size_t i = 0; i < program_.parameters.size(); ++i) {
      const std::string& name = program_.parameters[i].first;
      if (instruction.texts[place].find(name) == std::string::npos) continue;
      values += (values.empty() ? " with " : ", ") + name + " = " + format_number(workspace_.parameters[i]);
    }
    error.message += values;
    return error;
  }

  Status shift_numbers(const Instruction& instruction, double* out) {
    PEAK_RETURN_IF_ERROR(check_bars(instruction));
    const std::size_t bars = std::min(bars_of(instruction), size_);
    const Operand from = operand(instruction.operands[0]);
    std::fill(out, out + bars, std::numeric_limits<double>::quiet_NaN());
    if (from.step == 1) {
      std::copy(from.data, from.data + (size_ - bars), out + bars);
    } else {
      std::fill(out + bars, out + size_, *from.data);
    }
    return {};
  }

  // Numbers into `out`, or a signal into `words`.
  Status look_higher(const Instruction& instruction, double* out, const SignalTarget& words) {
    PEAK_ASSIGN_OR_RETURN(const HigherBars* higher, higher_bars_of(instruction.timeframe));
    Workspace workspace;
    auto values = instruction.inner->evaluate(higher->bars, parameters_for(*instruction.inner), workspace);
    if (!values.ok()) return std::move(values).error().within("at(\"" + instruction.timeframe.text() + "\", ...)");
    spread(values->front(), higher->complete, out, words);
    return {};
  }

  // The same of a program on another symbol's bars.
  Status look_at_other(const Instruction& instruction, double* out, const SignalTarget& words) {
    PEAK_ASSIGN_OR_RETURN(const OtherRows* other, other_rows_of(instruction.symbol));
    Workspace workspace;
    auto values = instruction.inner->evaluate(other->bars, parameters_for(*instruction.inner), workspace);
    if (!values.ok()) return std::move(values).error().within("symbol(\"" + instruction.symbol + "\", ...)");
    spread(values->front(), other->complete, out, words);
    return {};
  }

  // Values of other bars on this symbol's: on each that of the row told; undefined where it is -1.
  void spread(const OutputView& value, const std::vector<std::int64_t>& rows, double* out, const SignalTarget& words) {
    if (out != nullptr) {
      for (std::size_t i = 0; i < size_; ++i) {
        out[i] =
            rows[i] < 0 ? std::numeric_limits<double>::quiet_NaN() : value.numbers[static_cast<std::size_t>(rows[i])];
      }
      return;
    }
    std::fill(words.truth, words.truth + words_, 0);
    std::fill(words.defined, words.defined + words_, 0);
    for (std::size_t i = 0; i < size_; ++i) {
      if (rows[i] < 0) continue;
      const auto at = static_cast<std::size_t>(rows[i]);
      const std::uint64_t bit = std::uint64_t{1} << (i % 64);
      if (value.truth[at]) words.truth[i / 64] |= bit;
      if (value.defined[at]) words.defined[i / 64] |= bit;
    }
  }

  [[nodiscard]] ParameterValues parameters_for(const Program& inner) const {
    ParameterValues known;
    for (const auto& [name, default_value] : inner.parameters())
      known.emplace(name, parameter_value(name, default_value));
    return known;
  }

  [[nodiscard]] double parameter_value(const std::string& name, double default_value) const {
    for (std::size_t i = 0; i < program_.parameters.size(); ++i) {
      if (program_.parameters[i].first == name) return workspace_.parameters[i];
    }
    return default_value;
  }

  // Made once for each timeframe of a run.
  Result<const HigherBars*> higher_bars_of(const Timeframe& timeframe) {
    for (const auto& [known, bars] : higher_) {
      if (known == timeframe) return &bars;
    }
    PEAK_ASSIGN_OR_RETURN(HigherBars made, higher_bars(bars_, timeframe));
    higher_.emplace_back(timeframe, std::move(made));
    return &higher_.back().second;
  }

  /// Another symbol's bars, and which of them is seen on each bar of this one.
  struct OtherRows {
    std::string symbol;
    Bars bars;
    std::vector<std::int64_t> complete;
  };

  // Told once for each symbol of a run.
  Result<const OtherRows*> other_rows_of(const std::string& symbol) {
    for (const OtherRows& known : others_) {
      if (known.symbol == symbol) return &known;
    }
    const OtherSymbols* others = bars_.others();
    if (others == nullptr) {
      return invalid_argument("symbol(\"" + symbol +
                              "\", ...) reads another symbol, but the data hold one only; give '" + symbol +
                              "' beside them (others in Python, --with " + symbol + "=FILE in the command)");
    }
    const std::size_t k = others->find(symbol);
    if (k == others->size()) {
      return invalid_argument("symbol(\"" + symbol + "\", ...): the data have no symbol '" + symbol + "'" +
                              suggestion(symbol, others->names()));
    }
    OtherRows made{symbol, others->series(k),
                   complete_bars(bars_.time(), bars_.bar_length(), others->series(k).time(), others->bar_length(k))};
    made.bars.set_others(bars_.shared_others(), others->bar_length(k));  // for a symbol inside a symbol
    others_.push_back(std::move(made));
    return &others_.back();
  }

  Status call_indicator(const Instruction& instruction) {
    const indicators::IndicatorInfo& indicator = *instruction.indicator;
    Workspace::Impl& w = workspace_;
    w.inputs.clear();
    w.scalar_arguments.clear();
    w.results.clear();
    w.calls.clear();
    const std::size_t inputs = indicator.inputs.size(), scalars = indicator.parameters.size();
    for (std::size_t i = 0; i < inputs; ++i) w.inputs.emplace_back(numbers(instruction.operands[i]), size_);
    for (std::size_t i = 0; i < instruction.calls * scalars; ++i) {
      const double value = scalar(instruction.operands[inputs + i]);
      PEAK_RETURN_IF_ERROR(
          with_text(check_scalar(indicator.name, indicator.parameters[i % scalars], value), instruction, i));
      w.scalar_arguments.push_back(value);
    }
    for (const ValueId result : instruction.results) {
      w.results.emplace_back(w.numbers[program_.values[result].slot].data(), size_);
    }
    if (size_ == 0) return {};
    const std::size_t outputs = indicator.outputs.size();
    for (std::size_t i = 0; i < instruction.calls; ++i) {
      w.calls.push_back({w.inputs, std::span(w.scalar_arguments).subspan(i * scalars, scalars),
                         std::span(w.results).subspan(i * outputs, outputs)});
    }
    if (instruction.calls == 1) {
      indicator.compute(w.calls.front());
    } else {
      indicator.compute_several(w.calls);
    }
    return {};
  }

  const Instructions& program_;
  const Bars& bars_;
  Workspace::Impl& workspace_;
  std::size_t size_;
  std::size_t words_;
  std::deque<std::pair<Timeframe, HigherBars>> higher_;
  std::deque<OtherRows> others_;
};

}  // namespace

Result<std::vector<OutputView>> Program::evaluate(const Bars& bars, const ParameterValues& parameters,
                                                  Workspace& workspace) const {
  if (impl_ == nullptr) return std::vector<OutputView>{};
  if (!bars.splits().empty()) {
    return evaluate_in_periods(*this, bars, parameters, workspace, workspace.impl().periods);
  }
  Run run(*impl_, bars, &workspace.impl());
  PEAK_RETURN_IF_ERROR(run.prepare(parameters));
  PEAK_RETURN_IF_ERROR(run.execute());
  return run.outputs();
}

}  // namespace peak::expression
