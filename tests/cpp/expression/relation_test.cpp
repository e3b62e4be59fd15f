#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "peak/expression/crossing.hpp"

namespace peak::expression {
namespace {

// Rule 7 in the mathematics library's words.
Relation by_the_rule(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return Relation::kUndefined;
  const double larger = std::fmin(std::fmax(std::fabs(a), std::fabs(b)), std::numeric_limits<double>::max());
  if (a - b > 1e-12 * larger) return Relation::kAbove;
  if (b - a > 1e-12 * larger) return Relation::kBelow;
  return Relation::kEqual;
}

TEST(Relation, IsThatOfTheRuleForEveryPairOfNumbers) {
  using Limits = std::numeric_limits<double>;
  std::vector<double> numbers = {
      0.0,           Limits::denorm_min(), Limits::min(),      1e-300, 1.0, 1 + 1e-13, 1 + 1e-12, 1 + 2e-12, 100.0,
      Limits::max(), Limits::infinity(),   Limits::quiet_NaN()};
  for (const double number : std::vector<double>(numbers)) numbers.push_back(-number);
  for (const double a : numbers) {
    for (const double b : numbers) EXPECT_EQ(relation(a, b), by_the_rule(a, b)) << a << " " << b;
  }
}

}  // namespace
}  // namespace peak::expression
