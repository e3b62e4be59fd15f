// Facts of rule 7 on real prices: what the strict rule loses, and the one true tie of the reference series.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "peak/expression/crossing.hpp"
#include "peak/expression/functions.hpp"
#include "peak/expression/program.hpp"
#include "peak/io/read.hpp"

namespace peak::expression {
namespace {

class CrossingFacts : public ::testing::Test {
 protected:
  // The bars of a shared file; without the file the test fails in CI and is skipped elsewhere.
  bool load(const std::string& name) {
    const std::string path = std::string(PEAK_SHARED_DATA) + "/" + name;
    if (!std::filesystem::exists(path)) {
      const char* ci = std::getenv("CI");
      if (ci != nullptr && std::string(ci) == "true") {
        ADD_FAILURE() << path << " is missing";
      } else {
        std::cerr << "\n*** NOT TESTED: " << path << " is missing\n";
      }
      return false;
    }
    const auto loaded = io::read_bars(path);
    if (!loaded.ok()) {
      ADD_FAILURE() << loaded.error().message;
      return false;
    }
    bars_ = loaded->bars;
    return true;
  }

  std::vector<OutputView> evaluate(const std::vector<Expression>& outputs) {
    const auto program = Program::compile(outputs);
    EXPECT_TRUE(program.ok());
    const auto views = program->evaluate(bars_, {}, workspace_);
    EXPECT_TRUE(views.ok());
    return views.ok() ? *views : std::vector<OutputView>(outputs.size());
  }

  std::size_t count(BitView view) {
    std::size_t bits = 0;
    for (std::size_t t = 0; t < view.size; ++t) bits += view[t] ? 1U : 0U;
    return bits;
  }

  Bars bars_;
  Workspace workspace_;
};

// The numbers of the rule book: 1,680 crossings upwards, of which the strict rule loses 36 %.
TEST_F(CrossingFacts, StrictRuleLosesAThirdOfTheCrossingsOfAFuture) {
  if (!load("intraday/eurostoxx50_fut_1m_2006.csv.gz")) GTEST_SKIP();
  ASSERT_EQ(bars_.size(), 30889U);
  const Expression fast = sma(close(), 5), slow = sma(close(), 10);
  const auto views = evaluate({crosses_above(fast, slow), crosses_above_strict(fast, slow)});
  EXPECT_EQ(count(views[0].truth), 1680U);
  const double lost = 1 - static_cast<double>(count(views[1].truth)) / static_cast<double>(count(views[0].truth));
  EXPECT_NEAR(lost, 0.36, 0.01);
}

// On 2001-12-13 both averages are 114.91: no crossing yet. They stand apart from the next bar on.
TEST_F(CrossingFacts, TrueTieOfSpyIsNoCrossing) {
  if (!load("equity_daily/spy_1999_2020.csv")) GTEST_SKIP();
  const Expression fast = sma(close(), 10), slow = sma(close(), 20);
  const auto views = evaluate({fast, slow, crosses_below(fast, slow)});
  ASSERT_GT(bars_.size(), 533U);
  EXPECT_EQ(format_time(bars_.time()[531]), "2001-12-13T00:00:00Z");
  EXPECT_NEAR(views[0].numbers[531], 114.91, 1e-9);
  EXPECT_EQ(relation(views[0].numbers[530], views[1].numbers[530]), Relation::kAbove);
  EXPECT_EQ(relation(views[0].numbers[531], views[1].numbers[531]), Relation::kEqual);
  EXPECT_EQ(relation(views[0].numbers[532], views[1].numbers[532]), Relation::kBelow);
  EXPECT_FALSE(views[2].truth[531]);
  EXPECT_TRUE(views[2].truth[532]);
}

}  // namespace
}  // namespace peak::expression
