#include "peak/study/overfitting.hpp"

#include <cmath>
#include <limits>

#include "peak/study/deflated_sharpe.hpp"
#include "peak/study/symmetric_validation.hpp"

namespace peak {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kSure = 0.95;

struct Moments {
  double skewness = 0;
  double kurtosis = 3;
};

/// Standardised moments of the population of returns, as the papers have them.
Moments moments_of(std::span<const double> returns) {
  const auto n = static_cast<double>(returns.size());
  double mean = 0;
  for (const double r : returns) mean += r;
  mean /= n;
  double second = 0;
  double third = 0;
  double fourth = 0;
  for (const double r : returns) {
    const double d = r - mean;
    second += d * d;
    third += d * d * d;
    fourth += d * d * d * d;
  }
  second /= n;
  if (!(second > 0)) return {};
  return {third / n / (second * std::sqrt(second)), fourth / n / (second * second)};
}

/// Number of defined ratios and their variance (ddof 1).
struct Spread {
  double count = 0;
  double variance = 0;
};

Spread spread_of(std::span<const double> sharpes) {
  Spread spread;
  double sum = 0;
  for (const double sharpe : sharpes) {
    if (std::isnan(sharpe)) continue;
    spread.count += 1;
    sum += sharpe;
  }
  if (spread.count < 2) return spread;
  const double mean = sum / spread.count;
  double squares = 0;
  for (const double sharpe : sharpes) squares += std::isnan(sharpe) ? 0.0 : (sharpe - mean) * (sharpe - mean);
  spread.variance = squares / (spread.count - 1.0);
  return spread;
}

void add_sharpe(const OverfittingInput& input, Overfitting& found) {
  const std::vector<double> sharpes = trial_sharpes(input.blocks);
  const Spread spread = spread_of(sharpes);
  found.trials = static_cast<std::size_t>(spread.count);
  const double correlation = average_correlation(input.blocks);
  found.average_correlation = correlation;
  found.effective_trials = independent_trials(spread.count, std::isnan(correlation) ? 0.0 : correlation);

  SharpeEstimate best{.sharpe = sharpes[input.best]};
  for (const std::size_t bars : input.blocks.bars) best.bars += static_cast<double>(bars);
  if (input.best_returns.empty()) {
    found.notes.emplace_back("the best trial's returns were not given: its moments were taken to be normal");
  } else {
    const Moments moments = moments_of(input.best_returns);
    best.skewness = moments.skewness;
    best.kurtosis = moments.kurtosis;
  }
  const double year = std::sqrt(input.periods_per_year);
  found.best_sharpe = best.sharpe * year;
  found.luck_sharpe = luck_threshold(found.effective_trials, spread.variance) * year;
  found.probabilistic_sharpe = probabilistic_sharpe(best);
  found.deflated_sharpe = deflated_sharpe(best, found.effective_trials, spread.variance);
  found.minimum_track_record_years = minimum_track_record(best) / input.periods_per_year;
}

Status add_validation(const OverfittingInput& input, Overfitting& found) {
  const auto validation = symmetric_validation(input.blocks, 1000, input.stop);
  if (validation.ok()) {
    found.pbo = validation->pbo;
    found.mean_rank = validation->mean_rank;
    found.blocks = validation->blocks;
    return {};
  }
  if (validation.error().code == ErrorCode::kCancelled) return validation.error();
  found.pbo = found.mean_rank = kNaN;
  found.notes.push_back(validation.error().message);
  return {};
}

Status add_ability(const OverfittingInput& input, Overfitting& found) {
  found.reality_check_p = found.spa_p = kNaN;
  if (input.periods == nullptr) return {};
  SuperiorAbilityOptions options = input.ability;
  options.stop = input.stop;
  const auto ability = superior_ability(*input.periods, options);
  if (ability.ok()) {
    found.reality_check_p = ability->reality_check_p;
    found.spa_p = ability->spa_p;
    found.tested_trials = ability->trials;
    return {};
  }
  if (ability.error().code == ErrorCode::kCancelled) return ability.error();
  found.notes.push_back(ability.error().message);
  return {};
}

}  // namespace

Result<Overfitting> overfitting(const OverfittingInput& input) {
  const std::size_t trials = input.blocks.trials();
  if (input.blocks.blocks() == 0 || input.blocks.sums.size() != trials * input.blocks.blocks() * 2) {
    return invalid_argument("the sums of blocks do not fit: there must be two for each block and trial");
  }
  if (input.best >= trials) {
    return invalid_argument("trial " + std::to_string(input.best) + " is not one of the " + std::to_string(trials));
  }
  if (!(input.periods_per_year > 0)) return invalid_argument("periods per year must be positive");
  Overfitting found;
  found.neighbourhood = input.neighbourhood;
  add_sharpe(input, found);
  PEAK_RETURN_IF_ERROR(add_validation(input, found));
  PEAK_RETURN_IF_ERROR(add_ability(input, found));
  return found;
}

const char* Overfitting::verdict() const noexcept {
  constexpr double kOverfitted = 0.2;
  if (std::isnan(deflated_sharpe)) return "unclear";
  if (deflated_sharpe < kSure) return "luck";
  return std::isnan(pbo) || pbo < kOverfitted ? "skill" : "unclear";
}

}  // namespace peak
