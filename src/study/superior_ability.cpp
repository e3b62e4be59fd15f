#include "peak/study/superior_ability.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "peak/parallel/thread_pool.hpp"
#include "study/bootstrap_lanes.hpp"
#include "study/draw_table.hpp"

namespace peak {
namespace {

using study::DrawTable;
using study::DrawTile;
using study::kTileTrials;
using study::kTrialLanes;
using study::TrialLanes;
using study::TrialMeans;

constexpr std::size_t kFewestPeriods = 10, kMostPeriods = 32'768;
constexpr std::size_t kGroupsInTile = kTileTrials / kTrialLanes;
constexpr std::size_t kWays = 3;  // of recentring, in the order in which a draw comes to be above: upper, consistent,
                                  // lower

using Ways = std::array<TrialLanes, kWays>;

/// Eight trials: their means, what each way of recentring takes off them, and what their products with a draw must be
/// above to come above the best.
struct Group {
  TrialMeans means;
  Ways taken_off{}, limits{};
};

/// One thread's memory and findings.
struct Worker {
  DrawTile tile;
  std::vector<std::uint8_t> above;     ///< of each draw: by how many ways of recentring it was above the best
  std::vector<std::uint32_t> waiting;  ///< draws that may come to be above by one more
  std::vector<std::uint32_t> hits;
};

class Test {
 public:
  Test(const TrialPeriods& trials, const DrawTable& draws, double mean_length)
      : draws_(draws),
        weights_(trials.periods(), mean_length),
        trials_(trials),
        groups_(trials.groups()),
        workers_(ThreadPool::shared().size()) {
    const std::int64_t farthest = *std::max_element(draws.distance.begin(), draws.distance.end());
    // Products of 16 bits whose sum fits 32, and what cutting to whole numbers can come to.
    largest_ = static_cast<double>(std::min<std::int64_t>(32'767, ((std::int64_t{1} << 31) - 1) / (farthest + 1)));
    slack_ = static_cast<double>(farthest) + 3;
  }

  Status run(const StopToken& stop) {
    const auto measure = [&](std::size_t group) { measure_group(group); };
    PEAK_RETURN_IF_ERROR(parallel_for(groups_.size(), measure, {.stop = stop}));
    PEAK_RETURN_IF_ERROR(find_best());
    for (Group& group : groups_) set_limits(group);
    const std::vector<std::size_t> order = likely_first();
    const auto decide = [&](std::size_t i, unsigned slot) { screen(order[i], workers_[slot]); };
    return parallel_for(order.size(), decide, {.grain = 1, .stop = stop});
  }

  [[nodiscard]] SuperiorAbility found() const {
    std::array<double, kWays> above{};
    for (std::size_t draw = 0; draw < draws_.draws; ++draw) {
      std::uint8_t ways = 0;
      for (const Worker& worker : workers_) ways = std::max(ways, worker.above.empty() ? ways : worker.above[draw]);
      for (std::size_t way = 0; way < ways; ++way) above[way] += 1;
    }
    const auto count = static_cast<double>(draws_.draws);
    SuperiorAbility found = found_;
    found.reality_check_p = above[0] / count;
    found.spa_p = above[1] / count;
    found.spa_lower_p = above[2] / count;
    found.resamples = draws_.draws;
    return found;
  }

 private:
  void measure_group(std::size_t number) {
    Group& group = groups_[number];
    group.means = study::trial_means(trials_.group(number), draws_.periods);
    const TrialLanes& means = group.means.mean;
    const bool any_below = std::any_of(means.begin(), means.end(), [](double mean) { return mean < 0; });
    TrialLanes variances{};
    if (any_below) variances = study::long_run_variances(trials_.group(number), means, weights_);
    const auto size = static_cast<double>(draws_.periods);
    const double unlikely = 2.0 * std::log(std::log(size)) / size;
    for (std::size_t lane = 0; lane < kTrialLanes; ++lane) {
      const double mean = means[lane];
      const bool matters = mean >= -std::sqrt(std::max(variances[lane], 0.0) * unlikely);
      group.taken_off[0][lane] = mean;
      group.taken_off[1][lane] = matters ? mean : 0.0;
      group.taken_off[2][lane] = std::max(mean, 0.0);
    }
  }

  void set_limits(Group& group) const {
    const auto size = static_cast<double>(draws_.periods);
    for (std::size_t way = 0; way < kWays; ++way) {
      for (std::size_t lane = 0; lane < kTrialLanes; ++lane) {
        group.limits[way][lane] = (found_.best_mean - group.means.mean[lane] + group.taken_off[way][lane]) * size;
      }
    }
  }

  Status find_best() {
    for (std::size_t trial = 0; trial < trials_.trials(); ++trial) {
      const double mean = groups_[trial / kTrialLanes].means.mean[trial % kTrialLanes];
      if (!std::isfinite(mean)) continue;
      ++found_.trials;
      if (found_.trials == 1 || mean > found_.best_mean) {
        found_.best_mean = mean;
        found_.best = trial;
      }
    }
    return found_.trials > 0 ? Status() : bad_data("the reality check: no trial has finite returns");
  }

  // Tiles by how near a trial comes to being above the best, in its own standard deviations: draws are settled early.
  [[nodiscard]] std::vector<std::size_t> likely_first() const {
    std::vector<double> nearest((groups_.size() + kGroupsInTile - 1) / kGroupsInTile,
                                std::numeric_limits<double>::infinity());
    for (std::size_t number = 0; number < groups_.size(); ++number) {
      const Group& group = groups_[number];
      double& of_tile = nearest[number / kGroupsInTile];
      for (std::size_t lane = 0; lane < kTrialLanes; ++lane) {
        const double distance = group.limits[kWays - 1][lane] / std::sqrt(group.means.squares[lane]);
        of_tile = distance < of_tile ? distance : of_tile;
      }
    }
    std::vector<std::size_t> order(nearest.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return nearest[a] < nearest[b]; });
    return order;
  }

  void screen(std::size_t tile, Worker& worker) const {
    if (worker.above.empty()) begin(worker);
    if (worker.waiting.empty()) return;
    fill(tile, worker.tile);
    study::screen_draws(worker.tile, draws_.rows, draws_.pairs, worker.waiting, worker.above, worker.hits);
    bool settled = false;
    for (std::size_t i = 0; i < worker.waiting.size(); ++i) {
      std::uint8_t& above = worker.above[worker.waiting[i]];
      for (std::uint32_t left = worker.hits[i]; left != 0 && above < kWays; left &= left - 1) {
        const std::size_t trial = tile * kTileTrials + static_cast<std::size_t>(std::countr_zero(left));
        const double mean = drawn_mean(worker.waiting[i], trial);
        // A mean that is above when less is taken off is above when more is: the ways come in turn.
        const Ways& off = groups_[trial / kTrialLanes].taken_off;
        while (above < kWays && mean - off[above][trial % kTrialLanes] > found_.best_mean) ++above;
      }
      settled = settled || above == kWays;
    }
    if (settled) std::erase_if(worker.waiting, [&](std::uint32_t draw) { return worker.above[draw] == kWays; });
  }

  void begin(Worker& worker) const {
    worker.tile.pairs.resize(draws_.pairs * kTileTrials);
    worker.above.assign(draws_.draws, 0);
    worker.hits.resize(draws_.draws);
    worker.waiting.resize(draws_.draws);
    std::iota(worker.waiting.begin(), worker.waiting.end(), 0U);
  }

  // What is not there, or never moves, is never above.
  void fill(std::size_t number, DrawTile& tile) const {
    constexpr std::int32_t kNever = std::numeric_limits<std::int32_t>::max();
    for (auto& of_way : tile.thresholds) of_way.fill(kNever);
    for (std::size_t place = 0; place < kGroupsInTile; ++place) {
      const std::size_t at = number * kGroupsInTile + place;
      if (at >= groups_.size()) return;
      const Group& group = groups_[at];
      TrialLanes units{};
      for (std::size_t lane = 0; lane < kTrialLanes; ++lane) {
        const double unit = largest_ / group.means.largest[lane];
        if (!std::isfinite(group.means.mean[lane]) || !(unit < std::numeric_limits<double>::max())) continue;
        units[lane] = unit;
        for (std::size_t way = 0; way < kWays; ++way) {
          const double limit = group.limits[way][lane] * unit - slack_;
          tile.thresholds[way][place * kTrialLanes + lane] =
              static_cast<std::int32_t>(std::clamp<double>(limit, -kNever, kNever));
        }
      }
      study::pack_trials(trials_.group(at), draws_.periods, units, place, tile);
    }
  }

  [[nodiscard]] double drawn_mean(std::size_t draw, std::size_t trial) const {
    double sum = 0;
    for (std::size_t period = 0; period < draws_.periods; ++period) {
      sum += (draws_.at(draw, period) + 1) * trials_.at(trial, period);
    }
    return sum / static_cast<double>(draws_.periods);
  }

  const DrawTable& draws_;
  study::LongRunWeights weights_;
  const TrialPeriods& trials_;
  std::vector<Group> groups_;
  std::vector<Worker> workers_;
  SuperiorAbility found_{};
  double largest_ = 0, slack_ = 0;
};

Status check(const TrialPeriods& trials, const SuperiorAbilityOptions& options) {
  if (trials.trials() == 0) return invalid_argument("the reality check needs at least one trial");
  const std::string periods = std::to_string(trials.periods());
  if (trials.periods() < kFewestPeriods) {
    return invalid_argument("the reality check needs at least " + std::to_string(kFewestPeriods) + " bars, not " +
                            periods);
  }
  if (trials.periods() > kMostPeriods) {
    return invalid_argument("the reality check takes at most " + std::to_string(kMostPeriods) + " periods, not " +
                            periods + "; add bars up to longer ones");
  }
  if (!options.benchmark.empty() && options.benchmark.size() != trials.periods()) {
    return invalid_argument("the benchmark has " + std::to_string(options.benchmark.size()) +
                            " returns, but the trials have " + periods);
  }
  if (options.resamples == 0 && options.given.empty()) {
    return invalid_argument("the reality check needs at least one resample");
  }
  for (const auto& draw : options.given) {
    std::size_t total = 0;
    bool inside = true;
    for (const BootstrapPiece& piece : draw) {
      inside = inside && piece.start < trials.periods() && piece.length <= trials.periods();
      total += piece.length;
    }
    if (inside && total == trials.periods()) continue;
    return invalid_argument("a given draw's pieces do not lie in the " + periods +
                            " periods, or do not add up to them");
  }
  return {};
}

TrialPeriods less_benchmark(const TrialPeriods& trials, std::span<const double> benchmark) {
  TrialPeriods over = trials;
  for (std::size_t trial = 0; trial < over.trials(); ++trial) {
    for (std::size_t p = 0; p < benchmark.size(); ++p) over.set(trial, p, over.at(trial, p) - benchmark[p]);
  }
  return over;
}

}  // namespace

Result<SuperiorAbility> superior_ability(const TrialPeriods& trials, const SuperiorAbilityOptions& options) {
  PEAK_RETURN_IF_ERROR(check(trials, options));
  if (!options.benchmark.empty()) {
    SuperiorAbilityOptions without = options;
    without.benchmark = {};
    return superior_ability(less_benchmark(trials, options.benchmark), without);
  }
  const StationaryBootstrap bootstrap(trials.periods(), options.mean_length, options.seed);
  DrawTable draws(options.given.empty() ? options.resamples : options.given.size(), trials.periods());
  const auto one = [&](std::size_t i) {
    draws.set(i, options.given.empty() ? bootstrap.resample(i) : options.given[i]);
  };
  PEAK_RETURN_IF_ERROR(parallel_for(draws.draws, one, {.stop = options.stop}));
  Test test(trials, draws, bootstrap.mean_length());
  PEAK_RETURN_IF_ERROR(test.run(options.stop));
  return test.found();
}

}  // namespace peak
