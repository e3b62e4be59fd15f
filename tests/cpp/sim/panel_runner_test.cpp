// Stepping over many symbols: a stamp at a time equal to the batch run to the bit, over generated panels with gaps and
// splits, for signals, weights and code; states saved, restored and refused.
#include "peak/sim/panel_runner.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "generated_panel.hpp"
#include "peak/base/hash.hpp"
#include "peak/expression/functions.hpp"
#include "peak/strategy/allocation.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/trading/settings.hpp"

namespace peak {
namespace {

using Stamps = std::vector<std::vector<SymbolBar>>;

/// What a feed of the panel brings.
Stamps stamps_of(const Panel& panel) {
  Stamps stamps(panel.size());
  for (std::size_t t = 0; t < panel.size(); ++t) {
    for (std::size_t s = panel.symbols(); s-- > 0;) {  // in any order
      if (!panel.has_bar(s, t)) continue;
      const Bars& bars = panel.series(s);
      const auto row = static_cast<std::size_t>(panel.row(s, t));
      LiveBar bar{panel.time()[t], bars.open()[row], bars.high()[row], bars.low()[row], bars.close()[row]};
      stamps[t].push_back({static_cast<std::uint32_t>(s), bar});
    }
  }
  return stamps;
}

BrokerOverrides overrides_like(const BrokerOptions& options) {
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

void expect_same_panel_run(const BacktestResult& stepped, const BacktestResult& batch) {
  const Simulation &a = stepped.simulation, &b = batch.simulation;
  ASSERT_EQ(a.equity.size(), b.equity.size());
  for (std::size_t t = 0; t < a.equity.size(); ++t) {
    ASSERT_EQ(a.equity[t], b.equity[t]) << "stamp " << t;
    ASSERT_EQ(a.returns[t], b.returns[t]) << "stamp " << t;
    ASSERT_EQ(a.in_position[t], b.in_position[t]) << "stamp " << t;
  }
  ASSERT_EQ(a.orders.size(), b.orders.size());
  for (std::size_t i = 0; i < a.orders.size(); ++i) {
    EXPECT_EQ(a.orders[i].symbol, b.orders[i].symbol);
    EXPECT_EQ(a.orders[i].decision_bar, b.orders[i].decision_bar);
    EXPECT_EQ(a.orders[i].status, b.orders[i].status);
    EXPECT_EQ(a.orders[i].reason, b.orders[i].reason);
    EXPECT_EQ(a.orders[i].quantity, b.orders[i].quantity);
  }
  ASSERT_EQ(a.trades.size(), b.trades.size());
  for (std::size_t i = 0; i < a.trades.size(); ++i) {
    EXPECT_EQ(a.trades[i].entry_bar, b.trades[i].entry_bar);
    EXPECT_EQ(a.trades[i].exit_bar, b.trades[i].exit_bar);
    EXPECT_EQ(a.trades[i].pnl, b.trades[i].pnl);
  }
  EXPECT_EQ(a.holdings, b.holdings);
  EXPECT_EQ(a.fees, b.fees);
  EXPECT_EQ(a.signals.entries, b.signals.entries);
  EXPECT_EQ(stepped.warnings, batch.warnings);
  EXPECT_EQ(stepped.fingerprint(), batch.fingerprint());
}

StrategyDefinition signals_of_texts(const char* entry, const char* exit) {
  StrategyDefinition definition;
  definition.name = "texts";
  definition.entry = expression::parse(entry).value();
  definition.exit = expression::parse(exit).value();
  definition.adopt_parameters();
  return definition;
}

PanelOptions options_like(const testing::GeneratedPanel& made) {
  PanelOptions options;
  options.run.broker = overrides_like(made.broker);
  options.run.periods_per_year = 252;
  options.instruments = made.instruments;
  return options;
}

/// Pushes all stamps, with a restart at `cut`.
BacktestResult stepped_run(const Panel& panel, const StrategyDefinition& strategy, const PanelOptions& options,
                           std::size_t cut) {
  auto runner = PanelRunner::create(panel.symbol_names(), strategy, options);
  EXPECT_TRUE(runner.ok()) << runner.error().message;
  const Stamps stamps = stamps_of(panel);
  for (std::size_t t = 0; t < stamps.size(); ++t) {
    if (t == cut) {
      const std::string state = runner->save();
      runner = PanelRunner::create(panel.symbol_names(), strategy, options);
      EXPECT_TRUE(runner->restore(state).ok());
      EXPECT_EQ(runner->save(), state);
    }
    const auto orders = runner->push(stamps[t]);
    EXPECT_TRUE(orders.ok()) << orders.error().message;
  }
  auto result = runner->result();
  EXPECT_TRUE(result.ok()) << result.error().message;
  return std::move(*result);
}

TEST(PanelRunner, EqualsTheBatchRunOfSignalsOverGeneratedPanels) {
  const StrategyDefinition strategies[] = {
      signals_of_texts("crosses_above(sma(close, 2), sma(close, 4))", "crosses_below(sma(close, 2), sma(close, 4))"),
      signals_of_texts("top(roc(close, 2), 2)", "rank(close) < 0.5 or bottom(close - close[1], 1)"),
      signals_of_texts("sma(rank(close), 3) > zscore(roc(close, 1)) + 0.2", "demean(rsi(close, 3)) < 0"),
      signals_of_texts("rank(close) > rank(close)[2] and at(\"1w\", close) < close", "close < highest(close, 3)[1]"),
  };
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    testing::PanelMaker maker(seed);
    testing::GeneratedPanel made = maker.make();
    PanelOptions options = options_like(made);
    options.cash_sharing = seed % 3 != 0;
    if (seed % 5 == 0) options.run.broker.settings.emplace_back(find_broker_setting("stop_loss"), "atr:2");
    if (seed % 7 == 0) options.run.broker.size = Sizing{SizingKind::kVolatility, 0.2};
    const StrategyDefinition& strategy = strategies[seed % 4];
    const auto panel = std::make_shared<const Panel>(std::move(made.panel));
    const auto batch = backtest_panel(panel, strategy, options);
    ASSERT_TRUE(batch.ok()) << batch.error().message;
    expect_same_panel_run(stepped_run(*panel, strategy, options, maker.pick(panel->size() + 1)), *batch);
  }
}

TEST(PanelRunner, EqualsTheBatchRunOfWeightsOverGeneratedPanels) {
  const char* const formulas[] = {
      "normalize(top(roc(close, 3), 2))",
      "normalize(rank(close) > 0.5 and close > sma(close, 3))",
      "normalize(zscore(roc(close, 2)))",
      "scale_to_volatility(normalize(sma(rank(close), 2)), 0.1, 5, 1)",
      "max(0.1, min(0.4, rank(close) - abs(demean(roc(close, 1)))))",
      "0.2",
  };
  const char* const schedules[] = {"weekly", "monthly", "daily", "bars:3", "once"};
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    testing::PanelMaker maker(seed);
    testing::GeneratedPanel made = maker.make();
    PanelOptions options = options_like(made);
    options.rebalance = parse_rebalance(schedules[maker.pick(5)]).value();
    const StrategyDefinition weight = allocation_of_formula(formulas[seed % 6]).value();
    const auto panel = std::make_shared<const Panel>(std::move(made.panel));
    const auto batch = backtest_allocation(panel, weight, options);
    ASSERT_TRUE(batch.ok()) << batch.error().message;
    expect_same_panel_run(stepped_run(*panel, weight, options, maker.pick(panel->size() + 1)), *batch);

    std::vector<double> given;
    TargetWeights targets;
    for (std::size_t s = 0; s < panel->symbols(); ++s) given.push_back(s == 1 ? kMissingPrice : 0.2 * maker.uniform());
    targets.stamps = options.rebalance->stamps(panel->time());
    for (std::size_t i = 0; i < targets.stamps.size(); ++i) {
      targets.weights.insert(targets.weights.end(), given.begin(), given.end());
    }
    auto runner = PanelRunner::of_weights(panel->symbol_names(), given, options);
    ASSERT_TRUE(runner.ok()) << runner.error().message;
    for (const auto& stamp : stamps_of(*panel)) ASSERT_TRUE(runner->push(stamp).ok());
    expect_same_panel_run(*runner->result(), *backtest_weights(panel, targets, options));
  }
}

/// Every kind of deed, over several symbols.
struct Juggler {
  static constexpr const char* kName = "juggler";
  Line mean, place;
  OrderId waiting = kNoOrder;
  void init(PanelContext& ctx) {
    mean = ctx.indicator(expression::sma(expression::close(), ctx.parameter("window", 3)));
    place = ctx.indicator(expression::rank(expression::close()));
  }
  void on_bar(PanelContext& ctx) {
    for (const std::uint32_t s : ctx.ready()) {
      Context& one = ctx[s];
      if (one[place] > 0.5 && one.position() == 0) {
        OrderTerms terms;
        terms.size = Sizing::fraction(0.2);
        terms.limit = one.close() * 1.01;
        terms.tag = ctx.tag_of("strong " + ctx.symbol(s));
        waiting = one.buy(terms);
      }
      if (one.close() > one[mean] && one.position() > 0) one.protect(one.close() * 0.9, one.close() * 1.2);
      if (one.at(mean, 1) > one[mean]) one.close_position();
    }
    if (ctx.bar() % 5 == 4) ctx.cancel(waiting);
    if (ctx.bar() % 7 == 3) {
      std::vector<double> weights(ctx.symbols(), 0.1);
      weights[0] = kMissingPrice;
      ctx.target_weights(weights);
    }
  }
};

TEST(PanelClassRunner, EqualsTheBatchRunAndGoesOnAfterARestore) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    testing::PanelMaker maker(seed);
    testing::GeneratedPanel made = maker.make();
    PanelOptions options = options_like(made);
    options.run.parameters = {{"window", 2}};
    const auto panel = std::make_shared<const Panel>(std::move(made.panel));
    Juggler whole;
    const auto batch = backtest(panel, whole, options);
    ASSERT_TRUE(batch.ok()) << batch.error().message;
    const Stamps stamps = stamps_of(*panel);
    const std::size_t cut = maker.pick(panel->size() + 1);
    Juggler first, second;
    auto before = PanelClassRunner<Juggler>::create(panel->symbol_names(), first, options);
    ASSERT_TRUE(before.ok()) << before.error().message;
    for (std::size_t t = 0; t < cut; ++t) ASSERT_TRUE(before->push(stamps[t]).ok());
    auto after = PanelClassRunner<Juggler>::create(panel->symbol_names(), second, options);
    const auto notes = after->restore(before->save(std::to_string(first.waiting)));
    ASSERT_TRUE(notes.ok()) << notes.error().message;
    second.waiting = std::stoll(*notes);
    EXPECT_EQ(after->save(*notes), before->save(*notes));
    for (std::size_t t = cut; t < stamps.size(); ++t) ASSERT_TRUE(after->push(stamps[t]).ok());
    expect_same_panel_run(*after->result(), *batch);
  }
}

