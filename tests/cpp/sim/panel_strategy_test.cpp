// Strategies written as code over panels.
#include "peak/sim/panel_strategy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "generated_panel.hpp"
#include "peak/expression/functions.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/trading/settings.hpp"

namespace peak {
namespace {

using expression::close;

Bars closes(const std::string& symbol, const std::vector<double>& close, std::int64_t first_day = 0) {
  std::vector<Nanoseconds> time;
  for (std::size_t t = 0; t < close.size(); ++t) {
    time.push_back((first_day + static_cast<std::int64_t>(t)) * kNanosecondsPerDay);
  }
  return testing::bars_of(symbol, std::move(time), close, close);
}

std::shared_ptr<const Panel> panel_of(std::vector<Bars> series) {
  return std::make_shared<const Panel>(Panel::create(std::move(series)).value());
}

BrokerOverrides overrides_of(const BrokerOptions& options) {
  BrokerOverrides overrides;
  overrides.cash = options.cash;
  overrides.commission = options.commission;
  overrides.slippage = options.slippage;
  overrides.fill = options.fill;
  overrides.size_step = options.size_step;
  overrides.finalize = options.finalize;
  for (const auto& [setting, text] : changed_settings(options)) overrides.settings.emplace_back(setting, text);
  return overrides;
}

/// Gives the weights of a TargetWeights as code would.
struct GivesWeights {
  const TargetWeights& targets;
  std::size_t next = 0;
  void on_bar(PanelContext& ctx) {
    if (next == targets.stamps.size() || targets.stamps[next] != static_cast<std::size_t>(ctx.bar())) return;
    ctx.target_weights(targets.row(next++, ctx.symbols()));
  }
};

TEST(PanelStrategy, WeightsGivenByCodeAreARunOfWeightsToTheBit) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    testing::GeneratedPanel made = testing::PanelMaker(seed).make();
    const auto wanted = simulate_weights_reference(made.panel, made.targets, made.broker, made.instruments);
    ASSERT_TRUE(wanted.ok()) << wanted.error().message;
    const auto panel = std::make_shared<const Panel>(std::move(made.panel));
    PanelOptions options;
    options.run.broker = overrides_of(made.broker);
    options.instruments = made.instruments;
    GivesWeights strategy{made.targets};
    const auto run = backtest(panel, strategy, options);
    ASSERT_TRUE(run.ok()) << run.error().message;
    const Simulation& found = run->simulation;
    ASSERT_EQ(found.equity.size(), wanted->equity.size());
    for (std::size_t t = 0; t < found.equity.size(); ++t) {
      ASSERT_EQ(found.equity[t], wanted->equity[t]) << t;
      ASSERT_EQ(found.returns[t], wanted->returns[t]) << t;
    }
    EXPECT_EQ(found.orders.size(), wanted->orders.size());
    EXPECT_EQ(found.trades.size(), wanted->trades.size());
    EXPECT_EQ(found.holdings, wanted->holdings);
    EXPECT_EQ(found.fees, wanted->fees);
  }
}

struct CrossEverywhere {
  static constexpr const char* kName = "cross_everywhere";
  Line above, below;
  void init(PanelContext& ctx) {
    const auto fast = sma(close(), 2), slow = sma(close(), expression::parameter("slow", 5));
    above = ctx.indicator(crosses_above(fast, slow));
    below = ctx.indicator(crosses_below(fast, slow));
  }
  void on_bar(PanelContext& ctx) {
    for (const std::uint32_t s : ctx.ready()) {
      if (ctx[s].is_true(above) && ctx[s].position() == 0) ctx[s].buy();
      if (ctx[s].is_true(below)) ctx[s].close_position();
    }
  }
};

TEST(PanelStrategy, EqualsTheSameRulesAsFormulas) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    const auto panel = std::make_shared<const Panel>(testing::PanelMaker(seed).make().panel);
    PanelOptions options;
    options.run.parameters = {{"slow", 4}};
    options.run.broker.commission = 0.001;
    CrossEverywhere code;
    const auto found = backtest(panel, code, options);
    ASSERT_TRUE(found.ok()) << found.error().message;
    options.run.parameters = {{"fast", 2}, {"slow", 4}};
    const auto wanted = backtest_panel(panel, find_strategy("sma_cross").value(), options);
    ASSERT_TRUE(wanted.ok());
    EXPECT_EQ(found->strategy.name, "cross_everywhere");
    EXPECT_EQ(found->parameters.at("slow"), 4);
    ASSERT_EQ(found->simulation.trades.size(), wanted->simulation.trades.size());
    for (std::size_t t = 0; t < panel->size(); ++t) {
      ASSERT_EQ(found->simulation.equity[t], wanted->simulation.equity[t]) << t;
    }
  }
}

/// A: days 0 to 5; B: days 2, 3 and 5.
std::shared_ptr<const Panel> uneven() {
  std::vector<double> open = {20, 21, 22}, shut = open;
  return panel_of({closes("A", {10, 11, 12, 13, 14, 15}),
                   testing::bars_of("B", {2 * kNanosecondsPerDay, 3 * kNanosecondsPerDay, 5 * kNanosecondsPerDay},
                                    std::move(open), std::move(shut))});
}

