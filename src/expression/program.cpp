#include "peak/expression/program.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "expression/construction.hpp"
#include "expression/instructions.hpp"

namespace peak::expression {
namespace {

// What makes two instructions compute the same: code, name or indicator, the bits of the constant, operands.
using InstructionKey = std::tuple<Code, std::string, std::uint64_t, std::vector<ValueId>>;

std::uint64_t bits_of(double number) {
  std::uint64_t bits = 0;
  static_assert(sizeof bits == sizeof number);
  std::memcpy(&bits, &number, sizeof bits);
  return bits;
}

Code code_of(Operation operation) {
  switch (operation) {
    case Operation::kNegate: return Code::kNegate;
    case Operation::kAdd: return Code::kAdd;
    case Operation::kSubtract: return Code::kSubtract;
    case Operation::kMultiply: return Code::kMultiply;
    case Operation::kDivide: return Code::kDivide;
    case Operation::kRemainder: return Code::kRemainder;
    case Operation::kLess:
    case Operation::kGreater: return Code::kLess;
    case Operation::kLessEqual:
    case Operation::kGreaterEqual: return Code::kLessEqual;
    case Operation::kEqual: return Code::kEqual;
    case Operation::kNotEqual: return Code::kNotEqual;
    case Operation::kNot: return Code::kNot;
    case Operation::kAnd: return Code::kAnd;
    default: return Code::kOr;
  }
}

// The functions of the language that are one instruction.
Code code_of(std::string_view function) {
  constexpr std::pair<std::string_view, Code> kCodes[] = {
      {"abs", Code::kAbs},
      {"crosses", Code::kCrosses},
      {"crosses_above", Code::kCrossesAbove},
      {"crosses_above_strict", Code::kCrossesAboveStrict},
      {"crosses_below", Code::kCrossesBelow},
      {"crosses_below_strict", Code::kCrossesBelowStrict},
      {"exp", Code::kExp},
      {"log", Code::kLog},
      {"max", Code::kMaximum},
      {"min", Code::kMinimum},
      {"sqrt", Code::kSqrt},
  };
  for (const auto& [name, code] : kCodes) {
    if (name == function) return code;
  }
  return Code::kIndicator;
}

bool makes_signal(Code code) { return code >= Code::kLess; }

class Compiler {
 public:
  explicit Compiler(Instructions* program) : program_(*program) {}

  Status add_output(const Expression& expression) {
    PEAK_RETURN_IF_ERROR(expression.status());
    if (expression.type() == ValueType::kText) return invalid_argument("a text has no value on a bar");
    ValueId value = value_of(expression);
    PEAK_RETURN_IF_ERROR(std::move(status_));
    if (program_.values[value].form == Form::kScalar) value = emit(Code::kSpread, {value});
    program_.outputs.push_back(value);
    return {};
  }

  // Joins instructions that are cheaper together: an indicator with several windows on one column, crossings both ways.
  void join_instructions() {
    // Scalars depend on scalars only; in front they are there for the first call of a joined one.
    std::stable_partition(program_.list.begin(), program_.list.end(), [this](const Instruction& instruction) {
      return program_.values[instruction.results.front()].form == Form::kScalar;
    });
    std::vector<Instruction> kept;
    for (Instruction& instruction : program_.list) {
      const bool joined = std::any_of(kept.begin(), kept.end(),
                                      [&](Instruction& earlier) { return join_calls(earlier, instruction); }) ||
                          std::any_of(kept.begin(), kept.end(),
                                      [&](Instruction& earlier) { return join_crossings(earlier, instruction); });
      if (!joined) kept.push_back(std::move(instruction));
    }
    program_.list = std::move(kept);
    for (Instruction& instruction : program_.list) {
      if (instruction.code == Code::kCrossesBothWays) relate_averages(instruction);
    }
  }

  // Gives slots to values; a slot is free again after the last instruction that reads its value.
  void assign_slots() {
    std::vector<std::size_t> last_use(program_.values.size(), 0);
    for (std::size_t i = 0; i < program_.list.size(); ++i) {
      for (const ValueId operand : program_.list[i].operands) last_use[operand] = i;
    }
    for (const ValueId output : program_.outputs) last_use[output] = program_.list.size();
    std::vector<std::uint32_t> free_numbers, free_signals;
    for (std::size_t i = 0; i < program_.list.size(); ++i) {
      const Instruction& instruction = program_.list[i];
      for (const ValueId result : instruction.results) {
        Value& value = program_.values[result];
        if (value.form == Form::kNumbers) value.slot = take_slot(&free_numbers, &program_.number_slots);
        if (value.form == Form::kSignal) value.slot = take_slot(&free_signals, &program_.signal_slots);
      }
      release(instruction.operands, i, last_use, &free_numbers, &free_signals);
      release(instruction.results, i, last_use, &free_numbers, &free_signals);
    }
  }

