// Invariants of the broker under random orders of all kinds, on one symbol and on several.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

#include "peak/sim/broker.hpp"

namespace peak {
namespace {

using Stamp = std::vector<BarPrices>;

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }
  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  std::vector<Stamp> stamps(std::size_t bars, std::size_t symbols, bool moves) {
    std::vector<double> last(symbols, 100);
    std::vector<Stamp> made(bars, Stamp(symbols));
    for (Stamp& stamp : made) {
      for (std::size_t s = 0; s < symbols; ++s) {
        const auto step = [&] { return moves ? 0.25 * (static_cast<double>(pick(25)) - 12) : 0.0; };
        BarPrices& bar = stamp[s];
        bar.open = std::fmax(1, last[s] + step());
        bar.close = last[s] = std::fmax(1, bar.open + step());
        bar.high = std::fmax(bar.open, bar.close) + (moves ? 0.25 * static_cast<double>(pick(8)) : 0);
        bar.low = std::fmax(0.25, std::fmin(bar.open, bar.close) - (moves ? 0.25 * static_cast<double>(pick(8)) : 0));
        bar.volume = 100 * uniform();
        bar.atr = 2;
        bar.present = symbols == 1 || pick(8) != 0;
      }
    }
    return made;
  }

  OrderRequest order(const Stamp& stamp, double scale) {
    OrderRequest request;
    request.symbol = static_cast<std::uint32_t>(pick(stamp.size()));
    const double close = stamp[request.symbol].close;
    request.action = pick(2) == 0 ? OrderAction::kBuy : OrderAction::kSell;
    request.type = static_cast<OrderType>(pick(5));
    request.time_in_force = static_cast<TimeInForce>(pick(4));
    request.reduce_only = pick(6) == 0;
    request.size = pick(5) == 0 ? Sizing::fraction(0.3) : Sizing::units(static_cast<double>(1 + pick(6)));
    const double up = 0.25 * static_cast<double>(pick(16)) * scale, down = 0.25 * static_cast<double>(pick(16)) * scale;
    const bool buys = request.action == OrderAction::kBuy;
    request.limit = buys ? close - down : close + up;
    request.stop = buys ? close + up : close - down;
    if (request.type == OrderType::kTrailing) request.trail = StopLevel::fraction(0.03125);
    if (pick(2) == 0) request.stop_loss = StopLevel::fraction(0.0625);
    if (pick(2) == 0) request.take_profit = StopLevel::fraction(0.0625);
    if (pick(3) == 0) request.trailing_stop = StopLevel::fraction(0.03125);
    if (pick(6) == 0) request.oco_group = static_cast<std::uint32_t>(1 + pick(3));
    if (pick(40) == 0) request.size = Sizing::units(-1);
    return request;
  }

  BrokerOptions options(bool costs) {
    BrokerOptions options;
    options.cash = pick(3) == 0 ? 1'000 : 100'000;
    if (pick(3) == 0) options.fill = FillTiming::kSameClose;
    options.ambiguity = static_cast<Ambiguity>(pick(4));
    if (pick(3) == 0) options.limit_fill = LimitFill::kThrough;
    if (pick(2) == 0) options.size_step = 1;
    if (!costs) return options;
    options.commission = 0.001953125;  // powers of two, so that scaled prices scale every sum
    if (pick(2) == 0) options.slippage = 0.0009765625;
    if (pick(3) == 0) options.impact.volume_share = 0.125;
    if (pick(4) == 0) options.margin = {2, 0.25};
    if (pick(4) == 0) options.financing.borrow = 0.05;
    if (pick(4) == 0) options.financing.interest = 0.03;
    if (pick(4) == 0) options.risk.max_drawdown = 0.2;
    if (pick(4) == 0) options.risk.daily_loss = 0.05;
    return options;
  }

 private:
  std::mt19937_64 random_;
};

double worth_of(const Broker& broker) {
  double worth = broker.cash();
  for (const Position& position : broker.positions()) {
    if (!position.flat()) worth += position.units * position.mark;
  }
  return worth;
}

struct Played {
  Simulation run;
  std::vector<double> equity;
};

