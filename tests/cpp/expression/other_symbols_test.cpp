// symbol("SPY", x): values of another symbol, on hand-made and on generated series, whole and on every prefix.
#include "peak/market/other_symbols.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "peak/expression/functions.hpp"
#include "peak/expression/panel_program.hpp"
#include "peak/expression/program.hpp"
#include "peak/expression/stepper.hpp"

namespace peak::expression {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr Nanoseconds kHour = kNanosecondsPerHour, kDay = kNanosecondsPerDay;

Bars series_of(const std::string& symbol, std::vector<Nanoseconds> time, const std::vector<double>& close) {
  const Column prices = Column::own("close", std::vector<double>(close));
  Bars bars = Bars::from_columns(Column::own("time", std::move(time), ColumnType::kTime), prices, prices, prices,
                                 prices, Column())
                  .value();
  bars.set_symbol(symbol);
  return bars;
}

std::vector<Nanoseconds> every(Nanoseconds step, std::size_t count, Nanoseconds first = 0) {
  std::vector<Nanoseconds> time(count);
  for (std::size_t i = 0; i < count; ++i) time[i] = first + static_cast<Nanoseconds>(i) * step;
  return time;
}

std::vector<double> other_values(const Bars& bars, const char* formula) {
  const Expression outputs[] = {parse(formula, {.names = {{"n", parameter("n", 2)}}, .columns = {}}).value()};
  const auto program = Program::compile(outputs);
  EXPECT_TRUE(program.ok()) << program.error().message;
  Workspace workspace;
  const auto views = program->evaluate(bars, {}, workspace);
  EXPECT_TRUE(views.ok()) << views.error().message;
  if (!views.ok()) return {};
  const OutputView& view = views->front();
  std::vector<double> values(bars.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = view.type == ValueType::kNumber ? view.numbers[i] : !view.defined[i] ? kNone : view.truth[i] ? 1 : 0;
  }
  return values;
}

void expect_same(const std::vector<double>& found, const std::vector<double>& wanted, const std::string& what) {
  ASSERT_EQ(found.size(), wanted.size()) << what;
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_TRUE(found[i] == wanted[i] || (std::isnan(found[i]) && std::isnan(wanted[i])))
        << what << ", bar " << i << ": " << found[i] << " for " << wanted[i];
  }
}

// SPY begins on day 1 and has no bar on day 3: it then keeps the value of day 2.
TEST(OtherSymbol, KeepsItsLastBarWhereItHasNone) {
  const Bars own = series_of("A", every(kDay, 5), {1, 2, 3, 4, 5});
  const Bars spy = series_of("SPY", {kDay, 2 * kDay, 4 * kDay}, {10, 20, 30});
  const Bars both = with_others(own, {spy}).value();
  expect_same(other_values(both, "symbol(\"SPY\", close)"), {kNone, 10, 20, 20, 30}, "close");
  // The mean of two of SPY's own bars: (10 + 20) / 2 on days 2 and 3, (20 + 30) / 2 on day 4.
  expect_same(other_values(both, "symbol(\"SPY\", sma(close, n))"), {kNone, kNone, 15, 15, 25}, "mean");
  // One bar ago is one of its own bars inside, one of A's outside.
  expect_same(other_values(both, "symbol(\"SPY\", close[1])"), {kNone, kNone, 10, 10, 20}, "shift inside");
  expect_same(other_values(both, "symbol(\"SPY\", close)[1]"), {kNone, kNone, 10, 20, 20}, "shift outside");
  expect_same(other_values(both, "close > 2 and symbol(\"SPY\", close > 15)"), {kNone, 0, 1, 1, 1}, "signal");
}

