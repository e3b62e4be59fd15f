#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "peak/metrics/metrics.hpp"

namespace peak {
namespace {

TEST(MetricInfo, EveryMetricIsFoundByItsName) {
  std::set<std::string> names, titles;
  const std::set<std::string> units{"fraction", "currency", "bars", "count", "ratio"};
  for (const MetricInfo& info : metric_infos()) {
    const Result<Metric> found = find_metric(info.name);
    ASSERT_TRUE(found.ok()) << info.name;
    EXPECT_EQ(*found, info.metric);
    EXPECT_EQ(&metric_info(info.metric), &info);
    EXPECT_TRUE(names.insert(info.name).second) << info.name << " is there twice";
    EXPECT_TRUE(titles.insert(info.title).second) << info.title << " is there twice";
    EXPECT_TRUE(units.contains(info.unit)) << info.name << ": " << info.unit;
    for (const char* c = info.name; *c != '\0'; ++c) EXPECT_TRUE(std::islower(*c) != 0 || *c == '_') << info.name;
  }
  EXPECT_EQ(names.size(), kMetricCount);
  EXPECT_GE(kMetricCount, 30U);
}

// The names that the command, Python and other tools rely on.
TEST(MetricInfo, PromisedNamesAreThere) {
  for (const char* name : {"final_equity", "total_return", "cagr", "volatility", "sharpe", "sortino", "calmar",
                           "max_drawdown", "trades", "win_rate", "profit_factor", "exposure"}) {
    EXPECT_TRUE(find_metric(name).ok()) << name;
  }
}

TEST(MetricInfo, AnUnknownNameIsAnsweredWithTheNearest) {
  const Result<Metric> result = find_metric("sharp");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "unknown metric 'sharp'; did you mean 'sharpe'?");
}

TEST(MetricsConvention, NamesAreReadBack) {
  for (const auto convention :
       {MetricsConvention::kPeakTrade, MetricsConvention::kVectorbt, MetricsConvention::kQuantstats,
        MetricsConvention::kEmpyrical, MetricsConvention::kBacktestingPy}) {
    EXPECT_EQ(*parse_metrics_convention(metrics_convention_name(convention)), convention);
  }
  const auto unknown = parse_metrics_convention("vectorb");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().message, "unknown metrics_convention 'vectorb'; did you mean 'vectorbt'?");
}

// The user's document tells every metric with its unit and formula, word for word as the program does.
TEST(MetricsDocument, TellsEveryMetric) {
  std::ifstream file(std::string(PEAK_SOURCE_DIR) + "/docs/metrics.md");
  ASSERT_TRUE(file.is_open());
  std::stringstream text;
  text << file.rdbuf();
  const std::string document = text.str();
  std::size_t rows = 0;
  for (std::size_t at = document.find("\n| `"); at != std::string::npos; at = document.find("\n| `", at + 1)) ++rows;
  EXPECT_EQ(rows, kMetricCount) << "a row too many or too few in the tables of metrics";
  for (const MetricInfo& info : metric_infos()) {
    std::string formula;
    for (const char* c = info.convention; *c != '\0'; ++c)
      formula += *c == '|' ? std::string("\\|") : std::string(1, *c);
    const std::string row =
        std::string("| `") + info.name + "` | " + info.title + " | " + info.unit + " | " + formula + " |";
    EXPECT_NE(document.find(row), std::string::npos) << "docs/metrics.md lacks the row\n" << row;
  }
  for (const char* peer : {"vectorbt 1.2.0", "quantstats 0.0.86", "empyrical-reloaded 0.7.1", "backtesting.py 0.6.6"}) {
    EXPECT_NE(document.find(peer), std::string::npos) << peer;
  }
}

}  // namespace
}  // namespace peak
