#include "peak/strategy/builtin.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "expression/sample_bars.hpp"
#include "peak/strategy/file.hpp"
#include "strategy/builtin_texts.hpp"

namespace peak {
namespace {

using expression::Expression;
using expression::Program;
using expression::Workspace;

std::vector<Expression> signals_of(const StrategyDefinition& definition) {
  std::vector<Expression> signals;
  for (const auto* signal : {&definition.entry, &definition.exit, &definition.short_entry, &definition.short_exit}) {
    if (*signal) signals.push_back(**signal);
  }
  return signals;
}

TEST(BuiltinStrategies, AreTheOnesThatArePromised) {
  EXPECT_EQ(builtin_strategy_names(), (std::vector<std::string>{"sma_cross",
                                                                "ema_cross",
                                                                "rsi_reversion",
                                                                "bollinger_breakout",
                                                                "macd_cross",
                                                                "donchian_breakout",
                                                                "momentum",
                                                                "ma_crossover",
                                                                "breakout_donchian",
                                                                "breakout",
                                                                "momentum_1h",
                                                                "bollinger_bands",
                                                                "macd",
                                                                "trend_following",
                                                                "mean_reversion",
                                                                "mean_reversion_channel",
                                                                "vol_breakout",
                                                                "vol_regime_filter",
                                                                "composite",
                                                                "regime_switching",
                                                                "buy_and_hold"}));
}

TEST(BuiltinStrategies, EachTextIsAGoodStrategyFile) {
  for (const char* text : builtin_texts()) {
    const auto definition = parse_strategy(text, "<built in>");
    ASSERT_TRUE(definition.ok()) << definition.error().message;
    EXPECT_TRUE(find_strategy(definition->name).ok()) << definition->name;
    EXPECT_FALSE(definition->description.empty());
    EXPECT_FALSE(definition->short_entry.has_value());
    for (const StrategyParameter& parameter : definition->parameters) {
      EXPECT_TRUE(parameter.low && parameter.high && parameter.step) << definition->name << " " << parameter.name;
      EXPECT_LE(parameter.value, *parameter.high);
      EXPECT_FALSE(parameter.description.empty());
    }
    const auto again = parse_strategy(to_toml(*definition), "<again>");
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again->fingerprint(), definition->fingerprint());
  }
}

// The strategy of the contract, letter by letter.
TEST(BuiltinStrategies, SmaCrossIsTheContracts) {
  const auto contract = parse_strategy(R"toml(
name = "sma_cross"
[params]
fast = 10
slow = 50
[signals]
fast_ma    = "sma(close, fast)"
slow_ma    = "sma(close, slow)"
entry      = "crosses_above(fast_ma, slow_ma)"
exit       = "crosses_below(fast_ma, slow_ma)"
)toml",
                                       "contract");
  ASSERT_TRUE(contract.ok());
  EXPECT_EQ(find_strategy("sma_cross")->fingerprint(), contract->fingerprint());
}

TEST(BuiltinStrategies, UnknownNamesGetTheNearest) {
  const auto unknown = find_strategy("sma_corss");
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.error().message.find("did you mean 'sma_cross'?"), std::string::npos);
  EXPECT_NE(find_strategy("nowhere/x.toml").error().message.find("no such strategy file"), std::string::npos);
}

// Signals on bars 0..t do not change when more bars follow, for cuts one bar apart too.
TEST(BuiltinStrategies, NothingLooksAhead) {
  std::mt19937_64 random(17);
  const Bars bars = testing::generated_bars(700, random, false);
  const std::span<const StrategyDefinition> all = builtin_strategies().value();
  for (const StrategyDefinition& definition : all) {
    const std::vector<Expression> signals = signals_of(definition);
    const auto program = Program::compile(signals);
    ASSERT_TRUE(program.ok()) << program.error().message;
    Workspace whole_workspace, part_workspace;
    const auto whole = program->evaluate(bars, {}, whole_workspace);
    ASSERT_TRUE(whole.ok()) << whole.error().message;
    for (std::size_t size = 1; size <= bars.size(); ++size) {
      const Bars part = bars.slice(0, size);
      const auto views = program->evaluate(part, {}, part_workspace);
      ASSERT_TRUE(views.ok());
      for (std::size_t i = 0; i < signals.size(); ++i) {
        for (std::size_t t = size > 100 ? size - 100 : 0; t < size; ++t) {
          ASSERT_EQ((*views)[i].truth[t], (*whole)[i].truth[t]) << definition.name << " " << size << " " << t;
          ASSERT_EQ((*views)[i].defined[t], (*whole)[i].defined[t]) << definition.name << " " << size << " " << t;
        }
      }
    }
  }
}

// Each one acts on a walk that goes both ways.
TEST(BuiltinStrategies, EachGivesSignals) {
  std::mt19937_64 random(18);
  const Bars bars = testing::generated_bars(5000, random, false);
  const std::span<const StrategyDefinition> all = builtin_strategies().value();
  for (const StrategyDefinition& definition : all) {
    const auto program = Program::compile(signals_of(definition));
    ASSERT_TRUE(program.ok());
    Workspace workspace;
    const auto views = program->evaluate(bars, *definition.resolve({}), workspace);
    ASSERT_TRUE(views.ok()) << views.error().message;
    for (const auto& view : *views) {
      std::size_t count = 0;
      for (std::size_t t = 0; t < bars.size(); ++t) count += view.truth[t] ? 1U : 0U;
      EXPECT_GT(count, 10U) << definition.name;
    }
  }
}

// By hand: closes rise by one; the channel of the four bars before bar 4 tops at 4, so the close of bar 4 breaks it, as
// the close of every bar after it does. A channel with its own bar in it could never be broken by its close.
TEST(BuiltinStrategies, DonchianLooksAtTheBarsBefore) {
  const auto definition = find_strategy("donchian_breakout");
  ASSERT_TRUE(definition.ok()) << definition.error().message;
  const auto program = Program::compile(signals_of(*definition));
  Workspace workspace;
  const auto views =
      program->evaluate(testing::bars_of({1, 2, 3, 4, 5, 6, 2}), {{"window", 4}, {"exit_window", 2}}, workspace);
  ASSERT_TRUE(views.ok()) << views.error().message;
  std::string entries, exits;
  for (std::size_t t = 0; t < 7; ++t) {
    entries += (*views)[0].truth[t] ? 't' : 'f';
    exits += (*views)[1].truth[t] ? 't' : 'f';
  }
  EXPECT_EQ(entries, "ffffttf");
  EXPECT_EQ(exits, "fffffft");
}

}  // namespace
}  // namespace peak