 private:
  static bool join_calls(Instruction& earlier, Instruction& later) {
    if (earlier.code != Code::kIndicator || later.code != Code::kIndicator || earlier.indicator != later.indicator ||
        earlier.indicator->compute_several == nullptr) {
      return false;
    }
    const auto inputs = static_cast<std::ptrdiff_t>(later.indicator->inputs.size());
    const auto scalars = later.operands.begin() + inputs;
    if (!std::equal(later.operands.begin(), scalars, earlier.operands.begin())) return false;
    earlier.operands.insert(earlier.operands.end(), scalars, later.operands.end());
    earlier.results.insert(earlier.results.end(), later.results.begin(), later.results.end());
    std::move(later.texts.begin(), later.texts.end(), std::back_inserter(earlier.texts));
    ++earlier.calls;
    return true;
  }

  static bool join_crossings(Instruction& earlier, const Instruction& later) {
    const bool both_ways = (earlier.code == Code::kCrossesAbove && later.code == Code::kCrossesBelow) ||
                           (earlier.code == Code::kCrossesBelow && later.code == Code::kCrossesAbove);
    if (!both_ways || earlier.operands != later.operands) return false;
    const bool above_first = earlier.code == Code::kCrossesAbove;
    earlier.results.insert(above_first ? earlier.results.end() : earlier.results.begin(), later.results.front());
    earlier.code = Code::kCrossesBothWays;
    return true;
  }

  // Finds out whether `crossing` is of two simple averages of one column that nothing else reads.
  void relate_averages(Instruction& crossing) {
    for (std::size_t i = 0; i < program_.list.size(); ++i) {
      Instruction& maker = program_.list[i];
      if (maker.code != Code::kIndicator || maker.calls != 2 || std::strcmp(maker.indicator->name, "sma") != 0)
        continue;
      if (!std::is_permutation(maker.results.begin(), maker.results.end(), crossing.operands.begin(),
                               crossing.operands.end())) {
        continue;
      }
      const auto reads = [&](const std::vector<ValueId>& values) {
        return std::any_of(values.begin(), values.end(),
                           [&](ValueId value) { return value == maker.results[0] || value == maker.results[1]; });
      };
      const bool read_elsewhere =
          reads(program_.outputs) ||
          std::any_of(program_.list.begin(), program_.list.end(),
                      [&](const Instruction& other) { return &other != &crossing && reads(other.operands); });
      if (read_elsewhere) continue;
      maker.left_to_crossing = true;
      crossing.averages = i;
    }
  }

  static std::uint32_t take_slot(std::vector<std::uint32_t>* free_slots, std::size_t* count) {
    if (free_slots->empty()) return static_cast<std::uint32_t>((*count)++);
    const std::uint32_t slot = free_slots->back();
    free_slots->pop_back();
    return slot;
  }

  void release(const std::vector<ValueId>& values, std::size_t at, std::vector<std::size_t>& last_use,
               std::vector<std::uint32_t>* free_numbers, std::vector<std::uint32_t>* free_signals) {
    for (const ValueId id : values) {
      if (last_use[id] > at) continue;
      last_use[id] = program_.list.size();  // released once, though it may stand twice among the operands
      const Value& value = program_.values[id];
      if (value.form == Form::kNumbers) free_numbers->push_back(value.slot);
      if (value.form == Form::kSignal) free_signals->push_back(value.slot);
    }
  }

  ValueId value_of(const Expression& expression) {
    const Node& node = expression.node();
    if (const auto known = by_node_.find(&node); known != by_node_.end()) return known->second;
    const ValueId value = lower(node);
    by_node_.emplace(&node, value);
    return value;
  }

  std::vector<ValueId> values_of(const Node& node) {
    std::vector<ValueId> values;
    for (const Expression& argument : node.arguments) values.push_back(value_of(argument));
    return values;
  }

