#include "peak/report/page.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "peak/report/json.hpp"
#include "peak/strategy/builtin.hpp"
#include "report/calendar_returns.hpp"
#include "report/reproduction.hpp"
#include "report/synthetic_result.hpp"

namespace peak {
namespace {

using nlohmann::json;

std::string page_of(const BacktestResult& result, const ReportOptions& options = {}) {
  auto page = report_page(result, options);
  EXPECT_TRUE(page.ok()) << page.error().message;
  return page.ok() ? *page : "";
}

/// The JSON that the page holds, up to the end of its element as a browser finds it.
json data_of(const std::string& page) {
  const std::string start = "<script type=\"application/json\" id=\"peak-data\">";
  const std::size_t from = page.find(start) + start.size();
  return json::parse(page.substr(from, page.find("</script", from) - from));
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Page, HoldsTheRunsJson) {
  const BacktestResult result = report_test::small_result();
  const json data = data_of(page_of(result, {.data_path = "x.csv"}));
  EXPECT_EQ(data["result"], json::parse(to_json(result, {.data_path = "x.csv"})));
  EXPECT_EQ(data["title"], "by_hand on TEST");
  EXPECT_EQ(data["bars"]["count"], 4);
  EXPECT_EQ(data["trades"]["count"], 1);
  EXPECT_EQ(data["unfilled"]["count"], 1);
  std::size_t metrics = 0;
  for (const json& group : data["metric_groups"]) metrics += group["metrics"].size();
  EXPECT_EQ(metrics, kMetricCount);
}

TEST(Page, AsksNothingOfTheNetwork) {
  const std::string page = page_of(report_test::small_result());
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  for (const char* part : {"<script src", "<img", "<iframe", "@import", "url(http", "fetch(", "XMLHttpRequest"}) {
    EXPECT_EQ(page.find(part), std::string::npos) << part;
  }
}

TEST(Page, NamesCannotBecomeMarkup) {
  BacktestResult result = report_test::small_result();
  const std::string evil = "</script></title></noscript><script>alert(1)</script><!--";
  const std::size_t scripts = count(page_of(result), "<script");
  const std::size_t ends = count(page_of(result), "</script");
  result.strategy.name = evil;
  result.bars.set_symbol(evil);
  result.warnings = {evil};
  result.periods.reason = evil;
  const std::string page = page_of(result, {.title = evil, .data_path = evil, .strategy_path = evil});
  EXPECT_EQ(count(page, "<script"), scripts);
  EXPECT_EQ(count(page, "</script"), ends);
  EXPECT_EQ(count(page, "</title"), 1U);
  EXPECT_EQ(count(page, "</noscript"), 1U);
  EXPECT_EQ(data_of(page)["title"], evil);
}

TEST(Page, TheSameRunGivesTheSameBytes) {
  EXPECT_EQ(page_of(report_test::small_result()), page_of(report_test::small_result()));
}

TEST(Page, JoinsNeighboursAboveTheLimit) {
  BacktestResult result = report_test::small_result();
  std::vector<double> closes;
  for (int i = 0; i < 2'500; ++i) closes.push_back(100 + i % 7);
  result.bars = report_test::daily_bars(closes);
  result.simulation.equity = report_test::buffer(closes);
  result.simulation.returns = report_test::buffer(closes);
  result.simulation.in_position = Bits(closes.size());
  const json whole = data_of(page_of(result))["bars"];
  EXPECT_EQ(whole["per_point"], 1);
  EXPECT_EQ(whole["close"]["count"], 2'500);
  const json joined = data_of(page_of(result, {.max_points = 1'000}))["bars"];
  EXPECT_EQ(joined["count"], 2'500);
  EXPECT_EQ(joined["per_point"], 3);
  EXPECT_EQ(joined["close"]["count"], 834);
  EXPECT_EQ(data_of(page_of(result, {.max_points = 0}))["bars"]["per_point"], 3);
}

TEST(Page, RefusesARunWithoutBars) {
  const auto page = report_page(BacktestResult{});
  ASSERT_FALSE(page.ok());
  EXPECT_EQ(page.error().code, ErrorCode::kInvalidArgument);
}

TEST(CalendarReturns, CompoundOverMonthsAndYears) {
  // Three days each in December 2019, January and February 2020, by hand.
  BacktestResult result;
  std::vector<std::int64_t> times;
  for (const auto& [year, month] : {std::pair{2019, 12U}, std::pair{2020, 1U}, std::pair{2020, 2U}}) {
    for (unsigned day = 10; day < 13; ++day) times.push_back(days_from_date(year, month, day) * kNanosecondsPerDay);
  }
  std::vector<double> closes{10, 11, 12, 12, 13, 15, 15, 14, 18};
  const auto column = [&](const char* name) { return Column::own(name, closes); };
  result.bars = *Bars::from_columns(Column::own("time", times, ColumnType::kTime), column("open"), column("high"),
                                    column("low"), column("close"), Column());
  result.broker.cash = 100;
  result.simulation.equity = report_test::buffer({100, 105, 110, 110, 120, 132, 130, 140, 165});
  const auto years = report::calendar_returns(result);
  ASSERT_EQ(years.size(), 2U);
  EXPECT_EQ(years[0].year, 2019);
  EXPECT_EQ(years[0].months[11], 110.0 / 100 - 1);
  EXPECT_TRUE(std::isnan(years[0].months[10]));
  EXPECT_EQ(years[0].total, 110.0 / 100 - 1);
  EXPECT_EQ(years[0].benchmark, 12.0 / 10 - 1);
  EXPECT_EQ(years[1].months[0], 132.0 / 110 - 1);
  EXPECT_EQ(years[1].months[1], 165.0 / 132 - 1);
  EXPECT_EQ(years[1].total, 165.0 / 110 - 1);
  EXPECT_EQ(years[1].benchmark, 18.0 / 12 - 1);
}

TEST(Reproduction, NamesABuiltinWithWhatWasNotUsual) {
  const auto strategy = find_strategy("sma_cross");
  ASSERT_TRUE(strategy.ok());
  const Bars bars = report_test::daily_bars(std::vector<double>(60, 100.0));
  BacktestOptions options;
  options.parameters = {{"fast", 5}, {"slow", 20}};
  options.broker.commission = 0.001;
  options.broker.fill = FillTiming::kSameClose;
  options.broker.finalize = true;
  const auto result = backtest(bars, *strategy, options);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(report::command_line(*result, {.data_path = "my data/it's.csv"}),
            "peak backtest sma_cross --data 'my data/it'\\''s.csv' --set fast=5 --set slow=20 --cash 10000 "
            "--commission 0.001 --fill same_close --finalize");
  EXPECT_EQ(report::python_lines(*result, {.data_path = "a\"b.csv"}),
            "import peaktrade as pt\n\nresult = pt.backtest(\n    \"a\\\"b.csv\",\n    \"sma_cross\",\n"
            "    {\"fast\": 5, \"slow\": 20},\n    cash=10000,\n    commission=0.001,\n    fill=\"same_close\",\n"
            "    finalize=True,\n)\n");
}

TEST(Reproduction, GivenSignalsHaveNoCommand) {
  const BacktestResult result = report_test::small_result();
  EXPECT_EQ(report::command_line(result, {}), "");
  EXPECT_NE(report::python_lines(result, {}).find("pt.Signals(entries, exits)"), std::string::npos);
}

}  // namespace
}  // namespace peak
