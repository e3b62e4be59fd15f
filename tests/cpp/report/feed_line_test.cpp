// Feed lines: what a runner did at a bar as JSON, by hand.
#include "report/feed_line.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "peak/strategy/builtin.hpp"
#include "peak/trading/settings.hpp"

namespace peak::report {
namespace {

using Json = nlohmann::json;

/// The lines of closes, a day apart, from the bar `first` on.
std::vector<Json> lines_of(Runner& runner, const std::vector<double>& closes, std::size_t first = 0) {
  FeedLines told(runner);
  std::vector<Json> lines;
  for (std::size_t i = first; i < closes.size(); ++i) {
    const double close = closes[i];
    const auto orders =
        runner.push({static_cast<Nanoseconds>(i) * kNanosecondsPerDay, close, close, close, close, 100, {}});
    EXPECT_TRUE(orders.ok());
    const std::string line = told.line_of(*orders);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    lines.push_back(Json::parse(line));
  }
  return lines;
}

Runner runner_with(const BacktestOptions& given) {
  BacktestOptions options = given;
  options.parameters = {{"fast", 1}, {"slow", 2}};
  Result<Runner> made = Runner::create(*find_strategy("sma_cross"), options);
  EXPECT_TRUE(made.ok());
  return std::move(*made);
}

const std::vector<double> kCloses = {10, 9, 8, 12, 10, 10, 10, 5, 4, 4, 4};

TEST(FeedLine, OrdersAndTheirFills) {
  BacktestOptions options;
  options.broker.cash = 1000;
  options.broker.commission = 0.25;
  Runner runner = runner_with(options);
  const auto lines = lines_of(runner, {10, 9, 8, 12, 10});
  EXPECT_EQ(lines[0], Json::parse(R"({"time":"1970-01-01T00:00:00Z","bar":0,"orders":[],"fills":[],"rejected":[],
                                      "position":0,"cash":1000,"equity":1000})"));
  // All cash at 12 and a quarter of commission: 1000 / 15 units.
  EXPECT_EQ(lines[3]["orders"].size(), 1U);
  EXPECT_EQ(lines[3]["orders"][0]["quantity"], 1000.0 / 15);
  EXPECT_EQ(lines[3]["orders"][0]["limit"], nullptr);
  EXPECT_EQ(lines[3]["fills"].size(), 0U);
  // At 10: 1000 / 12.5 = 80 units for 800, 200 of fee. The close is below the mean of 11: out again.
  EXPECT_EQ(lines[4]["fills"], Json::parse(R"([{"action":"buy","purpose":"enter","type":"market","quantity":80.0,
                                                "price":10.0,"fee":200.0,"rule":"open"}])"));
  EXPECT_EQ(lines[4]["position"], 80);
  EXPECT_EQ(lines[4]["equity"], 800);
  EXPECT_EQ(lines[4]["orders"][0]["reduce_only"], true);
  EXPECT_EQ(lines[4]["orders"][0]["quantity"], 80);
}

// A fifth of each bar's 100 units: an order for 50 fills as 20, 20 and 10.
TEST(FeedLine, PartsOfAnOrder) {
  BacktestOptions options;
  options.broker.cash = 10000;
  options.broker.size = Sizing::units(50);
  ASSERT_TRUE(set_override(options.broker, *find_broker_setting("volume_share"), "0.2").ok());
  const std::vector<double> closes = {10, 9, 8, 12, 13, 14, 15, 16, 17};
  Runner runner = runner_with(options);
  const auto lines = lines_of(runner, closes);
  std::vector<double> quantities, prices;
  for (const Json& line : lines) {
    for (const Json& fill : line["fills"]) {
      quantities.push_back(fill["quantity"]);
      prices.push_back(fill["price"]);
    }
  }
  EXPECT_EQ(quantities, (std::vector<double>{20, 20, 10}));
  EXPECT_EQ(prices, (std::vector<double>{13, 14, 15}));

  // The same in a runner that goes on in the middle of the order.
  Runner first = runner_with(options), second = runner_with(options);
  static_cast<void>(lines_of(first, {10, 9, 8, 12, 13}));
  ASSERT_TRUE(second.restore(first.save()).ok());
  const auto rest = lines_of(second, closes, 5);
  ASSERT_EQ(rest.size(), 4U);
  for (std::size_t i = 0; i < rest.size(); ++i) EXPECT_EQ(rest[i], lines[5 + i]);
}

TEST(FeedLine, WhatWasRejected) {
  BacktestOptions options;
  options.broker.cash = 1000;
  options.broker.size_step = 1000;
  Runner runner = runner_with(options);
  const auto lines = lines_of(runner, kCloses);
  EXPECT_EQ(lines[4]["rejected"],
            Json::parse(R"([{"action":"buy","purpose":"enter","status":"rejected","reason":"below_step"}])"));
  EXPECT_EQ(lines[3]["orders"][0]["quantity"], 0);
  EXPECT_EQ(lines[4]["fills"].size(), 0U);
}

}  // namespace
}  // namespace peak::report
