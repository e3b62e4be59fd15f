#include "peak/study/superior_ability.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "peak/parallel/thread_pool.hpp"
#include "study/bootstrap_lanes.hpp"
#include "study/draw_table.hpp"
#include "study/trial_tiles.hpp"

namespace peak {
namespace {

using study::DrawTable;
using study::DrawTile;
using study::kGroupsInPatch;
using study::kHullsInTile;
using study::kTilesInPatch;
using study::kTileTrials;
using study::kTrialLanes;
using study::kWays;
using study::TrialGroup;
using study::TrialLanes;

constexpr std::size_t kFewestPeriods = 10, kMostPeriods = 32'768;
constexpr std::uint32_t kAllLanes = (1U << kTrialLanes) - 1;
constexpr std::size_t kPatchesWithoutHulls = 8;  // once they were seen to rule little out

/// One thread's memory and findings.
struct Worker {
  DrawTile tile, hulls;
  std::vector<double> hull_rows;
  std::vector<std::uint8_t> above;     ///< of each draw: by how many ways of recentring it was above the best
  std::vector<std::uint32_t> waiting;  ///< draws that may come to be above by one more
  std::vector<std::uint32_t> wanted;   ///< of these, draws that may do so by the tile at hand
  std::vector<std::uint32_t> hits, hull_hits;
  std::size_t without_hulls = 0;  ///< for so many patches hulls are not worth looking at
  unsigned seen = 0;              ///< settlements that it knows of
};

class Test {
 public:
  Test(const TrialPeriods& trials, const DrawTable& draws, double mean_length)
      : draws_(draws),
        weights_(trials.periods(), mean_length),
        trials_(trials),
        groups_(trials.groups()),
        tiles_(trials, groups_, draws),
        workers_(ThreadPool::shared().size()),
        settled_(draws.draws) {}