  ValueId lower(const Node& node) {
    switch (node.operation) {
      case Operation::kNumber: return emit(Code::kConstant, {}, {}, node.number);
      case Operation::kText: return fail("a text has no value on a bar");
      case Operation::kColumn: return emit(Code::kColumn, {}, node.name);
      case Operation::kParameter: return parameter(node);
      case Operation::kCall: return call(node);
      case Operation::kOutput: return output(node);
      case Operation::kWhere:
        return emit(node.type == ValueType::kSignal ? Code::kWhereSignal : Code::kWhereNumber, values_of(node));
      default: break;
    }
    std::vector<ValueId> operands = values_of(node);
    // a > b is b < a, and IEEE comparison keeps its answer under that exchange.
    if (node.operation == Operation::kGreater || node.operation == Operation::kGreaterEqual) {
      std::swap(operands[0], operands[1]);
    }
    return emit(code_of(node.operation), std::move(operands));
  }

  ValueId fail(std::string message) {
    if (status_.ok()) status_ = invalid_argument(std::move(message));
    return emit(Code::kConstant, {});
  }

  ValueId parameter(const Node& node) {
    for (const auto& [name, value] : program_.parameters) {
      if (name == node.name && bits_of(value) != bits_of(node.number)) {
        return fail("parameter '" + name + "' is used with two different defaults");
      }
    }
    return emit(Code::kParameter, {}, node.name, node.number);
  }

  ValueId call(const Node& node) {
    if (node.name == "is_defined") {
      const bool is_signal = node.arguments[0].type() == ValueType::kSignal;
      return emit(is_signal ? Code::kDefinedSignal : Code::kDefinedNumber, values_of(node));
    }
    if (node.name == "shift") {
      return with_scalars(node, node.type == ValueType::kSignal ? Code::kShiftSignal : Code::kShiftNumber,
                          values_of(node));
    }
    if (node.name == "at") return higher(node);
    if (node.name == "symbol") return other(node);
    if (node.name == "rising" || node.name == "falling") return run_of_moves(node);
    if (const LanguageFunction* function = find_language_function(node.name);
        function != nullptr && function->compares_symbols) {
      return fail(node.name + "(...) compares symbols: it needs data of several symbols");
    }
    if (const Code code = code_of(node.name); code != Code::kIndicator) return emit(code, values_of(node));
    return with_scalars(node, Code::kIndicator, values_of(node));
  }

  // A program of its own, which is given the parameters that it knows of those of the run.
  ValueId higher(const Node& node) {
    const Expression& inner = node.arguments[1];
    const bool is_signal = inner.type() == ValueType::kSignal;
    const std::vector<std::string> columns = columns_of(inner);
    std::vector<ValueId> operands;
    for (const std::string& name : columns) operands.push_back(emit(Code::kColumn, {}, name));
    const std::size_t before = program_.list.size();
    const ValueId value = emit(is_signal ? Code::kHigherSignal : Code::kHigherNumber, std::move(operands),
                               node.arguments[0].node().name + ' ' + to_text(inner));
    if (program_.list.size() == before) return value;
    Instruction made = take_with_program(inner);
    made.timeframe = Timeframe::parse(node.arguments[0].node().name).value();
    made.higher_columns = columns;
    program_.list.push_back(std::move(made));
    return value;
  }

  // The same on the bars of another symbol, of which this one's program reads no column.
  ValueId other(const Node& node) {
    const Expression& inner = node.arguments[1];
    const bool is_signal = inner.type() == ValueType::kSignal;
    const std::string& symbol = node.arguments[0].node().name;
    const std::size_t before = program_.list.size();
    const ValueId value = emit(is_signal ? Code::kOtherSignal : Code::kOtherNumber, {}, symbol + '\0' + to_text(inner));
    if (program_.list.size() == before) return value;
    Instruction made = take_with_program(inner);
    made.symbol = symbol;
    program_.list.push_back(std::move(made));
    return value;
  }

  /// The last instruction, taken from the list, with the program of `inner`, whose parameters become the list's too.
  Instruction take_with_program(const Expression& inner) {
    Instruction made = std::move(program_.list.back());
    program_.list.pop_back();
    auto compiled = Program::compile(std::span(&inner, 1));
    if (!compiled.ok()) {
      fail(std::move(compiled).error().message);
      return made;
    }
    for (const auto& [name, number] : compiled->parameters()) {
      Node used;
      used.name = name;
      used.number = number;
      parameter(used);
    }
    made.inner = std::make_shared<const Program>(std::move(*compiled));
    return made;
  }

  // x > x[1], and that on each of the last n bars.
  ValueId run_of_moves(const Node& node) {
    const ValueId now = value_of(node.arguments[0]);
    const ValueId bars = value_of(node.arguments[1]);
    const ValueId one = emit(Code::kConstant, {}, {}, 1.0);
    const ValueId before = emit(Code::kShiftNumber, {now, one});
    const bool is_rising = node.name == "rising";
    const ValueId moved = emit(Code::kLess, {is_rising ? before : now, is_rising ? now : before});
    return with_scalars(node, Code::kLastBars, {moved, bars});
  }

