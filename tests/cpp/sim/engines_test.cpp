// The fast engine against the reference engine: equal to the bit on generated cases, on every SIMD level (rule 16).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <span>

#include "peak/base/simd.hpp"
#include "peak/sim/fast.hpp"
#include "peak/sim/reference.hpp"
#include "sim/generated_case.hpp"

namespace peak {
namespace {

bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0 || (std::isnan(a) && std::isnan(b)); }

void expect_same(std::span<const double> a, std::span<const double> b, const char* what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_TRUE(same_bits(a[i], b[i])) << what << "[" << i << "]: " << a[i] << " and " << b[i];
  }
}

void expect_same_trade(const Trade& a, const Trade& b) {
  ASSERT_EQ(a.side, b.side);
  ASSERT_EQ(a.status, b.status);
  ASSERT_EQ(a.exit_reason, b.exit_reason);
  ASSERT_EQ(a.ambiguous, b.ambiguous);
  ASSERT_EQ(a.entry_bar, b.entry_bar);
  ASSERT_EQ(a.exit_bar, b.exit_bar);
  const double left[] = {a.quantity, a.entry_price, a.exit_price, a.entry_fee, a.exit_fee, a.pnl, a.return_fraction};
  const double right[] = {b.quantity, b.entry_price, b.exit_price, b.entry_fee, b.exit_fee, b.pnl, b.return_fraction};
  expect_same(left, right, "trade");
}

void expect_same_order(const Order& a, const Order& b) {
  ASSERT_EQ(a.decision_bar, b.decision_bar);
  ASSERT_EQ(a.fill_bar, b.fill_bar);
  ASSERT_EQ(a.action, b.action);
  ASSERT_EQ(a.purpose, b.purpose);
  ASSERT_EQ(a.side, b.side);
  ASSERT_EQ(a.status, b.status);
  ASSERT_EQ(a.reason, b.reason) << reason_name(a.reason) << " and " << reason_name(b.reason);
  ASSERT_EQ(a.type, b.type);
  ASSERT_EQ(a.fill_rule, b.fill_rule);
  ASSERT_EQ(a.ambiguous, b.ambiguous);
  const double left[] = {a.quantity, a.price, a.fee};
  const double right[] = {b.quantity, b.price, b.fee};
  expect_same(left, right, "order");
}

void expect_same_run(const Simulation& a, const Simulation& b) {
  expect_same(a.equity, b.equity, "equity");
  expect_same(a.returns, b.returns, "returns");
  ASSERT_EQ(a.ruin_bar, b.ruin_bar);
  for (std::size_t i = 0; i < a.in_position.size(); ++i) ASSERT_EQ(a.in_position[i], b.in_position[i]) << "bar " << i;
  ASSERT_EQ(a.orders.size(), b.orders.size());
  for (std::size_t i = 0; i < a.orders.size(); ++i)
    ASSERT_NO_FATAL_FAILURE(expect_same_order(a.orders[i], b.orders[i])) << i;
  ASSERT_EQ(a.trades.size(), b.trades.size());
  for (std::size_t i = 0; i < a.trades.size(); ++i)
    ASSERT_NO_FATAL_FAILURE(expect_same_trade(a.trades[i], b.trades[i])) << i;
  const double left[] = {a.final_cash, a.final_units, a.fees, a.traded_value};
  const double right[] = {b.final_cash, b.final_units, b.fees, b.traded_value};
  expect_same(left, right, "totals");
  ASSERT_EQ(a.signals.entries, b.signals.entries);
  ASSERT_EQ(a.signals.exits, b.signals.exits);
  ASSERT_EQ(a.signals.short_entries, b.signals.short_entries);
  ASSERT_EQ(a.signals.short_exits, b.signals.short_exits);
  ASSERT_EQ(a.signals.conflicts, b.signals.conflicts);
  ASSERT_EQ(a.signals.ignored, b.signals.ignored);
}

std::size_t case_count() {
  const char* asked = std::getenv("PEAK_PROPERTY_CASES");  // a longer run than CI's
  return asked != nullptr ? std::strtoul(asked, nullptr, 10) : 10'000;
}

TEST(Engines, FastEqualsReferenceOnEverySimdLevel) {
  for (const std::string& level : simd_levels()) {
    SCOPED_TRACE(level);
    ASSERT_TRUE(set_simd_level(level).ok());
    testing::CaseMaker maker(20'260'101);
    std::size_t trades = 0, stops = 0, ruins = 0, rejected = 0;
    // All cases on the level that runs; enough on each other level to meet every kernel.
    const std::size_t count = level == simd_levels().back() ? case_count() : std::min<std::size_t>(case_count(), 1'000);
    for (std::size_t i = 0; i < count; ++i) {
      SCOPED_TRACE("case " + std::to_string(i));
      const testing::GeneratedCase made = maker.make();
      const auto reference = simulate_reference(made.bars, made.views(), made.broker);
      const auto fast = simulate_fast(made.bars, made.views(), made.broker);
      ASSERT_TRUE(reference.ok()) << reference.error().message;
      ASSERT_TRUE(fast.ok()) << fast.error().message;
      ASSERT_NO_FATAL_FAILURE(expect_same_run(*reference, *fast));
      trades += fast->trades.size();
      ruins += fast->ruin_bar != kNoBar;
      for (const Trade& trade : fast->trades) stops += trade.exit_reason >= ExitReason::kStopLoss;
      for (const Order& order : fast->orders) rejected += order.status == OrderStatus::kRejected;
    }
    // A comparison of runs in which nothing happens would prove nothing.
    EXPECT_GT(trades, count);
    EXPECT_GT(stops, count);
    EXPECT_GT(ruins, 0U);
    EXPECT_GT(rejected, 0U);
  }
  ASSERT_TRUE(set_simd_level("").ok());
}

// Rule 8 and the first invariant of accounting: equity is cash and position, and money moves only by fills and prices.
TEST(Engines, EquityIsWhatTradesAndFeesLeave) {
  testing::CaseMaker maker(7);
  for (std::size_t i = 0; i < 500; ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    const testing::GeneratedCase made = maker.make();
    const auto run = simulate_fast(made.bars, made.views(), made.broker);
    ASSERT_TRUE(run.ok());
    if (made.bars.size() == 0) continue;
    double pnl = 0, fees = 0, largest = made.broker.cash;
    for (const Trade& trade : run->trades) {
      pnl += trade.pnl;
      fees += trade.entry_fee + trade.exit_fee;
      largest = std::max(largest, trade.quantity * trade.entry_price);
    }
    const double tolerance = 1e-11 * largest * static_cast<double>(1 + run->trades.size());
    EXPECT_NEAR(run->equity.back(), made.broker.cash + pnl, tolerance);
    EXPECT_NEAR(run->fees, fees, tolerance);
    if (run->final_units >= 0 && run->ruin_bar == kNoBar && made.broker.margin.leverage == 1) {
      EXPECT_GE(run->final_cash, 0.0);
    }
  }
}

}  // namespace
}  // namespace peak
