#include "peak/study/superior_ability.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "peak/base/exact_sum.hpp"
#include "peak/parallel/thread_pool.hpp"
#include "study/bootstrap_lanes.hpp"

namespace peak {
namespace {

using study::TrialLanes;

constexpr std::size_t kLanes = study::kBootstrapLanes;
constexpr double kNone = -std::numeric_limits<double>::infinity();
using Draws = std::vector<std::vector<BootstrapPiece>>;

/// Highest recentred means of each draw so far, by way of recentring: lower, consistent, upper.
struct Maxima {
  std::vector<std::array<double, 3>> of_draw;
  double best_mean = kNone;
  std::size_t best = 0;
  std::size_t trials = 0;

  void join(const Maxima& other) {
    for (std::size_t i = 0; i < of_draw.size(); ++i) {
      for (std::size_t way = 0; way < 3; ++way) of_draw[i][way] = std::max(of_draw[i][way], other.of_draw[i][way]);
    }
    if (other.best_mean > best_mean || (other.best_mean == best_mean && other.best < best)) {
      best_mean = other.best_mean;
      best = other.best;
    }
    trials += other.trials;
  }
};

/// One thread's memory and findings.
struct Worker {
  std::vector<double> returns;
  std::vector<double> prefix;   ///< (bars + 1) * kLanes sums of returns before each bar
  std::vector<double> centred;  ///< bars * kLanes returns less their means
  TrialLanes means{};           ///< NaN for a lane that is left out
  std::array<TrialLanes, 3> centres{};
  Maxima maxima;
};

class Test {
 public:
  Test(const TrialReturns& returns, const SuperiorAbilityOptions& options, const Draws& draws, double mean_length)
      : returns_(returns), options_(options), draws_(draws), weights_(returns.bars, mean_length) {}

  Status add_group(std::size_t group, Worker& worker) const {
    if (worker.prefix.empty()) {
      worker.returns.resize(returns_.bars);
      worker.prefix.resize((returns_.bars + 1) * kLanes);
      worker.centred.resize(returns_.bars * kLanes);
      worker.maxima.of_draw.assign(draws_.size(), {kNone, kNone, kNone});
    }
    const std::size_t first = group * kLanes;
    const std::size_t last = std::min(first + kLanes, returns_.trials);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      if (first + lane < last) {
        PEAK_RETURN_IF_ERROR(returns_.read(first + lane, worker.returns));
        add_trial(first + lane, lane, worker);
      } else {
        leave_out(lane, worker);
      }
    }
    add_centres(worker);
    study::draw_means(worker.prefix.data(), returns_.bars, draws_, worker.centres, worker.maxima.of_draw.data());
    return {};
  }

 private:
  static void leave_out(std::size_t lane, Worker& worker) {
    for (std::size_t i = lane; i < worker.prefix.size(); i += kLanes) worker.prefix[i] = 0;
    for (std::size_t i = lane; i < worker.centred.size(); i += kLanes) worker.centred[i] = 0;
    worker.means[lane] = std::numeric_limits<double>::quiet_NaN();
  }

  void add_trial(std::size_t trial, std::size_t lane, Worker& worker) const {
    std::vector<double>& values = worker.returns;
    const auto bars = static_cast<double>(values.size());
    if (!options_.benchmark.empty()) {
      for (std::size_t i = 0; i < values.size(); ++i) values[i] -= options_.benchmark[i];
    }
    const double mean = exact_sum(values).value() / bars;
    if (!std::isfinite(mean)) return leave_out(lane, worker);
    double sum = 0;
    worker.prefix[lane] = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      sum += values[i];
      worker.prefix[(i + 1) * kLanes + lane] = sum;
      worker.centred[i * kLanes + lane] = values[i] - mean;
    }
    worker.means[lane] = mean;
    Maxima& maxima = worker.maxima;
    ++maxima.trials;
    if (mean > maxima.best_mean || (mean == maxima.best_mean && trial < maxima.best)) {
      maxima.best_mean = mean;
      maxima.best = trial;
    }
  }

  // By what each way of recentring takes off: lower, consistent, upper.
  void add_centres(Worker& worker) const {
    const TrialLanes variances = study::long_run_variances(worker.centred.data(), weights_);
    const auto bars = static_cast<double>(returns_.bars);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double mean = worker.means[lane];
      if (std::isnan(mean)) {
        for (TrialLanes& centre : worker.centres) centre[lane] = -kNone;
        continue;
      }
      const double variance = std::max(variances[lane], 0.0);
      const bool matters = mean >= -std::sqrt(variance / bars * 2.0 * std::log(std::log(bars)));
      worker.centres[0][lane] = std::max(mean, 0.0);
      worker.centres[1][lane] = matters ? mean : 0.0;
      worker.centres[2][lane] = mean;
    }
  }

  const TrialReturns& returns_;
  const SuperiorAbilityOptions& options_;
  const Draws& draws_;
  study::LongRunWeights weights_;
};

Status check(const TrialReturns& returns, const SuperiorAbilityOptions& options) {
  constexpr std::size_t kFewestBars = 10;
  if (returns.trials == 0) return invalid_argument("the reality check needs at least one trial");
  if (returns.bars < kFewestBars) {
    return invalid_argument("the reality check needs at least " + std::to_string(kFewestBars) + " bars, not " +
                            std::to_string(returns.bars));
  }
  if (!options.benchmark.empty() && options.benchmark.size() != returns.bars) {
    return invalid_argument("the benchmark has " + std::to_string(options.benchmark.size()) +
                            " returns, but the trials have " + std::to_string(returns.bars));
  }
  if (options.resamples == 0 && options.given.empty()) {
    return invalid_argument("the reality check needs at least one resample");
  }
  return {};
}

}  // namespace

Result<SuperiorAbility> superior_ability(const TrialReturns& returns, const SuperiorAbilityOptions& options) {
  PEAK_RETURN_IF_ERROR(check(returns, options));
  const StationaryBootstrap bootstrap(returns.bars, options.mean_length, options.seed);
  Draws draws = options.given;
  if (draws.empty()) {
    draws.resize(options.resamples);
    const auto one = [&](std::size_t i) { draws[i] = bootstrap.resample(i); };
    PEAK_RETURN_IF_ERROR(parallel_for(draws.size(), one, {.stop = options.stop}));
  }
  const Test test(returns, options, draws, bootstrap.mean_length());
  std::vector<Worker> workers(ThreadPool::shared().size());
  const std::size_t groups = (returns.trials + kLanes - 1) / kLanes;
  const auto body = [&](std::size_t group, unsigned slot) { return test.add_group(group, workers[slot]); };
  PEAK_RETURN_IF_ERROR(parallel_for(groups, body, {.grain = 1, .stop = options.stop}));
  Maxima total;
  total.of_draw.assign(draws.size(), {kNone, kNone, kNone});
  for (const Worker& worker : workers) {
    if (!worker.maxima.of_draw.empty()) total.join(worker.maxima);
  }
  if (total.trials == 0) return bad_data("the reality check: no trial has finite returns");
  std::array<double, 3> above{};
  for (const auto& highest : total.of_draw) {
    for (std::size_t way = 0; way < 3; ++way) above[way] += highest[way] > total.best_mean ? 1.0 : 0.0;
  }
  const auto count = static_cast<double>(draws.size());
  return SuperiorAbility{.reality_check_p = above[2] / count,
                         .spa_p = above[1] / count,
                         .spa_lower_p = above[0] / count,
                         .best_mean = total.best_mean,
                         .best = total.best,
                         .trials = total.trials,
                         .resamples = draws.size()};
}

}  // namespace peak