// Hours of two days beside days: the first day is complete with the hour that ends it, at 24:00.
TEST(OtherSymbol, DaysAreSeenByHoursOnceTheyAreOver) {
  const Bars hours = series_of("A", every(kHour, 48), std::vector<double>(48, 1.0));
  const Bars days = series_of("VIX", every(kDay, 12, -10 * kDay), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  std::vector<double> wanted(48, 9);                     // the day before, which lies at -1 day
  for (std::size_t i = 23; i < 47; ++i) wanted[i] = 10;  // day 0 from the hour on that begins at 23:00
  wanted[47] = 11;
  expect_same(other_values(with_others(hours, {days}).value(), "symbol(\"VIX\", close)"), wanted, "days");
}

// Weeks from day 0 beside days: a week sees its seventh day.
TEST(OtherSymbol, WeeksSeeTheDaysThatBelongToThem) {
  const Bars weeks = series_of("A", every(7 * kDay, 3), {1, 2, 3});
  std::vector<double> close(21);
  for (std::size_t i = 0; i < close.size(); ++i) close[i] = static_cast<double>(i);
  const Bars days = series_of("SPY", every(kDay, 21), close);
  expect_same(other_values(with_others(weeks, {days}).value(), "symbol(\"SPY\", close)"), {6, 13, 20}, "weeks");
}

// January has 31 days: its month is not seen on the 30th, and on the 31st it is.
TEST(OtherSymbol, MonthsAreOverOnTheirLastDay) {
  const Nanoseconds january = 19'723 * kDay;  // 2024-01-01
  std::vector<Nanoseconds> months = {january, january + 31 * kDay, january + 60 * kDay};
  const Bars rates = series_of("RATE", months, {1, 2, 3});
  const Bars days = series_of("A", every(kDay, 40, january), std::vector<double>(40, 1.0));
  const std::vector<double> found = other_values(with_others(days, {rates}).value(), "symbol(\"RATE\", close)");
  EXPECT_TRUE(std::isnan(found[29]));
  EXPECT_EQ(found[30], 1);
  EXPECT_EQ(found[39], 1);
}

struct Walk {
  Bars bars;
  std::vector<Bars> others;
};

Walk other_walk(std::uint32_t seed) {
  std::mt19937 random(seed);
  const Nanoseconds steps[] = {kHour, kHour, 4 * kHour, kDay};
  const auto made = [&](const std::string& name, Nanoseconds step, std::size_t count) {
    std::vector<Nanoseconds> time;
    std::vector<double> close;
    Nanoseconds now = static_cast<Nanoseconds>(random() % 3) * step;
    for (std::size_t i = 0; i < count; ++i) {
      time.push_back(now);
      now += step * (random() % 5 == 0 ? 2 : 1);
      close.push_back(50 + static_cast<double>(random() % 20));
    }
    return series_of(name, std::move(time), close);
  };
  Walk walk;
  walk.bars = made("A", steps[random() % 4], 60);
  for (const char* name : {"B", "C"}) walk.others.push_back(made(name, steps[random() % 4], 10 + random() % 80));
  return walk;
}

// Against a plain loop: the other's own values, of which the last whose bar has ended when this one ends.
TEST(OtherSymbol, IsThePlainRuleAndNeverLooksAhead) {
  const std::pair<const char*, const char*> formulas[] = {
      {"symbol(\"B\", close)", "close"},
      {"symbol(\"B\", sma(close, n) + 1)", "sma(close, n) + 1"},
      {"symbol(\"B\", crosses_above(close, 60))", "crosses_above(close, 60)"},
      {"symbol(\"B\", at(\"1d\", close))", "at(\"1d\", close)"}};
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const Walk walk = other_walk(seed);
    const Bars& b = walk.others[0];
    const Bars both = with_others(walk.bars, walk.others).value();
    const Nanoseconds length = bar_length_of(walk.bars.time()), other_length = bar_length_of(b.time());
    for (const auto& [formula, inner] : formulas) {
      const std::vector<double> own = other_values(b, inner);
      std::vector<double> wanted(both.size(), kNone);
      for (std::size_t t = 0; t < both.size(); ++t) {
        for (std::size_t i = 0; i < b.size(); ++i) {
          if (b.time()[i] + other_length <= both.time()[t] + length) wanted[t] = own[i];
        }
      }
      const std::vector<double> whole = other_values(both, formula);
      expect_same(whole, wanted, std::string(formula) + " seed " + std::to_string(seed));
      for (std::size_t count = 1; count < both.size(); count += 7) {
        const std::vector<double> part = other_values(known_at(both, count), formula);
        expect_same(part, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(count)}, "prefix");
      }
    }
    const std::vector<double> nested = other_values(both, "symbol(\"B\", symbol(\"C\", close))");
    for (std::size_t count = 1; count < both.size(); count += 7) {
      const std::vector<double> part = other_values(known_at(both, count), "symbol(\"B\", symbol(\"C\", close))");
      expect_same(part, {nested.begin(), nested.begin() + static_cast<std::ptrdiff_t>(count)}, "nested prefix");
    }
  }
}