  Status run(const StopToken& stop) {
    const auto measure = [&](std::size_t group) { measure_group(group); };
    PEAK_RETURN_IF_ERROR(parallel_for(groups_.size(), measure, {.stop = stop}));
    PEAK_RETURN_IF_ERROR(find_best());
    std::vector<double> nearest(tiles_.patches());
    const auto prepare = [&](std::size_t patch) { nearest[patch] = set_limits(patch); };
    PEAK_RETURN_IF_ERROR(parallel_for(nearest.size(), prepare, {.stop = stop}));
    const std::vector<std::size_t> order = likely_first(nearest);
    const auto decide = [&](std::size_t i, unsigned slot) { screen_patch(order[i], workers_[slot]); };
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
    TrialGroup& group = groups_[number];
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

  void set_limits(TrialGroup& group) const {
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

  // The limits of a patch's trials. Gives how near one comes to being above the best, in its own standard deviations.
  double set_limits(std::size_t patch) {
    double nearest = std::numeric_limits<double>::infinity();
    const std::size_t end = std::min((patch + 1) * kGroupsInPatch, groups_.size());
    for (std::size_t number = patch * kGroupsInPatch; number < end; ++number) {
      TrialGroup& group = groups_[number];
      set_limits(group);
      for (std::size_t lane = 0; lane < kTrialLanes; ++lane) {
        const double distance = group.limits[kWays - 1][lane] / std::sqrt(group.means.squares[lane]);
        nearest = distance < nearest ? distance : nearest;
      }
    }
    return nearest;
  }

  // Patches that are near first: draws are settled early.
  [[nodiscard]] static std::vector<std::size_t> likely_first(const std::vector<double>& nearest) {
    std::vector<std::size_t> order(nearest.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return nearest[a] < nearest[b]; });
    return order;
  }

  void screen_patch(std::size_t patch, Worker& worker) {
    if (worker.above.empty()) begin(worker);
    leave_out_settled(worker);
    if (worker.waiting.empty()) return;
    const std::size_t first = patch * kTilesInPatch;
    const std::size_t tiles = std::min(kTilesInPatch, tiles_.tiles() - first);
    const bool by_hulls = worker.without_hulls == 0;
    if (by_hulls) {
      tiles_.fill_hulls(patch, worker.hull_rows, worker.hulls);
      study::screen_draws(worker.hulls, draws_.rows, draws_.pairs, worker.waiting, worker.above, worker.hull_hits);
    } else {
      --worker.without_hulls;
      std::fill(worker.hull_hits.begin(), worker.hull_hits.end(), ~std::uint32_t{0});
    }
    std::size_t looks = 0;
    for (std::size_t tile = 0; tile < tiles; ++tile) {
      want(static_cast<std::uint32_t>((1U << kHullsInTile) - 1) << (tile * kHullsInTile), worker);
      looks += worker.wanted.size();
      if (!worker.wanted.empty()) screen(first + tile, worker);
    }
    if (by_hulls && looks * 4 > tiles * worker.waiting.size() * 3) worker.without_hulls = kPatchesWithoutHulls;
  }

  // Draws that one of the hulls `of_tile` may be above in.
  static void want(std::uint32_t of_tile, Worker& worker) {
    worker.wanted.resize(worker.waiting.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < worker.waiting.size(); ++i) {
      const std::uint32_t draw = worker.waiting[i];
      worker.wanted[count] = draw;
      // Without a branch, which would often be guessed wrong.
      const bool may = (worker.hull_hits[i] & of_tile) != 0, open = worker.above[draw] < kWays;
      count += static_cast<std::size_t>(may) & static_cast<std::size_t>(open);
    }
    worker.wanted.resize(count);
  }

  void screen(std::size_t tile, Worker& worker) {
    tiles_.fill(tile, worker.tile);
    study::screen_draws(worker.tile, draws_.rows, draws_.pairs, worker.wanted, worker.above, worker.hits);
    bool any = false;
    for (std::size_t i = 0; i < worker.wanted.size(); ++i) {
      const std::uint32_t draw = worker.wanted[i];
      std::uint8_t& above = worker.above[draw];
      for (std::uint32_t left = worker.hits[i]; left != 0 && above < kWays;) {
        const auto place = static_cast<std::size_t>(std::countr_zero(left)) / kTrialLanes * kTrialLanes;
        above = ways_above(draw, tile * kTileTrials + place, left >> place & kAllLanes, above);
        left &= ~(kAllLanes << place);
      }
      if (above < kWays) continue;
      settled_[draw].store(true, std::memory_order_relaxed);
      any = true;
    }
    if (any) settlements_.fetch_add(1, std::memory_order_relaxed);
  }

  // What one thread has settled no other looks at again.
  void leave_out_settled(Worker& worker) const {
    const unsigned now = settlements_.load(std::memory_order_relaxed);
    if (now == worker.seen) return;
    worker.seen = now;
    std::erase_if(worker.waiting, [&](std::uint32_t draw) { return settled_[draw].load(std::memory_order_relaxed); });
  }

  void begin(Worker& worker) const {
    worker.tile = tiles_.room();
    worker.hulls = tiles_.room();
    worker.above.assign(draws_.draws, 0);
    worker.hits.resize(draws_.draws);
    worker.hull_hits.resize(draws_.draws);
    worker.waiting.resize(draws_.draws);
    std::iota(worker.waiting.begin(), worker.waiting.end(), 0U);
  }

  // By how many ways of recentring a draw is above the best, at least `above`, with those of eight trials from `first`
  // on that are `looked_at`. A mean that is above when less is taken off is above when more is: the ways come in turn.
  [[nodiscard]] std::uint8_t ways_above(std::size_t draw, std::size_t first, std::uint32_t looked_at,
                                        std::uint8_t above) const {
    const std::size_t group = first / kTrialLanes;
    const TrialLanes means =
        study::drawn_means(trials_.group(group), draws_.periods, draws_.rows.data() + draw * draws_.pairs);
    for (; looked_at != 0 && above < kWays; looked_at &= looked_at - 1) {
      const auto lane = static_cast<std::size_t>(std::countr_zero(looked_at));
      while (above < kWays && means[lane] - groups_[group].taken_off[above][lane] > found_.best_mean) ++above;
    }
    return above;
  }

  const DrawTable& draws_;
  study::LongRunWeights weights_;
  const TrialPeriods& trials_;
  std::vector<TrialGroup> groups_;
  study::TrialTiles tiles_;
  std::vector<Worker> workers_;
  std::vector<std::atomic<bool>> settled_;  // draws that are above in every way
  std::atomic<unsigned> settlements_ = 0;
  SuperiorAbility found_{};
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
