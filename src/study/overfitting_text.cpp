// The statistics of overfitting in plain words.
#include <cmath>
#include <cstdio>

#include "peak/study/overfitting.hpp"

namespace peak {
namespace {

std::string number(double value, int decimals) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

/// "37 %"; a probability is never 0 % or 100 %.
std::string percent(double fraction) {
  if (fraction < 0.005) return "under 1 %";
  if (fraction >= 0.995) return "over 99 %";
  return number(100.0 * fraction, 0) + " %";
}

/// A share of some hundred draws or more.
std::string p_value(double p) { return p < 0.001 ? "under 0.001" : number(p, 3); }

std::string trials_line(const Overfitting& found) {
  std::string line = std::to_string(found.trials) + (found.trials == 1 ? " trial" : " trials");
  const double effective = found.effective_trials;
  if (std::isfinite(effective) && effective < 0.9 * static_cast<double>(found.trials)) {
    line += ", as lucky as " + number(effective, effective < 10 ? 1 : 0) +
            " that have nothing in common (average correlation " + number(found.average_correlation, 2) + ")";
  }
  return line + ".\n";
}

std::string sharpe_lines(const Overfitting& found) {
  if (std::isnan(found.deflated_sharpe)) return "The best trial has no Sharpe ratio to judge.\n";
  std::string text = "The best has a Sharpe ratio of " + number(found.best_sharpe, 2) +
                     "; the best of so many without any skill would have " + number(found.luck_sharpe, 2) + ".\n";
  text += "Probability that it beats luck (deflated Sharpe ratio): " + percent(found.deflated_sharpe);
  text += found.deflated_sharpe < 0.95 ? ". Under 95 % is commonly taken for luck.\n" : ".\n";
  const double years = found.minimum_track_record_years;
  if (std::isfinite(years)) {
    const std::string enough = years < 0.1 ? "a month" : number(years, 1) + " years";
    text += "Had it been the only trial, " + enough + " would be enough to be 95 % sure of it.\n";
  }
  return text;
}

std::string validation_lines(const Overfitting& found) {
  if (std::isnan(found.pbo)) return {};
  return "Chosen on half of the time, the best is in the lower half in the rest in " + percent(found.pbo) +
         " of the cases (probability of overfitting); its average rank there is " + percent(found.mean_rank) +
         " of the way up.\n";
}

std::string ability_lines(const Overfitting& found) {
  if (std::isnan(found.spa_p)) return {};
  std::string text = "If no trial were better than its benchmark, the best would look this good with probability " +
                     p_value(found.spa_p) + " (Hansen's test; White's reality check " + p_value(found.reality_check_p) +
                     ")";
  if (found.tested_trials < found.trials) text += ", tested on " + std::to_string(found.tested_trials) + " trials";
  return text + ".\n";
}

std::string neighbourhood_lines(const Overfitting& found) {
  if (!found.neighbourhood || found.neighbourhood->neighbours == 0) return {};
  const Neighbourhood& around = *found.neighbourhood;
  std::string text = "One step away in the grid the value is " + number(around.mean, 2) + " on average (" +
                     number(around.lowest, 2) + " to " + number(around.highest, 2) + ") against " +
                     number(around.value, 2);
  if (std::isnan(around.stability)) return text + ".\n";
  return text + (around.stability >= 0.75  ? ": a plateau.\n"
                 : around.stability >= 0.4 ? ": a hill.\n"
                                           : ": a lone peak.\n");
}

}  // namespace

std::string Overfitting::text() const {
  const std::string found = verdict();
  std::string text = found == "luck"    ? "This looks like luck.\n"
                     : found == "skill" ? "This is more than luck would do.\n"
                                        : "Whether this is luck is not clear.\n";
  text += trials_line(*this) + sharpe_lines(*this) + validation_lines(*this) + ability_lines(*this) +
          neighbourhood_lines(*this);
  for (const std::string& note : notes) text += "Note: " + note + ".\n";
  return text;
}

}  // namespace peak
