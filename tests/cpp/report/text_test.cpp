#include "peak/report/text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "report/number_text.hpp"
#include "report/synthetic_result.hpp"

namespace peak {
namespace {

std::size_t widest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, text_width(line));
  return widest;
}

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

TEST(NumberText, GroupsThousandsAndDropsTheSignOfNothing) {
  EXPECT_EQ(report::grouped_text(1234567.891, 2), "1,234,567.89");
  EXPECT_EQ(report::grouped_text(-123, 0), "-123");
  EXPECT_EQ(report::grouped_text(-1234.5, 1), "-1,234.5");
  EXPECT_EQ(report::grouped_text(-0.001, 2), "0.00");
  EXPECT_EQ(report::grouped_text(std::nan(""), 2), "-");
}

TEST(NumberText, PercentagesKeepSmallFractionsVisible) {
  EXPECT_EQ(report::percent_text(0.1234), "12.34%");
  EXPECT_EQ(report::percent_text(-1), "-100.00%");
  EXPECT_EQ(report::percent_text(0.00012), "0.0120%");
  EXPECT_EQ(report::percent_text(0), "0.00%");
}

TEST(NumberText, FindsThePricesTickGrid) {
  const double cents[] = {10, 10.25, 114.91};
  const double thirds[] = {1.0 / 3};
  const double missing[] = {std::nan("")};
  EXPECT_EQ(report::decimal_places(cents, 8), 2);
  EXPECT_EQ(report::decimal_places(thirds, 8), -1);
  EXPECT_EQ(report::decimal_places(missing, 8), -1);
  EXPECT_EQ(report::price_decimals(cents), 2);
}

TEST(TextTable, LeavesOutColumnsByRank) {
  TextTable table({{"name", false}, {"long column", false, 2}, {"n", true}});
  table.add_row({"first", "something long", "1"});
  table.add_row({"second", "", "22"});
  EXPECT_EQ(table.render({.width = 80, .unicode = false}),
            "name    long column      n\n--------------------------\n"
            "first   something long   1\nsecond                  22\n");
  EXPECT_EQ(table.render({.width = 20, .unicode = false}), "name     n\n----------\nfirst    1\nsecond  22\n");
}

TEST(TextTable, ColoursOnlyWhenAsked) {
  EXPECT_EQ(toned("x", TextTone::kBad, {.colour = false}), "x");
  EXPECT_EQ(toned("x", TextTone::kBad, {.colour = true}), "\x1b[31mx\x1b[0m");
}

TEST(Text, WrapsAtSpaces) { EXPECT_EQ(wrapped("aaaa bbbb cccc dddd", 12, 2), "aaaa bbbb\n  cccc dddd"); }

TEST(Text, SummaryNamesWhatMatters) {
  BacktestResult result = report_test::small_result();
  result.warnings = {"nothing is certain"};
  const std::string text = format_summary(result);
  for (const char* part : {"by_hand", "fast = 10", "threshold = 0.5", "4 bars", "2020-01-01", "2020-01-04",
                           "commission 0.10%", "365", "998.80", "-0.12%", "no winning trades", "1 end_of_data",
                           "1 asked for what already was", "nothing is certain"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
}

TEST(Text, StaysWithinTheWidthAndInAscii) {
  for (const int width : {60, 80, 100, 140}) {
    const TextOptions options{.style = {.width = width, .unicode = false}};
    const BacktestResult result = report_test::small_result();
    const std::string text = format_summary(result, options) + format_trades(result, options);
    EXPECT_LE(widest_line(text), static_cast<std::size_t>(width)) << text;
    EXPECT_TRUE(is_ascii(text));
  }
}

TEST(Text, ShowsEveryMetricOnce) {
  const BacktestResult result = report_test::small_result();
  for (const int width : {60, 120}) {
    const std::string text = format_metrics(result, {.style = {.width = width}});
    for (const MetricInfo& info : metric_infos()) {
      EXPECT_NE(text.find("  " + std::string(info.title) + " "), std::string::npos) << info.title << " in\n" << text;
    }
  }
}

TEST(Text, ManyTradesAreShownFromBothEnds) {
  BacktestResult result = report_test::small_result();
  result.simulation.trades.resize(100, result.simulation.trades[0]);
  const std::string text = format_trades(result, {.max_trades = 4});
  EXPECT_NE(text.find("96 more"), std::string::npos) << text;
  EXPECT_NE(text.find("\n100  long"), std::string::npos) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2 + 4 + 1);
  result.simulation.trades.clear();
  EXPECT_EQ(format_trades(result), "No trades.\n");
}

}  // namespace
}  // namespace peak