  ValueId output(const Node& node) {
    const ValueId first = value_of(node.arguments[0]);
    const auto made = indicator_results_.find(first);
    const auto& names = indicators::find(node.arguments[0].node().name)->outputs;
    const auto place = std::find(names.begin(), names.end(), node.name) - names.begin();
    return made->second[static_cast<std::size_t>(place)];
  }

  // An instruction whose scalar operands are checked when it runs.
  ValueId with_scalars(const Node& node, Code code, std::vector<ValueId> operands) {
    const std::size_t before = program_.list.size();
    const ValueId value = emit(code, std::move(operands), node.name);
    if (program_.list.size() == before) return value;
    Instruction& made = program_.list.back();
    if (const LanguageFunction* language = find_language_function(node.name)) {
      made.function = language->name;
    } else {
      made.function = made.indicator->name;
    }
    for (const Expression& argument : node.arguments) {
      if (argument.node().scalar) made.texts.push_back(to_text(argument));
    }
    return value;
  }

  ValueId emit(Code code, std::vector<ValueId> operands, std::string name = {}, double number = 0) {
    InstructionKey key(code, name, bits_of(number), operands);
    if (const auto known = by_key_.find(key); known != by_key_.end()) return known->second;
    Instruction instruction;
    instruction.code = code;
    instruction.number = number;
    instruction.operands = std::move(operands);
    std::size_t result_count = 1;
    if (code == Code::kColumn) instruction.name = index_in(&program_.columns, name);
    if (code == Code::kParameter) {
      instruction.name = static_cast<std::uint32_t>(program_.parameters.size());
      program_.parameters.emplace_back(name, number);
    }
    if (code == Code::kIndicator) {
      instruction.indicator = indicators::find(name);
      result_count = instruction.indicator->outputs.size();
    }
    const Form form = form_of(instruction);
    for (std::size_t i = 0; i < result_count; ++i) {
      instruction.results.push_back(static_cast<ValueId>(program_.values.size()));
      Value value{form, 0};
      if (form == Form::kScalar) value.slot = static_cast<std::uint32_t>(program_.scalar_slots++);
      if (form == Form::kColumn) value.slot = instruction.name;
      program_.values.push_back(value);
    }
    const ValueId first = instruction.results.front();
    if (code == Code::kIndicator) indicator_results_.emplace(first, instruction.results);
    program_.list.push_back(std::move(instruction));
    by_key_.emplace(std::move(key), first);
    return first;
  }

  static std::uint32_t index_in(std::vector<std::string>* names, const std::string& name) {
    names->push_back(name);
    return static_cast<std::uint32_t>(names->size() - 1);
  }

  [[nodiscard]] Form form_of(const Instruction& instruction) const {
    if (makes_signal(instruction.code)) return Form::kSignal;
    switch (instruction.code) {
      case Code::kConstant:
      case Code::kParameter: return Form::kScalar;
      case Code::kColumn: return Form::kColumn;
      case Code::kSpread:
      case Code::kIndicator:
      case Code::kShiftNumber:
      case Code::kWhereNumber:
      case Code::kHigherNumber:
      case Code::kOtherNumber: return Form::kNumbers;
      default: break;
    }
    const bool all_scalar =
        std::all_of(instruction.operands.begin(), instruction.operands.end(),
                    [this](ValueId operand) { return program_.values[operand].form == Form::kScalar; });
    return all_scalar ? Form::kScalar : Form::kNumbers;
  }

  Instructions& program_;
  std::unordered_map<const Node*, ValueId> by_node_;
  std::map<InstructionKey, ValueId> by_key_;
  std::unordered_map<ValueId, std::vector<ValueId>> indicator_results_;
  Status status_;
};

}  // namespace

Result<Program> Program::compile(std::span<const Expression> outputs) {
  auto impl = std::make_shared<Impl>();
  Compiler compiler(impl.get());
  for (const Expression& output : outputs) PEAK_RETURN_IF_ERROR(compiler.add_output(output));
  compiler.join_instructions();
  compiler.assign_slots();
  Program program;
  program.impl_ = std::move(impl);
  return program;
}

std::size_t Program::instruction_count() const noexcept { return impl_ == nullptr ? 0 : impl_->list.size(); }

const std::vector<std::pair<std::string, double>>& Program::parameters() const noexcept {
  static const std::vector<std::pair<std::string, double>> none;
  return impl_ == nullptr ? none : impl_->parameters;
}

}  // namespace peak::expression
