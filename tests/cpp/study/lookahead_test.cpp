#include "peak/study/lookahead.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <string>
#include <vector>

#include "peak/strategy/builtin.hpp"
#include "study/swept_market.hpp"

namespace peak {
namespace {

using testing::swept_market;

/// Decides by the closes of the prefix.
DecideOnPrefix deciding(const Bars& bars, double (*at)(std::span<const double> close, std::size_t bar)) {
  return [&bars, at](std::size_t count) -> Result<Decisions> {
    std::vector<double> values(count);
    for (std::size_t bar = 0; bar < count; ++bar) values[bar] = at(bars.close().first(count), bar);
    return Decisions{{"entry", values}};
  };
}

TEST(Lookahead, CausalDecisionsAreClean) {
  const Bars bars = swept_market(1, 300);
  const auto causal = [](std::span<const double> close, std::size_t bar) {
    return bar > 0 && close[bar] > close[bar - 1] ? 1.0 : 0.0;
  };
  const Lookahead found = check_lookahead(bars.size(), deciding(bars, causal)).value();
  EXPECT_TRUE(found.clean());
  EXPECT_EQ(found.prefixes, 46U);  // 32 cuts and 8 pairs; of 300 bars two are the same
  EXPECT_NE(found.text().find("No look-ahead"), std::string::npos);
  const Lookahead every = check_lookahead(bars.size(), deciding(bars, causal), {.every_bar = true}).value();
  EXPECT_EQ(every.prefixes, 299U);
}

TEST(Lookahead, TomorrowIsFoundWithItsDistance) {
  const Bars bars = swept_market(2, 300);
  const auto tomorrow = [](std::span<const double> close, std::size_t bar) {
    return bar + 1 < close.size() && close[bar + 1] > close[bar] ? 1.0 : 0.0;
  };
  const Lookahead found = check_lookahead(bars.size(), deciding(bars, tomorrow), {.every_bar = true}).value();
  ASSERT_EQ(found.findings.size(), 1U);
  const LookaheadFinding& first = found.findings.front();
  EXPECT_EQ(first.bars_ahead, 1U);
  EXPECT_EQ(first.prefix, first.bar + 1);
  EXPECT_EQ(first.then, 0);
  EXPECT_EQ(first.now, 1);
  // The first bar that is followed by a rise is the first that changes.
  std::size_t bar = 0;
  while (bars.close()[bar + 1] <= bars.close()[bar]) ++bar;
  EXPECT_EQ(first.bar, bar);
  const std::string text = found.text(&bars);
  EXPECT_NE(text.find("'entry' of bar " + std::to_string(bar) + " (1970-01-"), std::string::npos) << text;
  EXPECT_NE(text.find("settled when 1 later bar is known"), std::string::npos) << text;
  const auto third = [](std::span<const double> close, std::size_t at) {
    return at + 3 < close.size() ? close[at + 3] : std::numeric_limits<double>::quiet_NaN();
  };
  EXPECT_EQ(check_lookahead(bars.size(), deciding(bars, third)).value().findings.front().bars_ahead, 3U);
}

TEST(Lookahead, StatisticsOfTheWholeDataAreFound) {
  const Bars bars = swept_market(3, 300);
  const auto above_mean = [](std::span<const double> close, std::size_t bar) {
    double sum = 0;
    for (const double value : close) sum += value;
    return close[bar] - sum / static_cast<double>(close.size());
  };
  const Lookahead found = check_lookahead(bars.size(), deciding(bars, above_mean)).value();
  ASSERT_FALSE(found.clean());
  EXPECT_EQ(found.findings.front().bar, 0U);
  EXPECT_EQ(found.findings.front().bars_ahead, 0U);
  EXPECT_NE(found.text().find("over the whole data"), std::string::npos);
  EXPECT_EQ(found.differing_prefixes, found.prefixes);
}

TEST(Lookahead, ToleranceAndUndefined) {
  const Bars bars = swept_market(3, 100);
  const auto rounding = [](std::span<const double> close, std::size_t bar) {
    return close[bar] * (1.0 + 1e-15 * static_cast<double>(close.size()));
  };
  EXPECT_FALSE(check_lookahead(bars.size(), deciding(bars, rounding)).value().clean());
  EXPECT_TRUE(check_lookahead(bars.size(), deciding(bars, rounding), {.tolerance = 1e-12}).value().clean());
  const auto undefined = [](std::span<const double>, std::size_t) { return std::numeric_limits<double>::quiet_NaN(); };
  EXPECT_TRUE(check_lookahead(bars.size(), deciding(bars, undefined)).value().clean());
}

TEST(Lookahead, StrategiesOfTheLanguageAreClean) {
  const Bars bars = swept_market(4, 400);
  for (const std::string name : {"sma_cross", "rsi_reversal", "macd_cross"}) {
    const auto strategy = find_strategy(name);
    if (!strategy.ok()) continue;
    const auto found = check_lookahead(bars, *strategy, {}, {.every_bar = true});
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_TRUE(found->clean()) << name << ": " << found->text(&bars);
  }
}

TEST(Lookahead, ShortPrefixesThatCannotRunAreCounted) {
  const Bars bars = swept_market(5, 100);
  const DecideOnPrefix picky = [&](std::size_t count) -> Result<Decisions> {
    if (count < 20) return invalid_argument("needs 20 bars");
    return Decisions{{"entry", std::vector<double>(count, 0.0)}};
  };
  const Lookahead found = check_lookahead(100, picky, {.every_bar = true}).value();
  EXPECT_TRUE(found.clean());
  EXPECT_EQ(found.failed_prefixes, 19U);
  EXPECT_NE(found.text().find("needs 20 bars"), std::string::npos);
  const DecideOnPrefix only_whole = [](std::size_t count) -> Result<Decisions> {
    if (count < 100) return invalid_argument("needs all");
    return Decisions{{"entry", std::vector<double>(count, 0.0)}};
  };
  EXPECT_FALSE(check_lookahead(100, only_whole).ok());
}

TEST(Lookahead, BadInput) {
  const DecideOnPrefix nothing = [](std::size_t) -> Result<Decisions> { return Decisions{}; };
  const DecideOnPrefix shorter = [](std::size_t) -> Result<Decisions> {
    return Decisions{{"entry", std::vector<double>(5, 0.0)}};
  };
  const DecideOnPrefix failing = [](std::size_t) -> Result<Decisions> { return bad_data("broken"); };
  const DecideOnPrefix fine = [](std::size_t count) -> Result<Decisions> {
    return Decisions{{"entry", std::vector<double>(count, 0.0)}};
  };
  EXPECT_FALSE(check_lookahead(100, nothing).ok());
  EXPECT_NE(check_lookahead(100, shorter).error().message.find("5 values for 100 bars"), std::string::npos);
  EXPECT_EQ(check_lookahead(100, failing).error().message, "broken");
  EXPECT_FALSE(check_lookahead(2, fine).ok());
  EXPECT_FALSE(check_lookahead(100, fine, {.cuts = 0, .pairs = 0}).ok());
  StopSource stop;
  stop.request_stop();
  EXPECT_EQ(check_lookahead(100, fine, {.stop = stop.token()}).error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(check_lookahead(3, fine).ok());
}

}  // namespace
}  // namespace peak
