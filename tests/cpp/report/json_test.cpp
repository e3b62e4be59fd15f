#include "peak/report/json.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "report/json_writer.hpp"
#include "report/synthetic_result.hpp"

namespace peak {
namespace {

using nlohmann::ordered_json;
using report::JsonWriter;

ordered_json written(const BacktestResult& result, const JsonOptions& options = {}) {
  return ordered_json::parse(to_json(result, options));
}

TEST(Json, HasTheContractsKeysInOrder) {
  const ordered_json json = written(report_test::small_result());
  std::vector<std::string> keys;
  for (const auto& item : json.items()) keys.push_back(item.key());
  EXPECT_EQ(keys, (std::vector<std::string>{"strategy", "params", "data", "broker", "metrics", "undefined_metrics",
                                            "conventions", "signals", "unfilled_orders", "warnings", "fingerprint",
                                            "engine_version", "engine_semantics"}));
}

TEST(Json, NamesTheDataAsGiven) {
  const BacktestResult result = report_test::small_result();
  const ordered_json data = written(result, {.data_path = "a/b.csv"})["data"];
  EXPECT_EQ(data["path"], "a/b.csv");
  EXPECT_EQ(data["symbol"], "TEST");
  EXPECT_EQ(data["rows"], 4);
  EXPECT_EQ(data["start"], "2020-01-01T00:00:00Z");
  EXPECT_EQ(data["end"], "2020-01-04T00:00:00Z");
  EXPECT_EQ(data["fingerprint"], result.bars.fingerprint().hex());
  EXPECT_TRUE(written(result)["data"]["path"].is_null());
}

TEST(Json, GivesEveryMetricAndTheReasonOfEachNull) {
  const ordered_json json = written(report_test::small_result());
  EXPECT_EQ(json["metrics"].size(), kMetricCount);
  EXPECT_EQ(json["conventions"]["definitions"].size(), kMetricCount);
  EXPECT_EQ(json["metrics"]["total_return"].get<double>(), -0.001199);
  for (const auto& [name, value] : json["metrics"].items()) {
    EXPECT_EQ(value.is_null(), json["undefined_metrics"].contains(name)) << name;
  }
  EXPECT_EQ(json["undefined_metrics"]["payoff_ratio"], "no winning trades");
}

TEST(Json, AnInfiniteMetricIsNullWithAReason) {
  BacktestResult result = report_test::small_result();
  result.metrics.set(Metric::kProfitFactor, std::numeric_limits<double>::infinity());
  const ordered_json json = written(result);
  EXPECT_TRUE(json["metrics"]["profit_factor"].is_null());
  EXPECT_FALSE(json["undefined_metrics"]["profit_factor"].get<std::string>().empty());
}

TEST(Json, NumbersReadBackToTheBit) {
  for (const double value : {0.1, 1.0 / 3, 1e300, 5e-324, -0.0, 123456789.123456789, 1e21, 10000.0}) {
    JsonWriter json({.indent = 0});
    json.number(value);
    const std::string text = json.take();
    EXPECT_EQ(ordered_json::parse(text).get<double>(), value) << text;
  }
}

TEST(Json, TradesAndOrdersOnRequest) {
  BacktestResult result = report_test::small_result();
  Trade open = result.simulation.trades[0];
  open.status = TradeStatus::kOpen;
  open.exit_bar = kNoBar;
  open.exit_reason = ExitReason::kNone;
  result.simulation.trades.push_back(open);
  const ordered_json json = written(result, {.trades = true, .orders = true});
  ASSERT_EQ(json["trades"].size(), 2U);
  const ordered_json& first = json["trades"][0];
  EXPECT_EQ(first["entry_time"], "2020-01-02T00:00:00Z");
  EXPECT_EQ(first["exit_time"], "2020-01-04T00:00:00Z");
  EXPECT_EQ(first["bars"], 2);
  EXPECT_EQ(first["fees"].get<double>(), 0.1 + 0.099);
  EXPECT_EQ(first["exit_reason"], "signal");
  const ordered_json& second = json["trades"][1];
  for (const char* name : {"exit_bar", "exit_time", "exit_price", "exit_reason"}) {
    EXPECT_TRUE(second[name].is_null()) << name;
  }
  ASSERT_EQ(json["orders"].size(), 3U);
  EXPECT_EQ(json["orders"][2]["reason"], "end_of_data");
  EXPECT_TRUE(json["orders"][2]["fill_bar"].is_null());
  EXPECT_EQ(json["unfilled_orders"]["end_of_data"], 1);
}

TEST(Json, EscapesWhatAUserMayNameThings) {
  BacktestResult result = report_test::small_result();
  result.strategy.name = "a\"b\\c\n\x01</script>";
  const std::string name = written(result)["strategy"];
  EXPECT_EQ(name, result.strategy.name);
  const ordered_json json = written(result, {.data_path = "bad \xff\xc3 \xe2\x82\xac \xed\xa0\x80"});
  EXPECT_EQ(json["data"]["path"], "bad \xEF\xBF\xBD\xEF\xBF\xBD \xe2\x82\xac \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Json, OneLineOnRequest) {
  const BacktestResult result = report_test::small_result();
  const std::string text = to_json(result, {.indent = 0});
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(ordered_json::parse(text), written(result));
}

TEST(JsonWriter, HtmlSafeTextHasNoMarkup) {
  JsonWriter json({.indent = 0, .html_safe = true});
  json.text("</script><!-- & -->");
  const std::string text = json.take();
  EXPECT_EQ(text.find_first_of("<>&"), std::string::npos);
  EXPECT_EQ(ordered_json::parse(text), "</script><!-- & -->");
}

TEST(JsonWriter, EmptyAndNestedLayouts) {
  JsonWriter json({.indent = 2});
  json.begin_object();
  json.key("none");
  json.begin_array();
  json.end_array();
  json.key("rows");
  json.begin_array();
  json.begin_object(JsonWriter::Layout::kOneLine);
  json.integer("a", 1);
  json.boolean("b", true);
  json.end_object();
  json.end_array();
  json.end_object();
  EXPECT_EQ(json.take(), "{\n  \"none\": [],\n  \"rows\": [\n    {\"a\": 1, \"b\": true}\n  ]\n}");
}

}  // namespace
}  // namespace peak