/// Gives random orders, the same for the same seed. `restart`: the bar after which the run goes on in another broker.
Played play(std::uint64_t seed, double scale, bool costs, bool moves, std::int64_t restart, std::size_t symbols) {
  Maker market(seed), trader(seed + 1);
  std::vector<Stamp> stamps = market.stamps(60, symbols, moves);
  BrokerOptions options = trader.options(costs);
  options.cash *= scale;
  std::vector<Instrument> instruments(symbols);
  Broker broker = Broker::create(options, instruments).value();
  Played played;
  for (std::size_t t = 0; t < stamps.size(); ++t) {
    for (BarPrices& bar : stamps[t]) {
      for (double* price : {&bar.open, &bar.high, &bar.low, &bar.close, &bar.atr}) *price *= scale;
    }
    broker.begin(static_cast<Nanoseconds>(t) * kNanosecondsPerDay / 4, stamps[t]);
    for (std::size_t i = trader.pick(3); i-- > 0;) broker.submit(trader.order(stamps[t], scale));
    if (trader.pick(10) == 0 && !broker.working_orders().empty()) broker.cancel(broker.working_orders().front().id);
    broker.end();
    EXPECT_NEAR(broker.equity(), worth_of(broker), 1e-9 * scale * 100'000);
    if (options.margin.leverage == 1 && !broker.ruined() && options.financing.any() == false) {
      EXPECT_GE(broker.cash(), 0) << "bar " << t;
    }
    played.equity.push_back(broker.equity());
    if (static_cast<std::int64_t>(t) == restart) {
      Broker other = Broker::create(options, instruments).value();
      other.begin(0, stamps[t]);  // a state of its own, to be replaced
      other.end();
      const std::vector<Position> positions(broker.positions().begin(), broker.positions().end());
      other.restore(broker.state(), broker.cash(), positions, broker.records());
      broker = other;
    }
  }
  played.run = broker.finish();
  return played;
}

std::size_t case_count() {
  const char* asked = std::getenv("PEAK_PROPERTY_CASES");
  return asked != nullptr ? std::strtoul(asked, nullptr, 10) / 4 : 1'500;
}

TEST(BrokerInvariants, BooksBalanceAndEveryOrderEnds) {
  std::size_t filled = 0, rejected = 0, stopped = 0;
  for (std::size_t i = 0; i < case_count(); ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    const Played played = play(i, 1, true, true, -1, 1 + i % 3);
    double fees = 0, pnl = played.run.interest;
    for (const Order& order : played.run.orders) {
      ASSERT_NE(order.status, OrderStatus::kWorking);
      ASSERT_EQ(order.quantity > 0, order.status == OrderStatus::kFilled || order.status == OrderStatus::kPartlyFilled);
      ASSERT_EQ(order.status == OrderStatus::kFilled, order.reason == Reason::kNone) << reason_name(order.reason);
      fees += order.fee;
      filled += order.quantity > 0;
      rejected += order.status == OrderStatus::kRejected;
    }
    for (const Trade& trade : played.run.trades) {
      pnl += trade.pnl;
      stopped += trade.exit_reason == ExitReason::kStopLoss || trade.exit_reason == ExitReason::kTrailingStop;
    }
    ASSERT_NEAR(fees, played.run.fees, 1e-8);
    Maker trader(i + 1);
    ASSERT_NEAR(played.equity.back() - trader.options(true).cash, pnl, 1e-6);
  }
  EXPECT_GT(filled, case_count() * 5);
  EXPECT_GT(rejected, case_count());
  EXPECT_GT(stopped, case_count() / 2);
}

TEST(BrokerInvariants, NoMoneyFromNothing) {
  for (std::size_t i = 0; i < case_count() / 5; ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    const Played played = play(i, 1, false, false, -1, 1 + i % 3);
    for (const double equity : played.equity) ASSERT_NEAR(equity, played.equity.front(), 1e-8);
  }
}

TEST(BrokerInvariants, PricesTwiceAsHighChangeNoTrade) {
  for (std::size_t i = 0; i < case_count() / 5; ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    const Played one = play(i, 1, true, true, -1, 1 + i % 3), two = play(i, 2, true, true, -1, 1 + i % 3);
    ASSERT_EQ(one.run.orders.size(), two.run.orders.size());
    for (std::size_t k = 0; k < one.run.orders.size(); ++k) {
      ASSERT_EQ(one.run.orders[k].quantity, two.run.orders[k].quantity) << k;
      ASSERT_EQ(one.run.orders[k].price * 2, two.run.orders[k].price) << k;
      ASSERT_EQ(one.run.orders[k].status, two.run.orders[k].status) << k;
    }
    for (std::size_t t = 0; t < one.equity.size(); ++t) ASSERT_EQ(one.equity[t] * 2, two.equity[t]) << t;
  }
}

TEST(BrokerInvariants, ARestoredBrokerGoesOnAsIfNothingHadHappened) {
  for (std::size_t i = 0; i < case_count() / 5; ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    const auto restart = static_cast<std::int64_t>(i % 59);
    const Played whole = play(i, 1, true, true, -1, 1 + i % 3), parts = play(i, 1, true, true, restart, 1 + i % 3);
    ASSERT_EQ(whole.equity, parts.equity);
    ASSERT_EQ(whole.run.orders.size(), parts.run.orders.size());
    ASSERT_EQ(whole.run.events.size(), parts.run.events.size());
  }
}

// Orders that cash never limits: what one symbol does is then no matter of its place.
TEST(BrokerInvariants, SymbolsInAnotherOrderGiveTheSameTrades) {
  for (std::size_t i = 0; i < 200; ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    Maker market(i);
    const std::vector<Stamp> stamps = market.stamps(40, 3, true);
    const auto total = [&](bool turned) {
      Maker trader(i);
      BrokerOptions options;
      options.cash = 1e6;
      options.commission = 0.001;
      Broker broker = Broker::create(options, std::vector<Instrument>(3)).value();
      for (std::size_t t = 0; t < stamps.size(); ++t) {
        Stamp stamp = stamps[t];
        if (turned) std::swap(stamp[0], stamp[2]);
        broker.begin(static_cast<Nanoseconds>(t) * kNanosecondsPerDay, stamp);
        for (std::size_t k = trader.pick(3); k-- > 0;) {
          OrderRequest request = trader.order(stamps[t], 1);
          request.size = Sizing::units(3);
          if (turned) request.symbol = 2 - request.symbol;
          broker.submit(request);
        }
        broker.end();
      }
      const double equity = broker.equity();
      const Simulation run = broker.finish();
      return std::tuple(equity, run.trades.size(), run.fees);
    };
    const auto [equity, trades, fees] = total(false);
    const auto [equity_turned, trades_turned, fees_turned] = total(true);
    ASSERT_NEAR(equity, equity_turned, 1e-6);
    ASSERT_EQ(trades, trades_turned);
    ASSERT_NEAR(fees, fees_turned, 1e-9);
  }
}

}  // namespace
}  // namespace peak
