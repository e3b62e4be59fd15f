// An exit that ruins the account on the last bar, under backtesting.py's rules at the close: what the same bar decides
// cannot fill any more. The fast engine gave as reason that the data end there, the reference engine the ruin. Found by
// the property test at case 1,543,921 of a run of three millions.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "peak/sim/fast.hpp"
#include "peak/sim/reference.hpp"

namespace peak {
namespace {

// 10,000 sold short at 10: 1,000 units. The stop at 11 is jumped over, and fills at the open of 30: 20,000 are lost.
TEST(RuinOnTheLastBar, IsTheReasonOfWhatItsCloseDecided) {
  const std::vector<double> prices = {10, 10, 10, 30};
  std::vector<std::int64_t> time;
  for (std::size_t i = 0; i < prices.size(); ++i) time.push_back(static_cast<std::int64_t>(i) * kNanosecondsPerDay);
  const auto column = [&](const char* name) { return Column::own(name, std::vector<double>(prices)); };
  const Bars bars = Bars::from_columns(Column::own("time", std::move(time)), column("open"), column("high"),
                                       column("low"), column("close"), {})
                        .value();
  Bits entries(4), short_entries(4);
  short_entries.set(0);
  entries.set(3);
  BrokerOptions broker;
  broker.fill = FillTiming::kSameClose;
  broker.execution = Execution::kBacktestingPy;
  broker.stops.stop_loss.kind = StopKind::kFraction;
  broker.stops.stop_loss.value = 0.1;
  const SignalViews signals{entries.view(), {}, short_entries.view(), {}};
  for (const auto& engine : {simulate_reference(bars, signals, broker), simulate_fast(bars, signals, broker)}) {
    ASSERT_TRUE(engine.ok()) << engine.error().message;
    EXPECT_EQ(engine->ruin_bar, 3);
    EXPECT_EQ(engine->final_cash, -10'000);
    ASSERT_FALSE(engine->orders.empty());
    EXPECT_EQ(engine->orders.back().status, OrderStatus::kRejected);
    EXPECT_EQ(engine->orders.back().reason, Reason::kRuined) << reason_name(engine->orders.back().reason);
  }
}

}  // namespace
}  // namespace peak
