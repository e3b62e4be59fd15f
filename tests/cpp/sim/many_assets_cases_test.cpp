// Hand-worked cases of target weights: prices, weights and what must come of them, each with its arithmetic beside it.
//
// Two symbols, 1,000 in cash. Prices are given as open and close of each day; weights are decided at a close. Every
// case runs on both engines.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "generated_panel.hpp"

namespace peak {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Day {
  double open, close;  // NaN: the symbol has no bar
};
struct Weights {
  std::size_t day;
  double a, b;
};
struct Expected {
  double cash = 0, a = 0, b = 0;  // at the end
  std::optional<double> equity = {};
  std::optional<double> fees = {};
  std::optional<std::size_t> trades = {};
  std::optional<Reason> reason = {};  // of the last order that has one
};
struct Case {
  const char* name;
  std::vector<Day> a, b;
  std::vector<Weights> weights;
  Expected expected;
  std::function<void(BrokerOptions&, std::vector<Instrument>&)> options = {};
};

using Options = BrokerOptions&;
using Symbols = std::vector<Instrument>&;

CorporateAction on(std::int64_t day, CorporateActionKind kind, double value) {
  return {day * kNanosecondsPerDay, kind, value};
}

constexpr Day kTen{10, 10}, kTwenty{20, 20}, kAbsent{kNone, kNone};

// clang-format off
const std::vector<Case>& cases() {
  static const std::vector<Case>& all = *new std::vector<Case>{
    {"weights fill at the next open", {kTen, kTen}, {kTwenty, {25, 30}}, {{0, 0.5, 0.5}},
     // a: 500 / 10 = 50; b: 500 / 25 = 20; equity 50 * 10 + 20 * 30 = 1100
     {.cash = 0, .a = 50, .b = 20, .equity = 1100, .trades = 2}},
    {"under same_close they fill at the close that decides", {{10, 20}, {25, 40}}, {kTwenty, kTwenty}, {{0, 0.5, 0.25}},
     // a: 500 / 20 = 25; b: 250 / 20 = 12.5; 1000 - 750 = 250; equity 250 + 25 * 40 + 12.5 * 20 = 1500
     {.cash = 250, .a = 25, .b = 12.5, .equity = 1500},
     [](Options o, Symbols) { o.fill = FillTiming::kSameClose; }},
    {"reductions come first and pay for increases, whatever the order of symbols",
     {kTen, kTen, kTen}, {kTwenty, kTwenty, kTwenty}, {{0, 0, 1}, {1, 1, 0}},
     // b: 1000 / 20 = 50, sold again for 1000; a: 1000 / 10 = 100
     {.cash = 0, .a = 100, .b = 0, .equity = 1000, .trades = 2}},
    {"targets come from the equity at the fill prices before any fill",
     {kTen, kTen, {20, 20}}, {kTwenty, kTwenty, kTwenty}, {{0, 0.5, 0.5}, {1, 0.5, 0.5}},
     // 50 and 25; at the open of day 2: 50 * 20 + 25 * 20 = 1500; a: 750 / 20 = 37.5, b: 750 / 20 = 37.5
     {.cash = 0, .a = 37.5, .b = 37.5, .equity = 1500}},
    {"fees make cash short: all increases are scaled by one factor",
     {kTen, kTen}, {kTwenty, kTwenty}, {{0, 0.5, 0.5}},
     // wanted 50 and 25: 1000 and a fee of 10 % = 1100; factor 1000 / 1100 = 1 / 1.1: 45.4545..., 22.7272...
     // the second entry takes what is left: cash 0; fees 1000 / 11 = 90.9090...
     {.cash = 0, .a = 500 / 11.0, .b = 250 / 11.0, .equity = 10000 / 11.0, .fees = 1000 / 11.0, .reason = Reason::kNoCash},
     [](Options o, Symbols) { o.commission = 0.1; }},
    {"weights that leave room for the fees fill whole", {kTen, kTen}, {kTwenty, kTwenty}, {{0, 0.5, 0.25}},
     // 500 + 50, 250 + 25: 1000 - 825 = 175
     {.cash = 175, .a = 50, .b = 12.5, .equity = 925, .fees = 75, .reason = Reason::kNone},
     [](Options o, Symbols) { o.commission = 0.1; }},
    {"a reduction pays its fee too", {kTen, kTen, kTen}, {kTwenty, kTwenty, kTwenty}, {{0, 0.5, 0}, {1, 0.25, 0}},
     // bought 50: 500 + 5; equity 995; wanted 0.25 * 995 / 10 = 24.875: sold 25.125 for 251.25 - 2.5125;
     // cash 495 + 251.25 - 2.5125 = 743.7375
     {.cash = 743.7375, .a = 24.875, .equity = 992.4875, .fees = 7.5125},
     [](Options o, Symbols) { o.commission = 0.01; }},
    {"slippage: bought dearer, sized at the market's price", {kTen, kTen}, {kTwenty, kTwenty}, {{0, 0.5, 0}},
     // 500 / 10 = 50 at 10 * 1.5 = 15: 1000 - 750 = 250
     {.cash = 250, .a = 50, .equity = 750}, [](Options o, Symbols) { o.slippage = 0.5; }},
    {"whole lots: the rest stays in cash", {kTen, kTen}, {{30, 30}, {30, 30}}, {{0, 0.5, 0.5}},
     // a: 500 / 10 = 50 = 50 lots of 1; b: 500 / 30 = 16.67: 16; cash 1000 - 500 - 480 = 20
     {.cash = 20, .a = 50, .b = 16, .equity = 1000}, [](Options o, Symbols) { o.size_step = 1; }},
    {"a short brings cash and owes units", {kTen, kTen, {10, 12}}, {kTwenty, kTwenty, kTwenty}, {{0, -0.5, 0.5}},
     // a: -50 for +500; b: 25 for -500; cash 1000; equity 1000 - 50 * 12 + 25 * 20 = 900
     {.cash = 1000, .a = -50, .b = 25, .equity = 900}},
    {"a target on the other side turns the position", {kTen, kTen, kTen}, {kTwenty, kTwenty, kTwenty}, {{0, 0.5, 0}, {1, -0.5, 0}},
     // +50, then sold 100: 1000 - 500 + 1000 = 1500; equity 1500 - 500 = 1000
     {.cash = 1500, .a = -50, .equity = 1000, .trades = 2}},
    {"a split over a waiting target: it is worth what it was", {kTen, {5, 5}}, {kTwenty, kTwenty}, {{0, 0.5, 0}},
     // the split takes effect before the open: 500 / 5 = 100 new units
     {.cash = 500, .a = 100, .equity = 1000},
     [](Options, Symbols s) { s[0].actions = {on(1, CorporateActionKind::kSplit, 2)}; }},
    {"a split on the rebalance bar: units are new before they are looked at", {kTen, kTen, {5, 5}}, {kTwenty, kTwenty, kTwenty}, {{0, 0.5, 0.5}, {1, 0.5, 0.5}},
     // 50 become 100 at 5: 500, as before; nothing to trade, no fee
     {.cash = 0, .a = 100, .b = 25, .equity = 1000, .fees = 0, .trades = 2},
     [](Options, Symbols s) { s[0].actions = {on(2, CorporateActionKind::kSplit, 2)}; }},
    {"a dividend is paid in cash and spent at the next rebalance", {kTen, kTen, kTen, kTen}, {kTwenty, kTwenty, kTwenty, kTwenty}, {{0, 1, 0}, {2, 0.5, 0.5}},
     // 100 units; day 2 pays 100 * 1; equity 1100: 550 / 10 = 55, 550 / 20 = 27.5
     {.cash = 0, .a = 55, .b = 27.5, .equity = 1100},
     [](Options, Symbols s) { s[0].actions = {on(2, CorporateActionKind::kDividend, 1)}; }},
    {"a short pays the dividend", {kTen, kTen, kTen}, {kTwenty, kTwenty, kTwenty}, {{0, -0.5, 0}},
     // -50 units: 1000 + 500; pays 50 * 1: 1450; equity 1450 - 500 = 950
     {.cash = 1450, .a = -50, .equity = 950},
     [](Options, Symbols s) { s[0].actions = {on(2, CorporateActionKind::kDividend, 1)}; }},
    {"a delisting closes at its price with the fee, without slippage", {kTen, kTen, kTen}, {kTwenty, kTwenty, kTwenty}, {{0, 0.5, 0}},
     // 50 at 10, fee 5: 495; closed at 4: 200 less a fee of 2: 693
     {.cash = 693, .a = 0, .equity = 693, .fees = 7},
     [](Options o, Symbols s) { o.commission = 0.01; s[0].actions = {on(2, CorporateActionKind::kDelisting, 4)}; }},
    {"a delisted symbol gets no order any more", {kTen, kTen, kTen}, {kTwenty, kTwenty, kTwenty}, {{1, 0.5, 0.5}},
     // a is gone on day 1; b: 500 / 20 = 25
     {.cash = 500, .a = 0, .b = 25, .equity = 1000, .reason = Reason::kDelisted},
     [](Options, Symbols s) { s[0].actions = {on(1, CorporateActionKind::kDelisting, 4)}; }},
    {"a symbol without a bar waits, and keeps its mark", {kTen, kTen, kTen}, {kTwenty, kAbsent, {25, 25}}, {{0, 0.5, 0.5}},
     // a at once: 50; b on day 2: equity then 500 + 50 * 10 = 1000, 500 / 25 = 20
     {.cash = 0, .a = 50, .b = 20, .equity = 1000}},
    {"a later weight replaces one that waits", {kTen, kTen, kTen}, {kTwenty, kAbsent, {25, 25}}, {{0, 0, 0.5}, {1, 0, 0.25}},
     // only 0.25 * 1000 / 25 = 10
     {.cash = 750, .b = 10, .equity = 1000, .trades = 1, .reason = Reason::kCancelled}},
    {"an absent symbol counts in the equity at its last mark", {kTen, kTen, {20, 20}}, {kTwenty, {20, 30}, kAbsent}, {{0, 0.5, 0.5}, {1, 0.5, kNone}},
     // 50 and 25; day 2: 50 * 20 + 25 * 30 = 1750; a: 875 / 20 = 43.75; sold 6.25 at 20
     {.cash = 125, .a = 43.75, .b = 25, .equity = 1750}},
    {"a weight of nothing leaves the position alone", {kTen, kTen, {20, 20}}, {kTwenty, kTwenty, kTwenty}, {{0, 0.5, 0.5}, {1, kNone, 0}},
     // b is sold: 25 * 20
     {.cash = 500, .a = 50, .b = 0, .equity = 1500}},
    {"what is decided on the last bar is not filled", {kTen}, {kTwenty}, {{0, 0.5, 0.5}},
     {.cash = 1000, .equity = 1000, .trades = 0, .reason = Reason::kEndOfData}},
    {"weights that sum to more than one are scaled to the cash", {kTen, kTen}, {kTwenty, kTwenty}, {{0, 1, 1}},
     // 100 and 50 cost 2000; factor 1/2
     {.cash = 0, .a = 50, .b = 25, .equity = 1000, .reason = Reason::kNoCash}},
    {"finalize sells all at the last close with the fee", {kTen, kTen}, {kTwenty, kTwenty}, {{0, 0.5, 0.25}},
     // 1000 - 500 - 250 - 75 = 175; + 750 - 75 = 850
     {.cash = 850, .equity = 850, .fees = 150, .trades = 2},
     [](Options o, Symbols) { o.commission = 0.1; o.finalize = true; }},
    {"a contract's multiplier", {kTen, {10, 11}}, {kTwenty, kTwenty}, {{0, 0.5, 0}},
     // 500 / (10 * 5) = 10 contracts; 1000 - 500 + 10 * 11 * 5 = 1050
     {.cash = 500, .a = 10, .equity = 1050}, [](Options, Symbols s) { s[0].multiplier = 5; }},
    {"an entry below the minimum is rejected, the other filled", {kTen, kTen}, {kTwenty, kTwenty}, {{0, 0.05, 0.5}},
     {.cash = 500, .a = 0, .b = 25, .equity = 1000, .reason = Reason::kBelowMinimum},
     [](Options, Symbols s) { s[0].minimum_notional = 100; }},
    {"shorts that outgrow the equity ruin the account", {kTen, kTen, {10, 35}}, {kTwenty, kTwenty, kTwenty}, {{0, -0.5, 0}},
     // 1500 - 50 * 35 = -250: bought back at 35
     {.cash = -250, .a = 0, .equity = -250, .trades = 1}},
    {"interest on cash, by the days between bars over 365", {kTen, kTen}, {kTwenty, kTwenty}, {{0, 0, 0}},
     // 1000 * 0.365 / 365 = 1
     {.cash = 1001, .equity = 1001}, [](Options o, Symbols) { o.financing.interest = 0.365; }},
  };
  return all;
}
// clang-format on

Bars series_of(const std::string& symbol, const std::vector<Day>& days) {
  std::vector<Nanoseconds> time;
  std::vector<double> open, close;
  for (std::size_t t = 0; t < days.size(); ++t) {
    if (std::isnan(days[t].close)) continue;
    time.push_back(static_cast<Nanoseconds>(t) * kNanosecondsPerDay);
    open.push_back(days[t].open);
    close.push_back(days[t].close);
  }
  return testing::bars_of(symbol, std::move(time), std::move(open), std::move(close));
}

double units_at_end(const Simulation& run, std::uint32_t symbol) {
  double units = 0;
  for (const HoldingChange& change : run.holdings) {
    if (change.symbol == symbol) units = change.units;
  }
  return units;
}

void check(const Case& one, bool fast) {
  SCOPED_TRACE(std::string(one.name) + (fast ? " (fast)" : " (broker)"));
  const Panel panel = Panel::create({series_of("A", one.a), series_of("B", one.b)}).value();
  TargetWeights targets;
  for (const Weights& weights : one.weights) {
    targets.stamps.push_back(weights.day);
    targets.weights.insert(targets.weights.end(), {weights.a, weights.b});
  }
  BrokerOptions options;
  options.cash = 1'000;
  std::vector<Instrument> instruments(2);
  if (one.options) one.options(options, instruments);
  const auto run = fast ? simulate_weights(panel, targets, options, instruments)
                        : simulate_weights_reference(panel, targets, options, instruments);
  ASSERT_TRUE(run.ok()) << run.error().message;
  constexpr double kTolerance = 1e-10;
  EXPECT_NEAR(run->final_cash, one.expected.cash, kTolerance);
  EXPECT_NEAR(units_at_end(*run, 0), one.expected.a, kTolerance);
  EXPECT_NEAR(units_at_end(*run, 1), one.expected.b, kTolerance);
  if (one.expected.equity) {
    EXPECT_NEAR(run->equity.back(), *one.expected.equity, kTolerance);
  }
  if (one.expected.fees) {
    EXPECT_NEAR(run->fees, *one.expected.fees, kTolerance);
  }
  if (one.expected.trades) {
    EXPECT_EQ(run->trades.size(), *one.expected.trades);
  }
  Reason last = Reason::kNone;
  for (const Order& order : run->orders) {
    if (order.reason != Reason::kNone) last = order.reason;
  }
  if (one.expected.reason) {
    EXPECT_STREQ(reason_name(last), reason_name(*one.expected.reason));
  }
}

TEST(ManyAssetsCases, WorkedByHand) {
  for (const Case& one : cases()) {
    check(one, true);
    check(one, false);
  }
  EXPECT_GE(cases().size(), 25U);
}

// A share in euros: rates are what one euro costs. Opens count at the rate before, closes at the rate of the day.
TEST(ManyAssetsCases, AnotherCurrencyIsConverted) {
  const Bars euros = series_of("EUR share", {{10, 10}, {10, 10}, {10, 10}});
  const Bars rates = series_of("EURUSD", {{1, 1.0}, {1, 1.25}, {1, 1.5}});
  const Bars dollars = at_rates(euros, rates).value();
  // before the first rate there is no open; then 10 * 1.0 and 10 * 1.25
  EXPECT_TRUE(std::isnan(dollars.open()[0]));
  EXPECT_EQ(dollars.open()[1], 10);
  EXPECT_EQ(dollars.open()[2], 12.5);
  EXPECT_EQ(dollars.close()[0], 10);
  EXPECT_EQ(dollars.close()[1], 12.5);
  EXPECT_EQ(dollars.close()[2], 15);
  EXPECT_EQ(dollars.low()[2], 12.5);
  EXPECT_EQ(dollars.high()[2], 15);
  const Panel panel = Panel::create({dollars, series_of("B", {kTen, kTen, kTen})}).value();
  BrokerOptions options;
  options.cash = 1'000;
  // bought 500 / 10 = 50 on day 1; worth 50 * 15 = 750 on day 2
  const Simulation run = simulate_weights(panel, {{0}, {0.5, 0}}, options).value();
  EXPECT_EQ(run.equity[2], 1250);
  EXPECT_EQ(run.equity[1], 1125);
}

}  // namespace
}  // namespace peak
