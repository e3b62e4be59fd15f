#include "peak/expression/program.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <thread>

#include "expression/sample_bars.hpp"
#include "peak/expression/functions.hpp"
#include "peak/expression/separate_parts.hpp"

namespace peak::expression {
namespace {

using testing::bars_of;
using testing::generated_bars;

Expression read(const std::string& text) {
  Scope scope;
  scope.names = {{"fast", parameter("fast", 3)}, {"slow", parameter("slow", 5)}};
  const auto parsed = parse(text, scope);
  return parsed.ok() ? *parsed : Expression::failed(parsed.error());
}

Program compiled(const std::vector<std::string>& texts) {
  std::vector<Expression> outputs;
  for (const std::string& text : texts) outputs.push_back(read(text));
  const auto program = Program::compile(outputs);
  EXPECT_TRUE(program.ok()) << program.error().message;
  return program.ok() ? *program : Program();
}

std::string error_of(const std::string& text, const Bars& bars, const ParameterValues& values = {}) {
  Workspace workspace;
  const auto views = compiled({text}).evaluate(bars, values, workspace);
  return views.ok() ? "no error" : views.error().message;
}

TEST(Program, EqualPartsBecomeOneInstruction) {
  // close, fast, slow, the averages together, the crossings together; a > b and b < a are one comparison.
  EXPECT_EQ(compiled({"crosses_above(sma(close, fast), sma(close, slow))",
                      "crosses_below(sma(close, fast), sma(close, slow))"})
                .instruction_count(),
            5U);
  EXPECT_EQ(compiled({"close > open", "open < close"}).instruction_count(), 3U);
  EXPECT_EQ(compiled({"close > 1", "close > 1"}).instruction_count(), 3U);
}

// Averages of one column and crossings of one pair are computed together; each output is as it is when it is alone.
TEST(Program, JoinedInstructionsGiveWhatEachGivesAlone) {
  const std::vector<std::string> texts = {"crosses_below(sma(close, slow), sma(close, fast))",
                                          "crosses_above(sma(close, slow), sma(close, fast))",
                                          "sma(close, fast * 2 + 1) - sma(open, 2)",
                                          "crosses_above(close, sma(close, 40))",
                                          "sma(sma(close, fast), slow)",
                                          "crosses_below(close, sma(close, 40))"};
  std::mt19937_64 random(5);
  const Bars bars = generated_bars(300, random, true);
  Workspace together, alone;
  const auto views = compiled(texts).evaluate(bars, {{"slow", 9}}, together);
  ASSERT_TRUE(views.ok());
  for (std::size_t k = 0; k < texts.size(); ++k) {
    const auto single =
        compiled({texts[k]})
            .evaluate(bars,
                      texts[k].find("slow") == std::string::npos ? ParameterValues() : ParameterValues{{"slow", 9}},
                      alone);
    ASSERT_TRUE(single.ok()) << single.error().message;
    const OutputView &a = (*views)[k], &b = (*single)[0];
    for (std::size_t t = 0; t < bars.size(); ++t) {
      ASSERT_EQ(a.truth[t], b.truth[t]) << texts[k] << ", bar " << t;
      ASSERT_EQ(a.defined[t], b.defined[t]) << texts[k] << ", bar " << t;
      if (a.type == ValueType::kSignal) continue;
      ASSERT_TRUE(a.numbers[t] == b.numbers[t] || (std::isnan(a.numbers[t]) && std::isnan(b.numbers[t]))) << texts[k];
    }
  }
  EXPECT_NE(error_of("sma(close, 3) + sma(close, fast - 5)", bars).find("'fast - 5' with fast = 3"), std::string::npos);
}

// (4 + 5 + 6) / 3 = 5 at the last bar; windows by parameter, 2 * fast = 6 > 5 bars gives nothing.
TEST(Program, ParametersAndTheirDefaults) {
  const Bars bars = bars_of({2, 3, 4, 5, 6});
  const Program program = compiled({"sma(close, fast)", "close * slow", "sma(close, fast * 2)", "fast"});
  ASSERT_EQ(program.parameters().size(), 2U);
  EXPECT_EQ(program.parameters()[0].first, "fast");
  EXPECT_EQ(program.parameters()[0].second, 3);
  Workspace workspace;
  auto views = program.evaluate(bars, {}, workspace);
  ASSERT_TRUE(views.ok()) << views.error().message;
  EXPECT_EQ((*views)[0].numbers[4], 5);
  EXPECT_EQ((*views)[1].numbers[4], 30);
  EXPECT_TRUE(std::isnan((*views)[2].numbers[4]));
  EXPECT_EQ((*views)[3].numbers.size(), 5U);
  EXPECT_EQ((*views)[3].numbers[2], 3);
  views = program.evaluate(bars, {{"fast", 2}, {"slow", -1}}, workspace);
  ASSERT_TRUE(views.ok());
  EXPECT_EQ((*views)[0].numbers[4], 5.5);
  EXPECT_EQ((*views)[1].numbers[4], -6);
  EXPECT_EQ((*views)[2].numbers[4], 4.5);
}

TEST(Program, ArithmeticByHand) {
  const Bars bars = bars_of({-7, 0, 2.5});
  Workspace workspace;
  const auto views = compiled({"close % 3", "-7 % 3 + close * 0", "close % -3", "min(close, 1)", "max(close, 1)",
                               "abs(close)", "1 / close", "-close", "close[1]"})
                         .evaluate(bars, {}, workspace);
  ASSERT_TRUE(views.ok());
  const double kInfinity = std::numeric_limits<double>::infinity();
  const std::array<std::array<double, 3>, 8> expected{{{2, 0, 2.5},
                                                       {2, 2, 2},
                                                       {-1, 0, -0.5},
                                                       {-7, 0, 1},
                                                       {1, 1, 2.5},
                                                       {7, 0, 2.5},
                                                       {1 / -7.0, kInfinity, 0.4},
                                                       {7, 0, -2.5}}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    for (std::size_t t = 0; t < 3; ++t) EXPECT_EQ((*views)[i].numbers[t], expected[i][t]) << i << ", bar " << t;
  }
  EXPECT_TRUE(std::isnan((*views)[8].numbers[0]));
  EXPECT_EQ((*views)[8].numbers[2], 0);
}

TEST(Program, ErrorsNameTheParameterAndItsValue) {
  const Bars bars = bars_of({1, 2, 3});
  EXPECT_EQ(
      error_of("sma(close, fast / 2)", bars),
      "sma: window is 1.5, but must be a whole number from 1 to 10000000; it is given as 'fast / 2' with fast = 3");
  EXPECT_NE(error_of("sma(close, fast)", bars, {{"fast", 0}}).find("window is 0"), std::string::npos);
  EXPECT_NE(error_of("close[fast - 4]", bars).find("shift: n is -1"), std::string::npos);
  EXPECT_NE(error_of("(close > 1)[fast - 4]", bars).find("shift: n is -1"), std::string::npos);
  EXPECT_NE(error_of("rising(close, fast - 3)", bars).find("rising: n is 0"), std::string::npos);
  EXPECT_NE(error_of("close[1 / (fast - 3)]", bars).find("n is inf"), std::string::npos);
  EXPECT_NE(error_of("close[fast * 1e9]", bars).find("n is 3000000000"), std::string::npos);
  EXPECT_EQ(error_of("close > fast", bars, {{"fats", 1}}), "unknown parameter 'fats'; did you mean 'fast'?");
  EXPECT_NE(error_of("close > fast", bars, {{"fast", NAN}}).find("'fast' must be a finite number"), std::string::npos);
}

TEST(Program, ColumnsOfTheDataByName) {
  const std::vector<double> closes{1, 2, 3};
  const Bars bars = bars_of(closes, closes, closes, closes, {Column::own("vix", std::vector<double>{20, 30, 40})});
  Workspace workspace;
  const auto views = compiled({"column(\"VIX\") + 1"}).evaluate(bars, {}, workspace);
  ASSERT_TRUE(views.ok()) << views.error().message;
  EXPECT_EQ((*views)[0].numbers[2], 41);
  EXPECT_NE(error_of("column(\"vx\")", bars).find("the data have no column 'vx'; did you mean 'vix'?"),
            std::string::npos);
  EXPECT_NE(error_of("column(\"time\")", bars).find("does not hold numbers"), std::string::npos);
}

TEST(Program, ColumnsThatAreOutputsAreNotCopied) {
  const Bars bars = bars_of({1, 2, 3});
  Workspace workspace;
  const auto views = compiled({"close"}).evaluate(bars, {}, workspace);
  EXPECT_EQ((*views)[0].numbers.data(), bars.close().data());
}

TEST(Program, MemoryIsKeptBetweenRuns) {
  std::mt19937_64 random(3);
  const Bars bars = generated_bars(1000, random, false);
  const Program program = compiled({"sma(close, fast) * 2 + open", "crosses_above(close, sma(close, slow))"});
  Workspace workspace;
  const auto first = program.evaluate(bars, {}, workspace);
  const auto second = program.evaluate(bars.slice(0, 900), {}, workspace);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ((*first)[0].numbers.data(), (*second)[0].numbers.data());
  EXPECT_EQ((*first)[1].truth.words, (*second)[1].truth.words);
}

TEST(Program, NoBarsAndNoOutputs) {
  Workspace workspace;
  const auto views =
      compiled({"sma(close, 3) > 1", "close[5]"}).evaluate(bars_of(std::vector<double>{}), {}, workspace);
  ASSERT_TRUE(views.ok()) << views.error().message;
  EXPECT_EQ((*views)[0].truth.size, 0U);
  EXPECT_EQ((*views)[1].numbers.size(), 0U);
  EXPECT_TRUE(Program().evaluate(bars_of({1}), {}, workspace).ok());
}

TEST(Program, RefusesWhatCannotRun) {
  const auto compile = [](const Expression& e) { return Program::compile(std::vector<Expression>{e}); };
  EXPECT_FALSE(compile(Expression()).ok());
  EXPECT_FALSE(compile(close() + (close() > 1)).ok());
  EXPECT_FALSE(compile(text("abc")).ok());
  const auto two = compile(parameter("a", 1) + close() * parameter("a", 2));
  ASSERT_FALSE(two.ok());
  EXPECT_NE(two.error().message.find("two different defaults"), std::string::npos);
}

// Deep graphs reach the limit from any side and are compiled, written and destroyed.
TEST(Program, DeepGraphs) {
  Expression deep = close();
  while ((-(deep + 1)).ok()) deep = -(deep + 1);
  EXPECT_GE(deep.node().depth, kMaxDepth - 2);
  EXPECT_TRUE(parse(to_text(deep)).ok());
  Workspace workspace;
  const auto program = Program::compile(std::vector<Expression>{deep});
  ASSERT_TRUE(program.ok());
  EXPECT_TRUE(program->evaluate(bars_of({1, 2}), {}, workspace).ok());
}

TEST(Program, ManyThreadsShareOneProgram) {
  std::mt19937_64 random(5);
  const Bars bars = generated_bars(500, random, true);
  const Program program = compiled({"crosses_above(sma(close, fast), sma(close, slow)) or close > open"});
  Workspace workspace;
  const auto expected = program.evaluate(bars, {}, workspace);
  std::array<bool, 4> same{};
  std::vector<std::thread> threads;
  for (bool& flag : same) {
    threads.emplace_back([&] {
      Workspace own;
      const auto views = program.evaluate(bars, {}, own);
      flag = views.ok();
      for (std::size_t t = 0; flag && t < bars.size(); ++t) flag = (*views)[0].truth[t] == (*expected)[0].truth[t];
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const bool flag : same) EXPECT_TRUE(flag);
}

// Bands taken apart have the same bits on prices, and what cannot be taken apart stays.
TEST(SeparateParts, BandsHaveTheSameBits) {
  std::mt19937_64 random(5);
  const Bars bars = generated_bars(700, random, false);
  const auto is_same = [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  for (const char* text :
       {"bollinger(close, 20, 1.7).upper", "bollinger(open, 7, 0).lower", "bollinger(close, 1, 2).middle",
        "max(bollinger(close, 60, 0.3).lower, bollinger(close, 60, 3).upper - close)"}) {
    const Expression whole = read(text), apart = separate_parts(whole);
    ASSERT_TRUE(apart.ok());
    EXPECT_NE(to_text(apart), to_text(whole));
    EXPECT_EQ(to_text(apart).find("bollinger"), std::string::npos);
    const auto program = Program::compile(std::vector<Expression>{whole, apart});
    ASSERT_TRUE(program.ok());
    Workspace workspace;
    const auto views = program->evaluate(bars, {}, workspace);
    ASSERT_TRUE(views.ok());
    for (std::size_t t = 0; t < bars.size(); ++t) {
      EXPECT_TRUE(is_same((*views)[0].numbers[t], (*views)[1].numbers[t])) << text << ", bar " << t;
    }
  }
  for (const char* text : {"bollinger(high, 20, 2).upper", "bollinger(close * 2, 20, 2).upper", "sma(close, 3) + 1",
                           "bollinger(close, 20, 1e150).upper", "bollinger(close, 20, fast).upper"}) {
    EXPECT_EQ(to_text(separate_parts(read(text))), to_text(read(text)));
  }
}

// The line of MACD and its average beside each other, whatever the average's window: also where prices are missing.
TEST(SeparateParts, LineAndSignalHaveTheSameBits) {
  std::mt19937_64 random(6);
  for (const bool gaps : {false, true}) {
    const Bars bars = generated_bars(700, random, gaps);
    for (const char* text : {"crosses_above(macd(close, 5, 12, slow).line, macd(close, 5, 12, slow).signal)",
                             "macd(high - low, 9, 4, slow).signal > macd(high - low, 9, 4, slow).line",
                             "crosses(macd(close, 3, 60, slow).signal, macd(close, 3, 60, slow).line)"}) {
      const Expression whole = read(text), apart = separate_parts(whole);
      ASSERT_TRUE(apart.ok());
      EXPECT_NE(to_text(apart), to_text(whole));
      const auto program = Program::compile(std::vector<Expression>{whole, apart});
      ASSERT_TRUE(program.ok());
      for (const double smooth : {1, 2, 9, 50, 650}) {
        Workspace workspace;
        const auto views = program->evaluate(bars, {{"slow", smooth}}, workspace);
        ASSERT_TRUE(views.ok());
        for (std::size_t t = 0; t < bars.size(); ++t) {
          ASSERT_EQ((*views)[0].truth[t], (*views)[1].truth[t]) << text << ", " << smooth << ", bar " << t;
          ASSERT_EQ((*views)[0].defined[t], (*views)[1].defined[t]) << text << ", " << smooth << ", bar " << t;
        }
      }
    }
  }
  // The line alone is undefined until its signal is; with a number as window the line would only be computed twice.
  for (const char* text :
       {"crosses_above(macd(close, 5, 12, slow).line, 0)", "macd(close, 5, 12, 9).line > macd(close, 5, 12, 9).signal",
        "macd(close, 5, 12, slow).line > macd(close, 5, 13, slow).signal"}) {
    const Expression whole = read(text);
    EXPECT_EQ(to_text(separate_parts(whole)), to_text(whole));
  }
}

}  // namespace
}  // namespace peak::expression
