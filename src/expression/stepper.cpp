// One bar at a time. Every value is a double; of a signal 1 is true, 0 false and NaN undefined, so that the
// three-valued logic of rule 6 is a test for NaN.
#include "peak/expression/stepper.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "expression/instructions.hpp"
#include "expression/scalar.hpp"
#include "peak/expression/crossing.hpp"
#include "peak/indicators/streaming.hpp"
#include "peak/market/resample.hpp"

namespace peak::expression {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double truth_of(bool value) { return value ? 1.0 : 0.0; }
bool both_defined(double a, double b) { return a == a && b == b; }

/// What came n bars ago.
class Delay {
 public:
  explicit Delay(std::size_t bars) : bars_(bars) {}
  double update(double value) {
    if (bars_ == 0) return value;
    if (values_.size() < bars_) {
      values_.push_back(value);
      return kUndefined;
    }
    const double old = std::exchange(values_[next_], value);
    next_ = next_ + 1 == bars_ ? 0 : next_ + 1;
    return old;
  }

 private:
  std::size_t bars_, next_ = 0;
  std::vector<double> values_;
};

/// Rule 7: the relation that stood last before values became equal.
struct CrossingState {
  Relation before = Relation::kUndefined;   // one bar ago
  Relation unequal = Relation::kUndefined;  // the last that was not equal; kUndefined: none since undefined values
  double last_a = kUndefined, last_b = kUndefined;
  bool defined = false, above = false, below = false;

  void update(double a, double b) {
    const Relation now = relation(a, b);
    defined = now != Relation::kUndefined && before != Relation::kUndefined;
    above = defined && now == Relation::kAbove && unequal == Relation::kBelow;
    below = defined && now == Relation::kBelow && unequal == Relation::kAbove;
    if (now != Relation::kEqual) unequal = now;
    before = now;
  }
  double update_strict(double a, double b, bool upwards) {
    const bool known = both_defined(a, b) && both_defined(last_a, last_b);
    const bool crossed = upwards ? last_a < last_b && a > b : last_a > last_b && a < b;
    last_a = a;
    last_b = b;
    return known ? truth_of(crossed) : kUndefined;
  }
};

/// How many bars in a row were so.
struct Streak {
  std::size_t bars = 1, defined = 0, truth = 0;
  double update(double value) {
    defined = value == value ? defined + 1 : 0;
    truth = value == 1 ? truth + 1 : 0;
    return defined >= bars ? truth_of(truth >= bars) : kUndefined;
  }
};

/// The program of at(...), which gets the bars of a longer timeframe one by one.
class Higher {
 public:
  Higher(const Instruction& instruction, Stepper stepper)
      : clock_(instruction.timeframe), stepper_(std::move(stepper)), values_(stepper_.columns().size()) {
    for (const std::string& name : instruction.higher_columns) gathered_.emplace_back(name);
    for (const std::string& name : stepper_.columns()) {
      const auto& names = instruction.higher_columns;
      places_.push_back(static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin()));
    }
  }

  template <typename ValueOf>
  double update(Nanoseconds time, const ValueOf& value_of) {
    const Nanoseconds before = clock_.start();
    const HigherClock::Step step = clock_.push(time);
    if (step.ends_previous) pass_on(before);
    for (std::size_t i = 0; i < gathered_.size(); ++i) {
      if (step.begins) gathered_[i].reset();
      if (step.belongs) gathered_[i].add(value_of(i));
    }
    if (step.completes) pass_on(clock_.start());
    return seen_;
  }

 private:
  void pass_on(Nanoseconds start) {
    for (std::size_t i = 0; i < places_.size(); ++i) values_[i] = gathered_[places_[i]].value();
    stepper_.push(start, values_);
    seen_ = stepper_.value(0);
  }

  HigherClock clock_;
  Stepper stepper_;
  std::vector<PeriodValue> gathered_;  // one for each operand
  std::vector<std::size_t> places_;    // of the stepper's columns among the operands
  std::vector<double> values_;
  double seen_ = kUndefined;
};

struct Call {
  std::unique_ptr<indicators::StreamingIndicator> indicator;
  std::vector<double> inputs, outputs;
};

