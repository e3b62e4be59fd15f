#include "study/walk_sweep.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "study/number_text.hpp"
#include "study/protected_fills.hpp"
#include "study/walk_conditions.hpp"

namespace peak::study {
namespace {

using expression::Expression;
using expression::Operation;

constexpr std::size_t kBlockBars = 2048;  // what is read of them lies in the second-level cache
// Combinations that pass over a block together: many, so that what comes from memory, or from the cache of the core
// that made it, is used often; of short data fewer, so that threads end together.
constexpr std::size_t kLargestGroup = 512, kSmallestGroup = 32, kGroupsForThread = 2, kLongData = 1 << 16;
constexpr std::size_t kUsualFills = 256;         // of a leg: room that seldom has to grow
constexpr std::size_t kSharedBytes = 32U << 20;  // set aside for shared values, but room for
constexpr std::size_t kFewestValues = 96;        // so many in any case, up to
constexpr std::size_t kMostSharedBytes = std::size_t{1} << 30;
constexpr std::uint64_t kMostRowsInTile = 1 << 16;
constexpr std::size_t kMostRemembered = 1 << 20;  // values of an axis whose checks are remembered

// "a comes to stand above b", or below: the pair as (upper, lower) at the end of the move.
struct Pair {
  Expression above, below;
};

std::optional<Pair> crossing_pair(const std::optional<Expression>& signal, bool upwards) {
  if (!signal) return std::nullopt;
  const expression::Node& node = signal->node();
  if (node.operation != Operation::kCall || node.arguments.size() != 2) return std::nullopt;
  if (node.name != "crosses_above" && node.name != "crosses_below") return std::nullopt;
  const bool keeps = (node.name == "crosses_above") == upwards;
  return keeps ? Pair{node.arguments[0], node.arguments[1]} : Pair{node.arguments[1], node.arguments[0]};
}

// Both crossings of one pair of columns, which are then found together.
std::optional<Pair> common_pair(const StrategyDefinition& strategy) {
  const auto up = crossing_pair(strategy.entry, true), down = crossing_pair(strategy.exit, false);
  if (!up || !down) return std::nullopt;
  const bool same = to_text(up->above) == to_text(down->above) && to_text(up->below) == to_text(down->below);
  return same ? up : std::nullopt;
}

double WalkTerms::*term_of(const std::string& axis) {
  if (axis == "cash") return &WalkTerms::cash;
  if (axis == "commission") return &WalkTerms::commission;
  if (axis == "slippage") return &WalkTerms::slippage;
  if (axis == "stop_loss") return &WalkTerms::stop_loss;
  return axis == "take_profit" ? &WalkTerms::take_profit : nullptr;
}

double fraction_of(const StopLevel& level) { return level.is_set() ? level.value : 0; }

bool grids_stops(const Grid& grid, const AxisRoles& roles) {
  for (std::size_t axis = 0; axis < grid.axes().size(); ++axis) {
    const std::string& name = grid.axes()[axis].name();
    if (!roles.is_parameter(axis) && (name == "stop_loss" || name == "take_profit")) return true;
  }
  return false;
}

bool all_finite(std::span<const double> values) {
  bool good = true;
  for (const double value : values) good &= value - value == 0;
  return good;
}

}  // namespace

std::optional<WalkSweep> WalkSweep::make(const Bars& bars, const StrategyDefinition& strategy, const Grid& grid,
                                         const AxisRoles& roles, const SweepOptions& options, double periods_per_year,
                                         std::string& why) {
  const BrokerOptions broker = options.run.broker.applied_to(strategy.broker.applied_to(BrokerOptions{}));
  why = strategy.short_entry ? "the strategy goes short" : walk_obstacle(broker, options.run, options.metrics);
  if (!why.empty()) return std::nullopt;
  if (!broker.validate().ok()) return std::nullopt;
  WalkSweep made;
  for (std::size_t axis = 0; axis < grid.axes().size(); ++axis) {
    const GridAxis& values = grid.axes()[axis];
    const bool is_fill = !roles.is_parameter(axis) && values.name() == "fill";
    if (is_fill) made.fill_axis_ = axis;
    const auto term = roles.is_parameter(axis) || values.is_text() ? nullptr : term_of(values.name());
    if (!roles.is_parameter(axis) && term == nullptr && !is_fill) {
      why = grid.axes()[axis].name() + " is an axis";
      return std::nullopt;
    }
    made.axis_terms_.push_back(term);
    made.taken_values_.emplace_back(std::min<std::uint64_t>(grid.axes()[axis].size(), kMostRemembered));
  }
  made.with_downside_ = std::any_of(options.metrics.begin(), options.metrics.end(), [](Metric metric) {
    return metric == Metric::kSortino || metric == Metric::kDownsideRisk;
  });
  auto prices = PriceSums::make(bars, made.with_downside_);
  if (!prices) {
    why = "prices are missing, zero or below, or move fourfold within a bar";
    return std::nullopt;
  }
  made.bars_ = &bars;
  made.grid_ = &grid;
  made.roles_ = &roles;
  made.strategy_ = &strategy;
  made.options_ = &options;
  made.periods_per_year_ = periods_per_year;
  made.prices_ = std::make_shared<PriceSums>(std::move(*prices));
  made.base_ = {broker.cash,
                broker.commission,
                broker.slippage,
                broker.fill == FillTiming::kNextOpen,
                fraction_of(broker.stops.stop_loss),
                fraction_of(broker.stops.take_profit)};
  made.protected_ = broker.stops.any() || grids_stops(grid, roles);
  if (made.protected_ && !(all_finite(bars.high()) && all_finite(bars.low()))) {
    why = "highs or lows are missing";
    return std::nullopt;
  }
  made.has_exit_ = strategy.exit.has_value();

  auto fixed = strategy.resolve(options.run.parameters);
  if (!fixed.ok()) return std::nullopt;
  for (const GridAxis& axis : grid.axes()) fixed->erase(axis.name());
  std::vector<Source> sources;
  if (const auto pair = common_pair(strategy); pair && !made.protected_) {
    made.crossing_ = true;
    sources.push_back(Source::make(pair->above, grid, *fixed));
    sources.push_back(Source::make(pair->below, grid, *fixed));
  } else {
    sources.push_back(Source::make(*strategy.entry, grid, *fixed));
    if (strategy.exit) sources.push_back(Source::make(*strategy.exit, grid, *fixed));
  }
  made.shared_ = std::make_shared<SharedValues>(bars, grid, std::move(sources));
  return made;
}

std::vector<std::uint64_t> WalkSweep::tile_sizes() const {
  const std::size_t each = crossing_ ? bars_->size() * sizeof(double) : bars_->size() / 4 + 64;
  const std::size_t budget = std::clamp(each * kFewestValues, kSharedBytes, kMostSharedBytes);
  const double most_values = std::max(4.0, static_cast<double>(budget / each));
  const auto& axes = grid_->axes();
  std::vector<std::uint64_t> sizes(axes.size(), 1);
  const auto fits = [&] {
    double values = 0, rows = 1;
    for (const Source& source : shared_->sources()) {
      double count = 1;
      for (const std::size_t axis : source.axes) count *= static_cast<double>(sizes[axis]);
      values += count;
    }
    for (const std::uint64_t size : sizes) rows *= static_cast<double>(size);
    return values <= most_values && rows <= static_cast<double>(kMostRowsInTile);
  };
  // All axes grow together, each until it is whole or the next step would not fit: squares share the most.
  std::vector<bool> grows(axes.size(), true);
  for (bool any = true; any;) {
    any = false;
    for (std::size_t axis = axes.size(); axis-- > 0;) {
      if (!grows[axis]) continue;
      const std::uint64_t before = sizes[axis];
      sizes[axis] = std::min(before * 2, axes[axis].size());
      grows[axis] = sizes[axis] > before && fits();
      if (!grows[axis]) sizes[axis] = before;
      any = any || grows[axis];
    }
  }
  return sizes;
}

bool WalkSweep::takes(std::size_t axis, std::uint64_t index) const {
  std::vector<std::uint8_t>& known = taken_values_[axis];
  if (index < known.size() && known[index] != 0) return known[index] == 1;
  const GridAxis& values = grid_->axes()[axis];
  bool good = false;
  if (roles_->is_parameter(axis)) {
    expression::ParameterValues given;
    given[values.name()] = values[index];
    good = strategy_->resolve(given).ok();
  } else {
    BacktestOptions run = options_->run;
    const Status set = roles_->set(*grid_, axis, index, run);
    const BrokerOptions broker = run.broker.applied_to(strategy_->broker.applied_to(BrokerOptions{}));
    good = set.ok() && broker.validate().ok();
    // A distance that was given must be the fraction that the walk takes it for.
    if (axis_terms_[axis] == &WalkTerms::stop_loss) good &= fraction_of(broker.stops.stop_loss) == values[index];
    if (axis_terms_[axis] == &WalkTerms::take_profit) good &= fraction_of(broker.stops.take_profit) == values[index];
    good &= walk_knows(broker.stops.stop_loss) && walk_knows(broker.stops.take_profit);
  }
  if (index < known.size()) known[index] = good ? 1 : 2;
  return good;
}

std::optional<WalkSweep::Combination> WalkSweep::combination_of(std::uint64_t row,
                                                                std::vector<std::uint64_t>& indices) {
  grid_->indices_at(grid_->place(row), indices);
  Combination made{row, 0, 0, base_};
  for (std::size_t axis = 0; axis < indices.size(); ++axis) {
    if (!takes(axis, indices[axis])) return std::nullopt;
    if (axis_terms_[axis] != nullptr) made.terms.*axis_terms_[axis] = grid_->axes()[axis][indices[axis]];
    if (axis == fill_axis_) {
      made.terms.at_open = grid_->axes()[axis].text(indices[axis]) == fill_timing_name(FillTiming::kNextOpen);
    }
  }
  made.first = shared_->want(0, indices);
  if (shared_->source_count() > 1) made.second = shared_->want(1, indices);
  return made;
}

// The values of a tile, and beside those of the first one what is read of the market.
Status WalkSweep::compute_shared(const ParallelOptions& parallel) {
  const std::size_t pieces = priced_ ? 0 : prices_->pieces();
  PEAK_RETURN_IF_ERROR(shared_->compute(parallel, pieces, [this](std::size_t piece) { prices_->fill(piece); }));
  priced_ = true;
  return {};
}

Status WalkSweep::run(std::span<const std::uint64_t> rows, const Rows& out, std::uint64_t first,
                      const ParallelOptions& parallel, const std::function<void(std::size_t)>& on_done,
                      Outcome& outcome) {
  shared_->clear();
  if (!stretches_) {
    const std::size_t periods = out.periods != nullptr ? out.periods->periods() : 0;
    stretches_ = std::make_shared<const Stretches>(bars_->size(), out.blocks, periods);
  }
  std::vector<Combination> combinations;
  combinations.reserve(rows.size());
  std::vector<std::uint64_t> indices(grid_->axes().size());
  for (const std::uint64_t row : rows) {
    if (auto made = combination_of(row, indices)) {
      combinations.push_back(*made);
    } else {
      outcome.left.push_back(row);
    }
  }
  PEAK_RETURN_IF_ERROR(compute_shared(parallel));
  const auto usable = [&](const Combination& made) {
    return shared_->at(made.first).usable && (shared_->source_count() < 2 || shared_->at(made.second).usable);
  };
  const auto end = std::stable_partition(combinations.begin(), combinations.end(), usable);
  for (auto made = end; made != combinations.end(); ++made) outcome.left.push_back(made->row);
  combinations.erase(end, combinations.end());
  if (protected_) {
    std::stable_sort(combinations.begin(), combinations.end(),
                     [](const Combination& a, const Combination& b) { return touches_before(a.terms, b.terms); });
  }

  std::vector<std::uint8_t> good(combinations.size());
  const std::size_t threads = parallel.max_threads == 0 ? ThreadPool::shared().size() : parallel.max_threads;
  const std::size_t turns = bars_->size() < kLongData ? kGroupsForThread : 1;
  const std::size_t group_size = std::clamp(combinations.size() / (threads * turns) + 1, kSmallestGroup, kLargestGroup);
  const std::size_t groups = (combinations.size() + group_size - 1) / group_size;
  ParallelOptions by_group = parallel;
  by_group.grain = 1;
  const Status done = parallel_for(
      groups,
      [&](std::size_t group) {
        const std::size_t begin = group * group_size, count = std::min(group_size, combinations.size() - begin);
        walk({combinations.data() + begin, count}, out, first, {good.data() + begin, count}, parallel.stop);
        on_done(count);
      },
      by_group);
  for (std::size_t i = 0; i < combinations.size(); ++i) {
    if (good[i] == kLeft) outcome.left.push_back(combinations[i].row);
    if (good[i] == kDone) outcome.finished.push_back(combinations[i].row);
  }
  return done;
}

void WalkSweep::walk(std::span<const Combination> combinations, const Rows& out, std::uint64_t first,
                     std::span<std::uint8_t> outcomes, const StopToken& stop) const {
  if (protected_) return walk_protected(combinations, out, first, outcomes, stop);
  struct Walker {
    SweptWalk trades;
    CrossingState crossing;
    bool held = false;                 // after the fills that were found
    std::vector<std::uint32_t> fills;  // of the leg
  };
  std::vector<Walker> walkers;
  walkers.reserve(combinations.size());
  for (const Combination& combination : combinations) {
    walkers.push_back({SweptWalk(combination.terms, sums_of(first + combination.row, out)), {}, false, {}});
  }
  std::vector<std::uint32_t> found(kBlockBars + 8);
  const std::size_t size = bars_->size();

  const auto find = [&](const Combination& combination, Walker& walker, std::size_t begin, std::size_t end) {
    if (begin >= end) return std::span<std::uint32_t>();
    if (!crossing_) {
      const BitView exit = has_exit_ ? shared_->at(combination.second).truth : BitView{};
      const std::size_t count =
          find_decisions({shared_->at(combination.first).truth, exit}, begin, end, walker.held, found.data());
      return std::span<std::uint32_t>(found.data(), count);
    }
    const std::size_t count =
        find_crossings(shared_->at(combination.first).column, shared_->at(combination.second).column, begin, end, size,
                       walker.crossing, found.data());
    // They come in turn; the first one down while nothing is held does nothing.
    const bool starts_up = (count % 2 == 1) == walker.crossing.above;
    const std::size_t skipped = count > 0 && !starts_up && !walker.held ? 1 : 0;
    return std::span<std::uint32_t>(found.data() + skipped, count - skipped);
  };
  const SweptMarket market{*prices_, *stretches_, with_downside_};
  for (std::size_t l = 0; l < stretches_->legs(); ++l) {
    const Stretches::Leg leg = stretches_->leg(l);
    for (std::size_t begin = leg.begin; begin < leg.end; begin += kBlockBars) {
      const std::size_t end = std::min(begin + kBlockBars, leg.end);
      if (stop.stop_requested()) return;
      for (std::size_t i = 0; i < combinations.size(); ++i) {
        Walker& walker = walkers[i];
        // Orders that fill at the open were decided on the bar before.
        const std::size_t lag = combinations[i].terms.at_open ? 1 : 0;
        const auto decided = find(combinations[i], walker, begin - std::min(begin, lag), end - lag);
        if (decided.empty()) continue;
        if (walker.fills.empty()) walker.fills.reserve(kUsualFills);
        if (lag == 1) {
          for (std::uint32_t& bar : decided) ++bar;
        }
        walker.fills.insert(walker.fills.end(), decided.begin(), decided.end());
        walker.held ^= decided.size() % 2 != 0;
      }
    }
    for (Walker& walker : walkers) {
      walker.trades.advance(market, leg, walker.fills);
      walker.fills.clear();
    }
  }
  for (std::size_t i = 0; i < combinations.size(); ++i) {
    outcomes[i] = write_row(walkers[i].trades, first + combinations[i].row, out);
  }
}

void WalkSweep::walk_protected(std::span<const Combination> combinations, const Rows& out, std::uint64_t first,
                               std::span<std::uint8_t> outcomes, const StopToken& stop) const {
  struct Walker {
    SweptWalk trades;
    ProtectedPosition position;
  };
  std::vector<Walker> walkers;
  walkers.reserve(combinations.size());
  for (const Combination& combination : combinations) {
    walkers.push_back({SweptWalk(combination.terms, sums_of(first + combination.row, out)), {}});
  }
  ProtectedFills search(*bars_);
  std::vector<PricedFill> fills;
  const SweptMarket market{*prices_, *stretches_, with_downside_};
  for (std::size_t l = 0; l < stretches_->legs(); ++l) {
    const Stretches::Leg leg = stretches_->leg(l);
    for (std::size_t i = 0; i < combinations.size(); ++i) {
      if (stop.stop_requested()) return;
      const Combination& combination = combinations[i];
      const BitView exit = has_exit_ ? shared_->at(combination.second).truth : BitView{};
      const BitView& entry = shared_->at(combination.first).truth;
      search.find(entry, exit, combination.terms, leg.begin, leg.end, walkers[i].position, fills);
      walkers[i].trades.advance(market, leg, fills);
    }
  }
  for (std::size_t i = 0; i < combinations.size(); ++i) {
    outcomes[i] = write_row(walkers[i].trades, first + combinations[i].row, out);
  }
}

SweptSums WalkSweep::sums_of(std::uint64_t row, const Rows& out) const {
  return {out.sums_of(row), out.periods, out.periods != nullptr ? out.trial_of(row) : 0};
}

std::uint8_t WalkSweep::write_row(const SweptWalk& trades, std::uint64_t row, const Rows& out) const {
  const std::span<double> values = out.values_of(row);
  const WalkTotals totals = trades.totals(bars_->size(), bars_->close()[bars_->size() - 1]);
  for (std::size_t column = 0; column < values.size(); ++column) {
    values[column] = metric_of(totals, out.metrics[column], bars_->size(), periods_per_year_, options_->run.risk_free);
  }
  if (trades.good()) return kDone;
  const double none = std::numeric_limits<double>::quiet_NaN();
  const std::span<double> sums = out.sums_of(row);
  std::fill(sums.begin(), sums.end(), none);
  for (std::size_t period = 0; out.periods != nullptr && period < out.periods->periods(); ++period) {
    out.periods->set(out.trial_of(row), period, none);
  }
  return kLeft;
}

std::string WalkSweep::describe() const {
  std::string text = crossing_ ? "crossings of two columns as bits, then a walk over trades with price sums"
                               : "entry and exit signals as bits, then a walk over trades with price sums";
  if (protected_) text += ", stops and targets found in the bars held";
  text += "; shared and computed once each:\n";
  for (const Source& source : shared_->sources()) {
    std::uint64_t count = 1;
    for (const std::size_t axis : source.axes) count *= grid_->axes()[axis].size();
    text += "  " + grouped(count) + " x " + to_text(source.expression) + "\n";
  }
  return text;
}

}  // namespace peak::study