TEST(OtherSymbol, IsPartOfTheDataAndOfTheText) {
  const Bars own = series_of("A", every(kDay, 3), {1, 2, 3});
  const Bars spy = series_of("SPY", every(kDay, 3), {1, 2, 3}), other = series_of("SPY", every(kDay, 3), {1, 2, 4});
  EXPECT_NE(with_others(own, {spy}).value().fingerprint(), own.fingerprint());
  EXPECT_NE(with_others(own, {spy}).value().fingerprint(), with_others(own, {other}).value().fingerprint());
  const Expression formula = symbol("SPY", sma(column("vix"), parameter("n", 2))) + close();
  EXPECT_EQ(to_text(formula), "symbol(\"SPY\", sma(column(\"vix\"), n)) + close");
  EXPECT_EQ(columns_of(formula), std::vector<std::string>{"close"});
  EXPECT_EQ(symbols_of(formula), std::vector<std::string>{"SPY"});
  EXPECT_EQ(parameters_of(formula).size(), 1U);
}

std::string refusal(const Bars& bars, const char* formula) {
  const Expression outputs[] = {parse(formula).value()};
  Workspace workspace;
  const auto views = Program::compile(outputs).value().evaluate(bars, {}, workspace);
  return views.ok() ? "" : views.error().message;
}

TEST(OtherSymbol, WhatIsNotThereIsNamed) {
  const Bars own = series_of("A", every(kDay, 3), {1, 2, 3}), spy = series_of("SPY", every(kDay, 3), {1, 2, 3});
  const Bars both = with_others(own, {spy}).value();
  EXPECT_NE(refusal(own, "symbol(\"SPY\", close)").find("the data hold one only; give 'SPY'"), std::string::npos);
  EXPECT_NE(refusal(both, "symbol(\"SPX\", close)").find("did you mean 'SPY'"), std::string::npos);
  EXPECT_NE(refusal(both, "symbol(\"SPY\", column(\"vix\"))").find("symbol(\"SPY\", ...)"), std::string::npos);
  EXPECT_NE(refusal(both, "symbol(\"SPY\", sma(close, 0.5 * 5))").find("window is 2.5"), std::string::npos);
  EXPECT_FALSE(with_others(own, {spy, spy}).ok());
  Bars elsewhere = spy;
  elsewhere.set_time_zone("America/New_York");
  EXPECT_FALSE(with_others(own, {elsewhere}).ok());
  EXPECT_TRUE(with_others(own, {elsewhere}, {.mixed = true}).ok());
  const Expression outputs[] = {symbol("SPY", close())};
  const auto stepper = Stepper::create(Program::compile(outputs).value(), both, {});
  ASSERT_FALSE(stepper.ok());
  EXPECT_NE(stepper.error().message.find("a feed of one symbol"), std::string::npos);
}

// Days 0 to 3; B has none on day 2; VIX beside the panel is traded by nobody.
TEST(OtherSymbol, IsReadByEverySymbolOfAPanel) {
  const Panel panel =
      Panel::create({series_of("A", every(kDay, 4), {1, 2, 3, 4}), series_of("B", {0, kDay, 3 * kDay}, {5, 1, 6})})
          .value()
          .with_others({series_of("VIX", every(kDay, 4), {30, 20, 10, 5})})
          .value();
  const auto values_at = [&panel](const char* formula) {
    const std::size_t stamps[] = {0, 1, 2, 3};
    const auto made = evaluate_at(panel, parse(formula).value(), stamps, {}, 252);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return made.ok() ? *made : std::vector<double>();
  };
  expect_same(values_at("symbol(\"B\", close)"), {5, 5, 1, 1, 1, 1, 6, 6}, "B");
  expect_same(values_at("symbol(\"A\", close) - close"), {0, -4, 0, 1, 0, 1, 0, -2},
              "A - own");  // B keeps day 1 on day 2
  expect_same(values_at("symbol(\"VIX\", close)"), {30, 30, 20, 20, 10, 20, 5, 5},
              "VIX");  // as of each symbol's last bar
  // A's place among the two: smaller on day 0, larger on days 1 and 2, smaller on day 3.
  expect_same(values_at("symbol(\"A\", rank(close))"), {0.5, 0.5, 1, 1, 1, 1, 0.5, 0.5}, "rank of A");
  expect_same(values_at("rank(symbol(\"A\", close) + close)"), {0.5, 1, 1, 0.5, 1, 0.5, 0.5, 1}, "rank of a sum");
  EXPECT_FALSE(panel.with_others({series_of("A", every(kDay, 4), {1, 2, 3, 4})}).ok());
  const std::size_t stamps[] = {0};
  const auto unknown = evaluate_at(panel, parse("symbol(\"VIXX\", close)").value(), stamps, {}, 252);
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.error().message.find("did you mean 'VIX'"), std::string::npos) << unknown.error().message;
}

}  // namespace
}  // namespace peak::expression