struct Witness {
  std::vector<std::int64_t> stamps;
  std::vector<std::size_t> ready, lengths_of_b;
  std::vector<double> closes_of_b, ranks_of_b;
  Line mean, place;
  void init(PanelContext& ctx) {
    mean = ctx.indicator(sma(close(), 2));
    place = ctx.indicator(rank(close()));
  }
  void on_bar(PanelContext& ctx) {
    stamps.push_back(ctx.bar());
    ready.push_back(ctx.ready().size());
    Context& b = ctx["B"];
    lengths_of_b.push_back(b.history(PriceColumn::kClose).size());
    closes_of_b.push_back(b.close());
    ranks_of_b.push_back(b[place]);
    EXPECT_TRUE(std::isnan(b.close(-1)));  // what is to come cannot be named
    EXPECT_EQ(ctx.has_bar(1), ctx.bar() == 2 || ctx.bar() == 3 || ctx.bar() == 5);
  }
};

TEST(PanelStrategy, SeesTheOwnBarsOfEverySymbolUpToThePresentStamp) {
  Witness witness;
  const auto run = backtest(uneven(), witness, {});
  ASSERT_TRUE(run.ok()) << run.error().message;
  EXPECT_EQ(witness.stamps, (std::vector<std::int64_t>{1, 2, 3, 4, 5}));  // A's mean of two is known on day 1
  EXPECT_EQ(witness.ready, (std::vector<std::size_t>{1, 1, 2, 1, 2}));    // B's from day 3 on, and it has no day 4
  EXPECT_EQ(witness.lengths_of_b, (std::vector<std::size_t>{0, 1, 2, 2, 3}));
  EXPECT_TRUE(std::isnan(witness.closes_of_b[0]));
  EXPECT_EQ(std::vector<double>(witness.closes_of_b.begin() + 1, witness.closes_of_b.end()),
            (std::vector<double>{20, 21, 21, 22}));
  EXPECT_TRUE(std::isnan(witness.ranks_of_b[0]));
  EXPECT_EQ(witness.ranks_of_b[1], 1);  // 20 against 12
}

/// Orders for both symbols, decided on day 2; B has no day 4.
struct Orders {
  OrderId limit = kNoOrder;
  void on_bar(PanelContext& ctx) {
    if (ctx.bar() == 2) {
      ctx.buy("A", {.size = Sizing::units(10), .tag = ctx.tag_of("first")});
      ctx.sell("B", {.size = Sizing::units(5)});
      limit = ctx.buy("A", {.size = Sizing::units(1), .limit = 5});
    }
    if (ctx.bar() == 3) {
      EXPECT_EQ(ctx["A"].position(), 10);
      EXPECT_EQ(ctx["B"].position(), -5);
      EXPECT_EQ(ctx.cash(), 10'000 - 10 * 13 + 5 * 21);
      EXPECT_EQ(ctx.equity(), 10'000);
      EXPECT_TRUE(ctx.cancel(limit));
      ctx.close_position("B");
    }
    if (ctx.bar() == 4) {
      EXPECT_EQ(ctx[1].position(), -5);  // waits for B's next bar
    }
  }
};

TEST(PanelStrategy, OrdersOfOneSymbolWaitForItsNextBar) {
  Orders strategy;
  const auto run = backtest(uneven(), strategy, {});
  ASSERT_TRUE(run.ok()) << run.error().message;
  const Simulation& simulation = run->simulation;
  ASSERT_EQ(simulation.trades.size(), 2U);
  EXPECT_EQ(tag_of(simulation, simulation.trades[0]), "first");
  EXPECT_EQ(simulation.trades[1].exit_bar, 5);
  EXPECT_EQ(simulation.trades[1].pnl, 5 * (21 - 22));
  EXPECT_EQ(simulation.orders[2].status, OrderStatus::kCancelled);
  // 10 of A gained 15 - 13 each, 5 of B lost 1 each
  EXPECT_EQ(simulation.equity[5], 10'000 + 20 - 5);
}

struct NamesAnother {
  std::int64_t on = -1;
  void init(PanelContext& ctx) {
    if (on < 0) static_cast<void>(ctx["AB"].close());
  }
  void on_bar(PanelContext& ctx) {
    if (ctx.bar() == on) ctx.buy("BB");
  }
};

TEST(PanelStrategy, AnUnknownSymbolEndsTheRunAndIsNamed) {
  for (const std::int64_t on : {-1, 3}) {
    NamesAnother strategy{on};
    const auto run = backtest(uneven(), strategy, {});
    ASSERT_FALSE(run.ok());
    EXPECT_NE(run.error().message.find(on < 0 ? "'AB', which the data do not have" : "'BB', which the data do not"),
              std::string::npos)
        << run.error().message;
  }
}

TEST(PanelStrategy, RefusesWhatItCannotDo) {
  Witness strategy;
  PanelOptions options;
  options.cash_sharing = false;
  EXPECT_FALSE(backtest(uneven(), strategy, options).ok());
  options.cash_sharing = true;
  options.run.parameters = {{"slwo", 3}};
  CrossEverywhere code;
  const auto run = backtest(uneven(), code, options);
  ASSERT_FALSE(run.ok());
  EXPECT_NE(run.error().message.find("did you mean 'slow'"), std::string::npos) << run.error().message;
  EXPECT_FALSE(backtest(std::shared_ptr<const Panel>(), code, {}).ok());
}

}  // namespace
}  // namespace peak
