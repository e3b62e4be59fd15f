// A symbol that is held and whose open is missing made the equity of a stamp undefined, and the targets of all other
// symbols with it: they then bought with all the cash. Decided case 14.2: equity takes the last mark.
#include <gtest/gtest.h>

#include <vector>

#include "peak/sim/broker.hpp"

namespace peak {
namespace {

TEST(MissingPriceOfAHeldSymbol, TargetsOfOthersTakeItsMark) {
  BrokerOptions options;
  options.cash = 1'000;
  Broker broker = Broker::create(options, std::vector<Instrument>(2)).value();
  const BarPrices ten{10, 10, 10, 10}, no_open{kMissingPrice, kMissingPrice, kMissingPrice, 10};
  broker.begin(0, std::vector<BarPrices>{ten, ten});
  broker.submit(OrderRequest::target_order(0, Sizing::fraction(0.5)));
  broker.end();
  broker.begin(1, std::vector<BarPrices>{ten, ten});
  broker.submit(OrderRequest::target_order(1, Sizing::fraction(0.25)));
  broker.end();
  broker.begin(2, std::vector<BarPrices>{no_open, ten});
  broker.end();
  EXPECT_EQ(broker.position(0).units, 50);
  EXPECT_EQ(broker.position(1).units, 25);  // 0.25 * (500 + 50 * 10) / 10
  EXPECT_EQ(broker.cash(), 250);
}

}  // namespace
}  // namespace peak
