// at("4h", ...): values of a longer timeframe, whole, bar by bar and on every prefix.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "peak/expression/functions.hpp"
#include "peak/expression/program.hpp"
#include "peak/expression/stepper.hpp"

namespace peak::expression {
namespace {

Bars walk(std::size_t size, std::uint32_t seed, bool with_gaps) {
  std::mt19937 random(seed);
  std::vector<std::int64_t> time;
  std::vector<double> open, high, low, close, volume;
  Nanoseconds now = 1'704'067'200'000'000'000 + static_cast<Nanoseconds>(random() % 20) * kNanosecondsPerHour;
  double price = 100;
  for (std::size_t i = 0; i < size; ++i) {
    time.push_back(now);
    now += kNanosecondsPerHour * (with_gaps && random() % 6 == 0 ? 1 + static_cast<Nanoseconds>(random() % 12) : 1);
    open.push_back(price);
    price += static_cast<double>(random() % 11) - 5;
    price = std::max(price, 10.0);
    close.push_back(random() % 25 == 0 ? std::nan("") : price);
    high.push_back(price + 3);
    low.push_back(price - 3);
    volume.push_back(0.1 * static_cast<double>(random() % 1000));
  }
  return Bars::from_columns(Column::own("time", time, ColumnType::kTime), Column::own("open", open),
                            Column::own("high", high), Column::own("low", low), Column::own("close", close),
                            Column::own("volume", volume))
      .value();
}

Expression parsed(const char* text) {
  return parse(text, {.names = {{"n", parameter("n", 3)}}, .columns = {}}).value();
}

double value_at(const OutputView& view, std::size_t bar) {
  if (view.type == ValueType::kNumber) return view.numbers[bar];
  if (!view.defined[bar]) return std::nan("");
  return view.truth[bar] ? 1 : 0;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

const char* const kFormulas[] = {
    "at(\"4h\", close)",
    "at(\"4h\", sma(close, n))",
    "close > at(\"1d\", highest(high, 2))",
    "at(\"4h\", crosses_above(close, sma(close, 3)))",
    "at(\"3h\", volume) + at(\"4h\", volume)",
    "at(\"12h\", at(\"1d\", low)) - at(\"1d\", low[1])",
    "at(\"4h\", macd(close, 2, 4, 2).histogram) if at(\"4h\", atr(3)) > 5 else at(\"1w\", open)",
    "at(\"4h\", n * 2)",
};

TEST(HigherTimeframe, IsTheSameWholeBarByBarAndOnEveryPrefix) {
  std::vector<Expression> outputs;
  for (const char* formula : kFormulas) outputs.push_back(parsed(formula));
  const auto program = Program::compile(outputs);
  ASSERT_TRUE(program.ok()) << program.error().message;
  Workspace workspace, workspace_of_part;
  for (std::uint32_t seed = 0; seed < 30; ++seed) {
    const Bars bars = walk(120, seed, seed % 2 == 1);
    const ParameterValues parameters = {{"n", 2.0 + seed % 3}};
    const auto whole = program->evaluate(bars, parameters, workspace);
    ASSERT_TRUE(whole.ok()) << whole.error().message;
    auto stepper = Stepper::create(*program, bars, parameters);
    ASSERT_TRUE(stepper.ok());
    std::vector<double> now(stepper->columns().size());
    for (std::size_t t = 0; t < bars.size(); ++t) {
      for (std::size_t i = 0; i < now.size(); ++i) now[i] = bars.find(stepper->columns()[i])->float64s()[t];
      stepper->push(bars.time()[t], now);
      const auto part = program->evaluate(bars.slice(0, t + 1), parameters, workspace_of_part);
      for (std::size_t k = 0; k < outputs.size(); ++k) {
        const double expected = value_at((*whole)[k], t);
        ASSERT_TRUE(same(stepper->value(k), expected)) << kFormulas[k] << " bar " << t << " seed " << seed;
        ASSERT_TRUE(same(value_at((*part)[k], t), expected)) << kFormulas[k] << " bar " << t << " seed " << seed;
      }
    }
  }
}

TEST(HigherTimeframe, HoldsTheLastCompleteBar) {
  // Hours 0 to 9 of a day without gaps, closing at 1 ... 10: four hours are complete with hours 3 and 7.
  std::vector<std::int64_t> time;
  std::vector<double> close;
  for (int i = 0; i < 10; ++i) {
    time.push_back(1'704'067'200'000'000'000 + i * kNanosecondsPerHour);
    close.push_back(i + 1);
  }
  const Column prices = Column::own("close", close);
  const Bars bars =
      Bars::from_columns(Column::own("time", time, ColumnType::kTime), prices, prices, prices, prices, {}).value();
  const Expression output = parsed("at(\"4h\", close)");
  Workspace workspace;
  const auto view = Program::compile(std::span(&output, 1))->evaluate(bars, {}, workspace);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_TRUE(same((*view)[0].numbers[i], i < 3 ? std::nan("") : i < 7 ? 4 : 8)) << i;
  }
}

TEST(HigherTimeframe, IsWrittenAndReadBack) {
  const Expression e = parsed("at(\"4h\", sma(close, n)) > close");
  EXPECT_EQ(to_text(e), "at(\"4h\", sma(close, n)) > close");
  EXPECT_EQ(to_text(at("4h", sma(close(), parameter("n", 3))) > close()), to_text(e));
  EXPECT_EQ(parameters_of(e).size(), 1U);
  const Expression bound = with_parameters(e, {{"n", 7}});
  EXPECT_EQ(to_text(bound), "at(\"4h\", sma(close, 7)) > close");
}

TEST(HigherTimeframe, TellsWhatIsWrong) {
  const auto message = [](const char* text) {
    const auto e = parse(text);
    return e.ok() ? std::string() : e.error().message;
  };
  EXPECT_NE(message("at(\"4x\", close)").find("such as 30s, 15m, 4h, 1d"), std::string::npos);
  EXPECT_NE(message("at(4, close)").find("must be a text such as \"4h\""), std::string::npos);
  EXPECT_NE(message("at(\"4h\")").find("argument 'x' is missing"), std::string::npos);
  EXPECT_NE(message("at(\"4h\", \"1d\")"), "");
  const Expression wrong = parsed("at(\"4h\", sma(close, n))");
  Workspace workspace;
  const auto result = Program::compile(std::span(&wrong, 1))->evaluate(walk(50, 1, false), {{"n", 2.5}}, workspace);
  EXPECT_NE(result.error().message.find("at(\"4h\", ...): sma"), std::string::npos) << result.error().message;
  const Expression missing = at("4h", column("yield"));
  const auto none = Program::compile(std::span(&missing, 1))->evaluate(walk(50, 1, false), {}, workspace);
  EXPECT_NE(none.error().message.find("no column 'yield'"), std::string::npos);
}

}  // namespace
}  // namespace peak::expression
