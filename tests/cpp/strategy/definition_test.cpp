#include "peak/strategy/definition.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>

#include "peak/expression/functions.hpp"

namespace peak {
namespace {

using namespace expression;

StrategyDefinition cross() {
  StrategyDefinition d;
  d.name = "cross";
  d.parameters = {{"fast", 10, 1, 100, 1, ""}, {"slow", 50, {}, {}, {}, ""}};
  const Expression fast = sma(close(), parameter("fast", 10)), slow = sma(close(), parameter("slow", 50));
  d.lines = {{"fast_ma", fast}};
  d.entry = crosses_above(fast, slow);
  d.exit = crosses_below(fast, slow);
  return d;
}

std::string refused(const std::function<void(StrategyDefinition*)>& change) {
  StrategyDefinition d = cross();
  change(&d);
  const Status status = d.validate();
  return status.ok() ? "no error" : status.error().message;
}

TEST(StrategyDefinition, ValidateNamesThePart) {
  EXPECT_TRUE(cross().validate().ok());
  const std::pair<std::function<void(StrategyDefinition*)>, const char*> cases[] = {
      {[](auto* d) { d->name = ""; }, "needs a name"},
      {[](auto* d) {
         d->entry.reset();
         d->exit.reset();
       },
       "neither entry nor short_entry"},
      {[](auto* d) { d->entry = close(); }, "entry must be a signal"},
      {[](auto* d) { d->entry = Expression(); }, "entry: an empty expression"},
      {[](auto* d) { d->exit = close() > (close() > 1); }, "exit: '>' needs a number"},
      {[](auto* d) { d->parameters[0].name = "fats"; }, "fast_ma: unknown parameter 'fast'; did you mean 'fats'?"},
      {[](auto* d) {
         d->parameters.push_back({"other", 1, {}, {}, {}, ""});
       },
       "'other' is used by no signal"},
      {[](auto* d) { d->parameters.push_back(d->parameters[0]); }, "'fast' is given twice"},
      {[](auto* d) { d->parameters[0].value = NAN; }, "must be a finite number"},
      {[](auto* d) { d->parameters[0].low = 200; }, "low is above high"},
      {[](auto* d) { d->lines.push_back(d->lines[0]); }, "'fast_ma' is used twice"},
      {[](auto* d) { d->lines[0].first = "entry"; }, "cannot be the name of a line"},
      {[](auto* d) { d->lines[0].first = "fast"; }, "'fast' is used twice"},
      {[](auto* d) { d->broker.commission = 1.5; }, "commission is 1.5"},
      {[](auto* d) { d->broker.cash = 0.0; }, "cash is 0"},
  };
  for (const auto& [change, part] : cases) {
    EXPECT_NE(refused(change).find(part), std::string::npos) << part << "\n" << refused(change);
  }
}

TEST(StrategyDefinition, ResolvePutsGivenValuesOverDefaults) {
  const StrategyDefinition d = cross();
  const auto values = d.resolve({{"fast", 5}});
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(*values, (ParameterValues{{"fast", 5}, {"slow", 50}}));
  EXPECT_TRUE(d.resolve({{"fast", 5000}}).ok());  // above the sensible range is allowed
  const std::pair<ParameterValues, const char*> cases[] = {
      {{{"fats", 5}}, "strategy 'cross' has no parameter 'fats'; did you mean 'fast'?"},
      {{{"fast", 0}}, "parameter 'fast' is 0, but must be at least 1"},
      {{{"fast", 2.5}}, "parameter 'fast' is 2.5, but must be a whole number"},
      {{{"slow", NAN}}, "must be a finite number"},
  };
  for (const auto& [given, part] : cases) {
    const auto refused_values = d.resolve(given);
    ASSERT_FALSE(refused_values.ok());
    EXPECT_NE(refused_values.error().message.find(part), std::string::npos) << refused_values.error().message;
  }
}

TEST(StrategyDefinition, FingerprintCoversWhatDecidesARunAndNothingElse) {
  const Hash128 base = cross().fingerprint();
  const auto changed = [&](const std::function<void(StrategyDefinition*)>& change) {
    StrategyDefinition d = cross();
    change(&d);
    return d.fingerprint() != base;
  };
  EXPECT_FALSE(changed([](auto*) {}));
  EXPECT_FALSE(changed([](auto* d) { d->name = "other"; }));
  EXPECT_FALSE(changed([](auto* d) { d->description = "other"; }));
  EXPECT_FALSE(changed([](auto* d) { d->lines.clear(); }));
  EXPECT_FALSE(changed([](auto* d) { d->parameters[0].high = 7000; }));
  EXPECT_FALSE(changed([](auto* d) { std::swap(d->parameters[0], d->parameters[1]); }));
  EXPECT_TRUE(changed([](auto* d) { std::swap(d->entry, d->exit); }));
  EXPECT_TRUE(changed([](auto* d) { d->exit.reset(); }));
  EXPECT_TRUE(changed([](auto* d) { d->short_entry = d->exit; }));
  EXPECT_TRUE(changed([](auto* d) { d->parameters[0].value = 11; }));
  EXPECT_TRUE(changed([](auto* d) { d->broker.cash = 10000; }));
  EXPECT_TRUE(changed([](auto* d) { d->broker.finalize = false; }));
  EXPECT_TRUE(changed([](auto* d) { d->broker.size = Sizing{}; }));
}

TEST(StrategyDefinition, AdoptsParametersOfItsSignals) {
  StrategyDefinition d = cross();
  d.parameters.clear();
  EXPECT_FALSE(d.validate().ok());
  d.adopt_parameters();
  EXPECT_TRUE(d.validate().ok());
  ASSERT_EQ(d.parameters.size(), 2U);
  EXPECT_EQ(d.parameters[1].value, 50);
}

}  // namespace
}  // namespace peak
