// Evaluation against the plain interpreter, on every SIMD level, on generated expressions and series.
#include <gtest/gtest.h>

#include <bit>
#include <random>

#include "expression/generated_expression.hpp"
#include "expression/plain_interpreter.hpp"
#include "expression/sample_bars.hpp"
#include "peak/base/simd.hpp"
#include "peak/expression/stepper.hpp"

namespace peak::testing {
namespace {

using expression::Expression;
using expression::OutputView;
using expression::ParameterValues;
using expression::Program;
using expression::ValueType;
using expression::Workspace;

bool same_number(double a, double b) {
  return (a != a && b != b) || std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

Truth truth_at(const OutputView& view, std::size_t t) {
  if (!view.defined[t]) return Truth::kUndefined;
  return view.truth[t] ? Truth::kTrue : Truth::kFalse;
}

// The first bar on which the view differs from the plain values; none: the size.
std::size_t first_difference(const OutputView& view, const PlainValues& plain, std::size_t size) {
  for (std::size_t t = 0; t < size; ++t) {
    const bool same = view.type == ValueType::kSignal ? truth_at(view, t) == plain.signal[t]
                                                      : same_number(view.numbers[t], plain.numbers[t]);
    if (!same) return t;
  }
  return size;
}

// Bits past the last bar are 0, and no bit is true where it is not defined.
bool keeps_invariants(const OutputView& view, std::size_t size) {
  if (view.type != ValueType::kSignal) return true;
  for (std::size_t i = 0; i < bit_words(size); ++i) {
    const std::size_t left = size - i * 64;
    const std::uint64_t used = left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
    if ((view.defined.words[i] & ~used) != 0 || (view.truth.words[i] & ~view.defined.words[i]) != 0) return false;
  }
  return true;
}

TEST(EvaluationProperty, EqualsThePlainInterpreterOnEverySimdLevel) {
  std::mt19937_64 random(20260101);
  ExpressionGenerator generator(random);
  const ParameterValues parameters{{"level", 99.75}, {"lag", 3}};
  std::map<std::string, Workspace> workspaces;
  for (int round = 0; round < 1000; ++round) {
    const Bars bars = generated_bars(random() % 300, random, round % 2 == 1);
    std::vector<Expression> outputs{generator.signal(4), generator.number(4), generator.signal(5)};
    for (const Expression& output : outputs) ASSERT_TRUE(output.ok()) << output.status().error().message;
    const auto program = Program::compile(outputs);
    ASSERT_TRUE(program.ok()) << program.error().message;
    ParameterValues used;
    for (const auto& [name, value] : program->parameters()) used[name] = parameters.at(name);
    PlainInterpreter interpreter(bars, used);
    std::vector<PlainValues> expected;
    for (const Expression& output : outputs) expected.push_back(interpreter.values(output));
    for (const std::string& level : simd_levels()) {
      ASSERT_TRUE(set_simd_level(level).ok());
      const auto views = program->evaluate(bars, used, workspaces[level]);
      ASSERT_TRUE(views.ok()) << views.error().message;
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        const std::size_t t = first_difference((*views)[i], expected[i], bars.size());
        ASSERT_EQ(t, bars.size()) << level << ", round " << round << ", bar " << t << ": " << to_text(outputs[i]);
        ASSERT_TRUE(keeps_invariants((*views)[i], bars.size())) << level << ": " << to_text(outputs[i]);
      }
    }
    ASSERT_TRUE(set_simd_level("").ok());
  }
}

TEST(EvaluationProperty, PrefixOfBarsGivesPrefixOfValues) {
  std::mt19937_64 random(7);
  ExpressionGenerator generator(random);
  Workspace whole_workspace, part_workspace;
  for (int round = 0; round < 300; ++round) {
    const Bars bars = generated_bars(1 + random() % 200, random, round % 2 == 1);
    const std::vector<Expression> outputs{generator.signal(4), generator.number(4)};
    const auto program = Program::compile(outputs);
    ASSERT_TRUE(program.ok());
    const auto whole = program->evaluate(bars, {}, whole_workspace);
    ASSERT_TRUE(whole.ok()) << whole.error().message;
    for (int cut = 0; cut < 8; ++cut) {
      const Bars part = bars.slice(0, 1 + random() % bars.size());
      const auto views = program->evaluate(part, {}, part_workspace);
      ASSERT_TRUE(views.ok());
      for (std::size_t t = 0; t < part.size(); ++t) {
        ASSERT_EQ(truth_at((*views)[0], t), truth_at((*whole)[0], t)) << to_text(outputs[0]);
        ASSERT_TRUE(same_number((*views)[1].numbers[t], (*whole)[1].numbers[t])) << to_text(outputs[1]);
      }
    }
  }
}

TEST(ExpressionProperty, TextReadsBackToTheSameGraph) {
  std::mt19937_64 random(11);
  ExpressionGenerator generator(random);
  expression::Scope scope;
  scope.names = {{"level", expression::parameter("level", 100)}, {"lag", expression::parameter("lag", 2)}};
  for (int round = 0; round < 1000; ++round) {
    const Expression made = round % 2 == 0 ? generator.signal(6) : generator.number(6);
    const std::string text = to_text(made);
    const auto read = expression::parse(text, scope);
    ASSERT_TRUE(read.ok()) << text << "\n" << read.error().message;
    ASSERT_EQ(to_text(*read), text);
    const auto one = Program::compile(std::vector<Expression>{made});
    const auto both = Program::compile(std::vector<Expression>{made, *read});
    ASSERT_EQ(one->instruction_count(), both->instruction_count()) << text;  // the same graph shares every part
    ASSERT_LE(text.size(), made.node().text_size);
  }
}

// Bar by bar (a live feed) as all at once (a backtest).
TEST(EvaluationProperty, SteppingEqualsEvaluating) {
  std::mt19937_64 random(20260102);
  ExpressionGenerator generator(random);
  const ParameterValues parameters{{"level", 99.75}, {"lag", 3}};
  Workspace workspace;
  for (int round = 0; round < 1000; ++round) {
    const Bars bars = generated_bars(random() % 200, random, round % 2 == 1);
    const std::vector<Expression> outputs{generator.signal(4), generator.number(4), generator.signal(5)};
    const auto program = Program::compile(outputs);
    ASSERT_TRUE(program.ok());
    ParameterValues used;
    for (const auto& [name, value] : program->parameters()) used[name] = parameters.at(name);
    const auto whole = program->evaluate(bars, used, workspace);
    auto stepper = expression::Stepper::create(*program, bars, used);
    ASSERT_EQ(whole.ok(), stepper.ok());
    if (!whole.ok()) continue;
    std::vector<std::span<const double>> columns;
    for (const std::string& name : stepper->columns()) columns.push_back(bars.find(name)->float64s());
    std::vector<double> now(columns.size());
    for (std::size_t t = 0; t < bars.size(); ++t) {
      for (std::size_t i = 0; i < columns.size(); ++i) now[i] = columns[i][t];
      stepper->push(bars.time()[t], now);
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        const OutputView& view = (*whole)[i];
        const double expected = view.type == ValueType::kNumber ? view.numbers[t]
                                : !view.defined[t]              ? std::nan("")
                                                                : static_cast<double>(view.truth[t]);
        ASSERT_TRUE(same_number(stepper->value(i), expected))
            << to_text(outputs[i]) << " on bar " << t << ": " << stepper->value(i) << " for " << expected;
      }
    }
  }
}

}  // namespace
}  // namespace peak::testing
