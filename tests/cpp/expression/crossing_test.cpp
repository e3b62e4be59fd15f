// Rule 7 by hand, and the known facts on real data.
#include "peak/expression/crossing.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "expression/sample_bars.hpp"
#include "peak/expression/functions.hpp"
#include "peak/expression/program.hpp"

namespace peak::expression {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// 't', 'f' or '-' (undefined) for each bar of a signal over closes compared with 10.
std::string signal_text(const char* expression, const std::vector<double>& closes) {
  const auto parsed = parse(expression);
  const auto program = Program::compile(std::vector<Expression>{*parsed});
  Workspace workspace;
  const auto views = program->evaluate(testing::bars_of(closes), {}, workspace);
  std::string text;
  for (std::size_t t = 0; t < closes.size(); ++t) {
    text += !(*views)[0].defined[t] ? '-' : (*views)[0].truth[t] ? 't' : 'f';
  }
  return text;
}

TEST(Crossing, BelowEqualAboveFiresOnce) {
  const std::vector<double> closes{9, 10, 10, 11, 10, 11, 9, 11};
  EXPECT_EQ(signal_text("crosses_above(close, 10)", closes), "-fftffft");
  EXPECT_EQ(signal_text("crosses_below(close, 10)", closes),
            "-fffff"
            "tf");
  EXPECT_EQ(signal_text("crosses(close, 10)", closes), "-fftfftt");
  EXPECT_EQ(signal_text("crosses_above_strict(close, 10)", closes),
            "-fffff"
            "ft");
  EXPECT_EQ(signal_text("crosses_below_strict(close, 10)", closes),
            "-fffff"
            "tf");
}

TEST(Crossing, UndefinedForgetsWhatWasBefore) {
  const std::vector<double> closes{9, kNaN, 11, 9, 10, kNaN, 10, 11, 9, 11};
  EXPECT_EQ(signal_text("crosses_above(close, 10)", closes),
            "---ff--ff"
            "t");
}

TEST(Crossing, EqualFromTheStartHasNothingToCross) {
  EXPECT_EQ(signal_text("crosses_above(close, 10)", {10, 10, 11}), "-ff");
}

TEST(Crossing, RoundingDecidesNothing) {
  const double near_above = 10 * (1 + 5e-13), above = 10 * (1 + 3e-12);
  EXPECT_EQ(signal_text("crosses_above(close, 10)", {9, near_above, above}), "-ft");
  EXPECT_EQ(relation(10, near_above), Relation::kEqual);
  EXPECT_EQ(relation(above, 10), Relation::kAbove);
  EXPECT_EQ(relation(10, above), Relation::kBelow);
  EXPECT_EQ(relation(kNaN, 10), Relation::kUndefined);
  EXPECT_EQ(relation(kInfinity, kInfinity), Relation::kEqual);
  EXPECT_EQ(relation(kInfinity, 1e308), Relation::kAbove);
  EXPECT_EQ(relation(-kInfinity, kInfinity), Relation::kBelow);
  EXPECT_EQ(relation(0.0, -0.0), Relation::kEqual);
  EXPECT_EQ(relation(1e-320, 0.0), Relation::kAbove);  // relative: zero has no neighbours
}

// A tie that spans words of 64 bars: below at bar 60, equal to bar 200, then above.
TEST(Crossing, TiesAreCarriedAcrossWords) {
  std::vector<double> closes(260, 10.0);
  for (std::size_t t = 0; t <= 60; ++t) closes[t] = 9;
  for (std::size_t t = 201; t < 260; ++t) closes[t] = 11;
  const std::string text = signal_text("crosses_above(close, 10)", closes);
  EXPECT_EQ(text.find('t'), 201U);
  EXPECT_EQ(text.rfind('t'), 201U);
}

TEST(Logic, UndefinedSpreads) {
  const std::vector<double> closes{1, kNaN, 3};
  EXPECT_EQ(signal_text("close > 2", closes), "f-t");
  EXPECT_EQ(signal_text("not close > 2", closes), "t-f");
  EXPECT_EQ(signal_text("close > 2 and open[1] > 5", closes),
            "--"
            "-");
  EXPECT_EQ(signal_text("close > 2 and is_defined(close)", closes), "f-t");
  EXPECT_EQ(signal_text("close > 2 or is_defined(open)", closes), "t-t");
  EXPECT_EQ(signal_text("close != close", closes), "f-f");
  EXPECT_EQ(signal_text("is_defined(close > 2)", closes), "tft");
  EXPECT_EQ(signal_text("(1 if close > 2 else 0) < 1", closes), "t-f");
  EXPECT_EQ(signal_text("(close > 2)[1]", closes), "-f-");
}

TEST(Logic, RunsOfMoves) {
  const std::vector<double> closes{1, 2, 3, 3, 4, 5, kNaN, 6, 7};
  EXPECT_EQ(signal_text("rising(close)", closes), "-ttftt--t");
  EXPECT_EQ(signal_text("rising(close, 2)", closes), "--tfft---");
  EXPECT_EQ(signal_text("falling(close, 1)", closes), "-fffff--f");
  EXPECT_EQ(signal_text("rising(close, 100)", closes), "---------");
}

}  // namespace
}  // namespace peak::expression
