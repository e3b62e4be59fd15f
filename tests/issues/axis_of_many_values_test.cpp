// Kept results were told apart by some of an axis' values, not all: two lists of more than 4,096 values that differed
// in one that was left out passed for the same grid, and the second sweep was given the first one's row.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "peak/strategy/builtin.hpp"
#include "peak/study/sweep.hpp"
#include "study/swept_market.hpp"

namespace peak {
namespace {

TEST(AxisOfManyValues, EveryValueTellsItsGridFromOthers) {
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / ("peak_many_values_" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  std::vector<double> commissions(10'000);
  for (std::size_t i = 0; i < commissions.size(); ++i) commissions[i] = static_cast<double>(i) * 1e-6;
  SweepOptions options;
  options.metrics = {Metric::kTotalReturn};
  const auto swept = [&] {
    const Grid grid = Grid::make({GridAxis::list("commission", commissions).value()}).value();
    return sweep(testing::swept_market(1, 300), find_strategy("sma_cross").value(), grid, options).value();
  };
  options.store = folder.string();
  static_cast<void>(swept());
  commissions[1] = 0.05;
  const SweepResult changed = swept();
  EXPECT_EQ(changed.computed, 1U);
  EXPECT_EQ(changed.reused, 9'999U);
  options.store.clear();
  EXPECT_EQ(changed.values, swept().values);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace peak