const StrategyDefinition& crossing() {
  static const StrategyDefinition definition = find_strategy("sma_cross").value();
  return definition;
}

PanelRunner runner_of_two(const PanelOptions& options = {}) {
  return std::move(PanelRunner::create({"A", "B"}, crossing(), options).value());
}

std::vector<SymbolBar> live_day(std::int64_t number, double close) {
  const LiveBar bar{number * kNanosecondsPerDay, close, close, close, close};
  return {{0, bar}, {1, bar}};
}

TEST(PanelRunner, TellsWhoseAnOrderIsAndWhatItHolds) {
  PanelOptions once;
  once.rebalance = parse_rebalance("once").value();
  auto runner = PanelRunner::of_weights({"A", "B"}, {0.5, 0.25}, once);
  ASSERT_TRUE(runner.ok()) << runner.error().message;
  EXPECT_EQ(runner->equity(), 10'000);
  EXPECT_EQ(runner->result()->simulation.equity.size(), 0U);
  const auto first = runner->push(std::vector<SymbolBar>{live_day(1, 10)[0]});  // B has no bar yet
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(first->size(), 2U);
  EXPECT_EQ(first->at(1).request.symbol, 1U);
  ASSERT_TRUE(runner->result().ok());
  ASSERT_TRUE(runner->push(live_day(2, 20)).ok());
  EXPECT_EQ(runner->position(0), 250);  // 10,000 * 0.5 / 20
  EXPECT_EQ(runner->position(1), 125);  // 10,000 * 0.25 / 20
  EXPECT_EQ(runner->cash(), 2'500);
}

TEST(PanelRunner, RefusesBarsThatMakeNoSenseAndGoesOn) {
  PanelRunner runner = runner_of_two();
  ASSERT_TRUE(runner.push(live_day(1, 10)).ok());
  const auto refused = [&](std::vector<SymbolBar> bars, const char* words) {
    const auto pushed = runner.push(bars);
    ASSERT_FALSE(pushed.ok());
    EXPECT_NE(pushed.error().message.find(words), std::string::npos) << pushed.error().message;
    EXPECT_EQ(runner.run().bar(), 0);
  };
  refused({}, "without bars");
  refused(live_day(1, 10), "does not come after the last one");
  auto bars = live_day(2, 10);
  bars[1].symbol = 0;
  refused(bars, "'A' has two bars");
  bars[1].symbol = 2;
  refused(bars, "symbol 2 of a runner over 2");
  bars = live_day(2, 10);
  bars[1].bar.time += 1;
  refused(bars, "of one time");
  bars = live_day(2, 10);
  bars[1].bar.low = -1;
  refused(bars, "symbol 'B'");
  EXPECT_TRUE(runner.push(live_day(2, 10)).ok());

  const auto creation = [](const StrategyDefinition& strategy, const PanelOptions& options) {
    return PanelRunner::create({"A", "B"}, strategy, options).error().message;
  };
  const StrategyDefinition weight = allocation_of_formula("rank(close)").value();
  PanelOptions options;
  options.rebalance = parse_rebalance("monthly:last").value();
  EXPECT_NE(creation(weight, options).find("last of its period"), std::string::npos);
  EXPECT_NE(creation(crossing(), options).find("for weights"), std::string::npos);
  EXPECT_NE(creation(allocation_of_formula("scale_to_volatility(rank(close))").value(), {}).find("periods_per_year"),
            std::string::npos);
  EXPECT_NE(creation(signals_of_texts("symbol(\"A\", close) > 1", "close < 1"), {}).find("further column"),
            std::string::npos);
  EXPECT_FALSE(PanelRunner::create({"A", "A"}, crossing()).ok());
  EXPECT_FALSE(PanelRunner::create({}, crossing()).ok());
}

std::string sealed(std::string bytes) {
  bytes.resize(bytes.size() - 16);
  const Hash128 hash = hash_bytes(bytes.data(), bytes.size());
  bytes.append(reinterpret_cast<const char*>(&hash.high), 8);
  bytes.append(reinterpret_cast<const char*>(&hash.low), 8);
  return bytes;
}

TEST(PanelRunner, RefusesDamagedStatesAndThoseOfOthers) {
  PanelRunner runner = runner_of_two();
  for (std::int64_t t = 1; t < 6; ++t) ASSERT_TRUE(runner.push(live_day(t, 10)).ok());
  const std::string state = runner.save();
  for (std::size_t size = 0; size < state.size(); ++size) {
    PanelRunner fresh = runner_of_two();
    ASSERT_FALSE(fresh.restore(std::string_view(state).substr(0, size)).ok()) << size;
  }
  for (std::size_t place = 0; place < state.size(); ++place) {
    std::string flipped = state;
    flipped[place] = static_cast<char>(flipped[place] ^ 0x10);
    PanelRunner fresh = runner_of_two();
    ASSERT_FALSE(fresh.restore(flipped).ok()) << place;
    ASSERT_EQ(fresh.run().bar(), -1);
    PanelRunner behind = runner_of_two();  // the checksum fits: refused, or bars that make sense
    if (!behind.restore(sealed(flipped)).ok()) {
      ASSERT_EQ(behind.run().bar(), -1);
    }
  }
  PanelOptions other;
  other.run.broker.commission = 0.1;
  EXPECT_NE(runner_of_two(other).restore(state).error().message.find("other options"), std::string::npos);
  other = {};
  other.cash_sharing = false;
  EXPECT_FALSE(runner_of_two(other).restore(state).ok());
  EXPECT_NE(PanelRunner::create({"A", "C"}, crossing())->restore(state).error().message.find("other options"),
            std::string::npos);
  PanelRunner same = runner_of_two();
  EXPECT_TRUE(same.restore(state).ok());
  EXPECT_EQ(same.run().bar(), 4);
}

}  // namespace
}  // namespace peak