/// What an instruction remembers; of most, nothing.
struct Memory {
  std::vector<Call> calls;
  std::vector<Delay> delay;
  CrossingState crossing;
  Streak streak;
  std::vector<Higher> higher;
};

double signal_result(Code code, double a, double b) {
  switch (code) {
    case Code::kDefinedNumber:
    case Code::kDefinedSignal: return truth_of(a == a);
    case Code::kNot: return a == a ? 1 - a : kUndefined;
    default: break;
  }
  if (!both_defined(a, b)) return kUndefined;
  switch (code) {
    case Code::kLess: return truth_of(a < b);
    case Code::kLessEqual: return truth_of(a <= b);
    case Code::kEqual: return truth_of(a == b);
    case Code::kNotEqual: return truth_of(a != b);
    case Code::kAnd: return truth_of(a == 1 && b == 1);
    case Code::kOr: return truth_of(a == 1 || b == 1);
    default: return kUndefined;
  }
}

}  // namespace

struct Stepper::Impl {
  Program program;  // keeps the instructions
  const Instructions* instructions = nullptr;
  std::vector<double> values;
  std::vector<Memory> memories;

  [[nodiscard]] double operand(const Instruction& instruction, std::size_t i) const {
    return values[instruction.operands[std::min(i, instruction.operands.size() - 1)]];
  }
  double& result(const Instruction& instruction, std::size_t i = 0) { return values[instruction.results[i]]; }

  /// What is one number for the whole run; what looks back gets its memory.
  void prepare(const ParameterValues& parameters) {
    values.assign(instructions->values.size(), kUndefined);
    memories.resize(instructions->list.size());
    for (std::size_t i = 0; i < memories.size(); ++i) {
      const Instruction& instruction = instructions->list[i];
      if (instruction.code == Code::kConstant) {
        result(instruction) = instruction.number;
      } else if (instruction.code == Code::kParameter) {
        const auto& [name, default_value] = instructions->parameters[instruction.name];
        const auto given = parameters.find(name);
        result(instruction) = given == parameters.end() ? default_value : given->second;
      } else if (instructions->values[instruction.results.front()].form == Form::kScalar) {
        result(instruction) = scalar_result(instruction.code, operand(instruction, 0), operand(instruction, 1));
      } else {
        give_memory(instruction, memories[i]);
      }
    }
  }

  Status prepare_higher(const Bars& like, const ParameterValues& parameters) {
    for (std::size_t i = 0; i < memories.size(); ++i) {
      const Instruction& instruction = instructions->list[i];
      if (instruction.inner == nullptr) continue;
      ParameterValues known;
      for (const auto& [name, default_value] : instruction.inner->parameters()) {
        const auto given = parameters.find(name);
        known.emplace(name, given == parameters.end() ? default_value : given->second);
      }
      PEAK_ASSIGN_OR_RETURN(Stepper stepper, Stepper::create(*instruction.inner, like, known));
      memories[i].higher.emplace_back(instruction, std::move(stepper));
    }
    return {};
  }

  void give_memory(const Instruction& instruction, Memory& memory) const {
    const auto bars = [&] { return static_cast<std::size_t>(operand(instruction, instruction.operands.size() - 1)); };
    switch (instruction.code) {
      case Code::kShiftNumber:
      case Code::kShiftSignal: memory.delay.emplace_back(bars()); break;
      case Code::kLastBars: memory.streak.bars = std::max<std::size_t>(1, bars()); break;
      case Code::kIndicator: {
        const indicators::IndicatorInfo& info = *instruction.indicator;
        const std::size_t inputs = info.inputs.size(), scalars = info.parameters.size();
        for (std::size_t k = 0; k < instruction.calls; ++k) {
          std::vector<double> parameters;
          for (std::size_t i = 0; i < scalars; ++i)
            parameters.push_back(operand(instruction, inputs + k * scalars + i));
          memory.calls.push_back({indicators::make_streaming(info.name, parameters), std::vector<double>(inputs),
                                  std::vector<double>(info.outputs.size())});
        }
        break;
      }
      default: break;
    }
  }

