// Portfolio: books worked out by hand, the identity of value and P&L on generated fills, and calls that are refused.
#include "peak/trading/portfolio.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace peak {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinite = std::numeric_limits<double>::infinity();

Portfolio portfolio_of(double cash, const std::vector<std::string>& symbols) {
  Portfolio portfolio(cash);
  for (const std::string& symbol : symbols) EXPECT_TRUE(portfolio.add_symbol(symbol).ok());
  return portfolio;
}

void fill(Portfolio& portfolio, std::size_t symbol, double quantity, double price, double fee = 0) {
  const Status status = portfolio.apply_fill(symbol, quantity, price, fee);
  ASSERT_TRUE(status.ok()) << status.error().message;
}

TEST(Portfolio, BuysTwiceAndSellsAPart) {
  Portfolio portfolio = portfolio_of(10'000, {"SPY"});
  fill(portfolio, 0, 10, 100, 1);  // cash 10,000 - 1,000 - 1 = 8,999
  fill(portfolio, 0, 30, 120, 1);  // cash 8,999 - 3,600 - 1 = 5,398; average (1,000 + 3,600) / 40 = 115
  EXPECT_EQ(portfolio.cash(), 5'398);
  EXPECT_EQ(portfolio.position(0).average_price, 115);
  fill(portfolio, 0, -16, 125, 2);  // cash 5,398 + 2,000 - 2 = 7,396; realised 16 * 10 - 4 of fees = 156
  ASSERT_TRUE(portfolio.update_price(0, 130).ok());
  const Portfolio::Position spy = portfolio.position(0);
  EXPECT_EQ(portfolio.cash(), 7'396);
  EXPECT_EQ(spy.units, 24);
  EXPECT_EQ(spy.average_price, 115);
  EXPECT_EQ(spy.realised_pnl, 156);
  EXPECT_EQ(spy.fees, 4);
  EXPECT_EQ(spy.open_pnl, 24 * 15);
  EXPECT_EQ(spy.value, 24 * 130);
  EXPECT_EQ(portfolio.value(), 7'396 + 3'120);  // 10,516 = 10,000 + 156 + 360
  EXPECT_EQ(portfolio.realised_pnl() + portfolio.open_pnl(), 516);
}

TEST(Portfolio, TurnsFromLongToShortInOneFill) {
  Portfolio portfolio = portfolio_of(1'000, {"GLD"});
  fill(portfolio, 0, 5, 20);   // cash 900
  fill(portfolio, 0, -8, 25);  // closes 5: realised 25; opens -3 at 25; cash 900 + 200 = 1,100
  ASSERT_TRUE(portfolio.update_price(0, 30).ok());
  const Portfolio::Position gold = portfolio.position(0);
  EXPECT_EQ(gold.units, -3);
  EXPECT_EQ(gold.average_price, 25);
  EXPECT_EQ(gold.realised_pnl, 25);
  EXPECT_EQ(gold.open_pnl, -15);  // 3 short, 5 worse
  EXPECT_EQ(gold.value, -90);
  EXPECT_EQ(portfolio.value(), 1'010);  // 1,100 - 90
  EXPECT_EQ(portfolio.gross_exposure(), 90);
  EXPECT_EQ(portfolio.net_exposure(), -90);
  EXPECT_EQ(portfolio.weight(0), -90.0 / 1'010.0);
}

TEST(Portfolio, CountsContractsByTheirMultiplier) {
  Portfolio portfolio(50'000);
  ASSERT_TRUE(portfolio.add_symbol("ES", 50).ok());
  fill(portfolio, 0, -2, 4'000, 5);  // cash 50,000 + 400,000 - 5
  fill(portfolio, 0, 1, 3'990, 5);   // realised 10 * 50 - 10 of fees; cash 449,995 - 199,500 - 5
  ASSERT_TRUE(portfolio.update_price(0, 4'010).ok());
  EXPECT_EQ(portfolio.cash(), 250'490);
  EXPECT_EQ(portfolio.position(0).realised_pnl, 490);
  EXPECT_EQ(portfolio.position(0).open_pnl, -500);
  EXPECT_EQ(portfolio.value(), 250'490 - 200'500);  // 49,990 = 50,000 + 490 - 500
}

TEST(Portfolio, AddsUpOverSymbols) {
  Portfolio portfolio = portfolio_of(1'000, {"A", "B", "C"});
  fill(portfolio, 0, 10, 10);  // cash 900
  fill(portfolio, 2, -4, 50);  // cash 1,100
  ASSERT_TRUE(portfolio.update_prices(std::vector<double>{11, 7, 45}).ok());
  EXPECT_EQ(portfolio.value(), 1'100 + 110 - 180);
  EXPECT_EQ(portfolio.gross_exposure(), 290);
  EXPECT_EQ(portfolio.net_exposure(), -70);
  EXPECT_EQ(portfolio.open_pnl(), 10 + 20);
  EXPECT_EQ(portfolio.position(1).value, 0);
}

TEST(Portfolio, PaysDividendsOnLongsAndFromShorts) {
  Portfolio portfolio = portfolio_of(1'000, {"A", "B"});
  fill(portfolio, 0, 10, 20);                                // cash 800
  fill(portfolio, 1, -10, 20);                               // cash 1,000
  ASSERT_TRUE(portfolio.apply_payment(0, 10 * 0.5).ok());    // 0.50 a share received
  ASSERT_TRUE(portfolio.apply_payment(1, -10 * 0.25).ok());  // 0.25 a share owed
  EXPECT_EQ(portfolio.cash(), 1'002.5);
  EXPECT_EQ(portfolio.realised_pnl(), 2.5);
  EXPECT_EQ(portfolio.value(), 1'002.5);
}

TEST(Portfolio, SplitsWithoutGainOrLoss) {
  Portfolio portfolio = portfolio_of(1'000, {"A"});
  fill(portfolio, 0, 3, 100);  // cash 700
  ASSERT_TRUE(portfolio.update_price(0, 120).ok());
  ASSERT_TRUE(portfolio.apply_split(0, 4).ok());  // 12 at 25, now 30
  EXPECT_EQ(portfolio.position(0).units, 12);
  EXPECT_EQ(portfolio.position(0).average_price, 25);
  EXPECT_EQ(portfolio.position(0).price, 30);
  EXPECT_EQ(portfolio.value(), 1'060);
  EXPECT_EQ(portfolio.open_pnl(), 60);
}

TEST(Portfolio, CountsDepositsNotAsProfit) {
  Portfolio portfolio(100);
  ASSERT_TRUE(portfolio.deposit(50).ok());
  ASSERT_TRUE(portfolio.deposit(-30).ok());
  EXPECT_EQ(portfolio.cash(), 120);
  EXPECT_EQ(portfolio.contributed(), 120);
  EXPECT_EQ(portfolio.realised_pnl(), 0);
}

TEST(Portfolio, IsFlatWhenOnlyRoundingIsLeft) {
  Portfolio portfolio = portfolio_of(100, {"BTC"});
  fill(portfolio, 0, 0.1, 10);
  fill(portfolio, 0, 0.2, 10);
  fill(portfolio, 0, -0.3, 10);  // 0.1 + 0.2 - 0.3 is 5.6e-17 in doubles
  EXPECT_EQ(portfolio.units(0), 0);
  EXPECT_EQ(portfolio.position(0).average_price, 0);
}

TEST(Portfolio, KeepsThePriceWhereOneIsMissing) {
  Portfolio portfolio = portfolio_of(0, {"A", "B"});
  EXPECT_TRUE(std::isnan(portfolio.position(0).price));
  EXPECT_EQ(portfolio.value(), 0);
  fill(portfolio, 0, 1, 10);
  EXPECT_EQ(portfolio.position(0).price, 10);  // of the first fill
  ASSERT_TRUE(portfolio.update_prices(std::vector<double>{kMissing, 5}).ok());
  EXPECT_EQ(portfolio.position(0).price, 10);
  EXPECT_EQ(portfolio.position(1).price, 5);
  ASSERT_TRUE(portfolio.update_price(1, kMissing).ok());
  EXPECT_EQ(portfolio.position(1).price, 5);
}

TEST(Portfolio, ValueIsWhatWasPaidInAndEarnedOnAnyFills) {
  std::mt19937_64 random(20);
  for (int run = 0; run < 200; ++run) {
    Portfolio portfolio = portfolio_of(1'000'000, {"A", "B", "C"});
    const auto uniform = [&](double low, double high) {
      return std::uniform_real_distribution<double>(low, high)(random);
    };
    for (int step = 0; step < 100; ++step) {
      const std::size_t symbol = random() % 3;
      const double quantity = static_cast<double>(static_cast<int>(random() % 41) - 20) / 4;
      if (quantity != 0) fill(portfolio, symbol, quantity, uniform(50, 150), uniform(0, 2));
      if (step % 7 == 0) {
        EXPECT_TRUE(portfolio.apply_split(symbol, step % 2 == 0 ? 2 : 0.5).ok());
      }
      if (step % 5 == 0) {
        EXPECT_TRUE(portfolio.apply_payment(symbol, uniform(-5, 5)).ok());
      }
      const std::vector<double> prices{uniform(50, 150), uniform(50, 150), step % 3 == 0 ? kMissing : 100};
      ASSERT_TRUE(portfolio.update_prices(prices).ok());
      EXPECT_NEAR(portfolio.value(), portfolio.contributed() + portfolio.realised_pnl() + portfolio.open_pnl(), 1e-6);
    }
  }
}

TEST(Portfolio, RefusesWhatMakesNoSenseAndChangesNothing) {
  Portfolio portfolio = portfolio_of(100, {"SPY", "GLD"});
  fill(portfolio, 0, 1, 10);
  const double cash = portfolio.cash();
  const auto refused = [&](const Status& status, const char* part) {
    ASSERT_FALSE(status.ok()) << part;
    EXPECT_NE(status.error().message.find(part), std::string::npos) << status.error().message;
    EXPECT_EQ(portfolio.cash(), cash);
    EXPECT_EQ(portfolio.units(0), 1);
    EXPECT_EQ(portfolio.position(0).price, 10);
  };
  refused(portfolio.update_prices(std::vector<double>{1}), "1 prices were given for 2 symbols");
  refused(portfolio.update_prices(std::vector<double>{1, kInfinite}), "the price of 'GLD'");
  refused(portfolio.update_price(0, -kInfinite), "the price of 'SPY'");
  refused(portfolio.update_price(2, 1), "symbol number 2");
  refused(portfolio.apply_fill(0, 0, 10), "quantity 0");
  refused(portfolio.apply_fill(0, kMissing, 10), "the quantity of a fill of 'SPY'");
  refused(portfolio.apply_fill(0, 1, kMissing), "the price of a fill of 'SPY'");
  refused(portfolio.apply_fill(0, 1, 1, kInfinite), "the fee of a fill of 'SPY'");
  refused(portfolio.apply_fill(0, 1e200, 1e200), "the value of a fill of 'SPY'");
  refused(portfolio.apply_fill(5, 1, 1), "symbol number 5");
  refused(portfolio.apply_payment(0, kMissing), "a payment of 'SPY'");
  refused(portfolio.apply_split(0, 0), "the ratio of a split");
  refused(portfolio.deposit(kMissing), "a deposit");
  EXPECT_FALSE(portfolio.add_symbol("SPY").ok());
  EXPECT_FALSE(portfolio.add_symbol("").ok());
  EXPECT_FALSE(portfolio.add_symbol("ES", 0).ok());
  EXPECT_FALSE(Portfolio::create(kMissing).ok());
  EXPECT_NE(portfolio.find("SPX").error().message.find("did you mean 'SPY'"), std::string::npos);
  EXPECT_EQ(*portfolio.find("GLD"), 1U);
}

}  // namespace
}  // namespace peak