  void step(const Instruction& instruction, Memory& memory, Nanoseconds time) {
    if (!memory.higher.empty()) {
      result(instruction) = memory.higher.front().update(time, [&](std::size_t i) { return operand(instruction, i); });
      return;
    }
    const double a = operand(instruction, 0), b = operand(instruction, 1);
    switch (instruction.code) {
      case Code::kIndicator: return call(instruction, memory);
      case Code::kShiftNumber:
      case Code::kShiftSignal: result(instruction) = memory.delay.front().update(a); return;
      case Code::kWhereNumber:
      case Code::kWhereSignal: result(instruction) = a != a ? kUndefined : a == 1 ? b : operand(instruction, 2); return;
      case Code::kLastBars: result(instruction) = memory.streak.update(a); return;
      case Code::kCrossesAboveStrict: result(instruction) = memory.crossing.update_strict(a, b, true); return;
      case Code::kCrossesBelowStrict: result(instruction) = memory.crossing.update_strict(a, b, false); return;
      case Code::kCrossesAbove:
      case Code::kCrossesBelow:
      case Code::kCrosses:
      case Code::kCrossesBothWays: return cross(instruction, memory.crossing, a, b);
      default: break;
    }
    result(instruction) =
        instruction.code >= Code::kLess ? signal_result(instruction.code, a, b) : scalar_result(instruction.code, a, b);
  }

  void call(const Instruction& instruction, Memory& memory) {
    std::size_t place = 0;
    for (Call& one : memory.calls) {
      for (std::size_t i = 0; i < one.inputs.size(); ++i) one.inputs[i] = operand(instruction, i);
      if (one.indicator != nullptr) one.indicator->update(one.inputs.data(), one.outputs.data());
      for (const double output : one.outputs) result(instruction, place++) = output;
    }
  }

  void cross(const Instruction& instruction, CrossingState& state, double a, double b) {
    state.update(a, b);
    const auto told = [&](bool crossed) { return state.defined ? truth_of(crossed) : kUndefined; };
    switch (instruction.code) {
      case Code::kCrossesAbove: result(instruction) = told(state.above); break;
      case Code::kCrossesBelow: result(instruction) = told(state.below); break;
      case Code::kCrosses: result(instruction) = told(state.above || state.below); break;
      default: result(instruction, 0) = told(state.above); result(instruction, 1) = told(state.below);
    }
  }
};

Stepper::Stepper(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Stepper::Stepper(Stepper&&) noexcept = default;
Stepper& Stepper::operator=(Stepper&&) noexcept = default;
Stepper::~Stepper() = default;

Result<Stepper> Stepper::create(const Program& program, const Bars& like, const ParameterValues& parameters) {
  for (const Instruction& instruction : program.impl_->list) {
    if (instruction.symbol.empty()) continue;
    return unsupported("symbol(\"" + instruction.symbol +
                       "\", ...) bar by bar: a feed of one symbol has no bars of others");
  }
  Workspace workspace;
  const auto checked = program.evaluate(like.slice(0, 0), parameters, workspace);  // all checks, no bars
  if (!checked.ok()) return checked.error();
  auto impl = std::make_unique<Impl>();
  impl->program = program;
  impl->instructions = program.impl_.get();
  impl->prepare(parameters);
  PEAK_RETURN_IF_ERROR(impl->prepare_higher(like, parameters));
  for (const Memory& memory : impl->memories) {
    for (const Call& call : memory.calls) {
      if (call.indicator == nullptr) return internal_error("an indicator of an expression has no streaming form");
    }
  }
  return Stepper(std::move(impl));
}

const std::vector<std::string>& Stepper::columns() const noexcept { return impl_->instructions->columns; }

void Stepper::push(Nanoseconds time, std::span<const double> columns) {
  const Instructions& instructions = *impl_->instructions;
  for (std::size_t i = 0; i < instructions.list.size(); ++i) {
    const Instruction& instruction = instructions.list[i];
    if (instruction.code == Code::kColumn) {
      impl_->result(instruction) = columns[instruction.name];
    } else if (instructions.values[instruction.results.front()].form != Form::kScalar) {
      impl_->step(instruction, impl_->memories[i], time);
    }
  }
}

double Stepper::value(std::size_t output) const noexcept { return impl_->values[impl_->instructions->outputs[output]]; }

}  // namespace peak::expression
