#include <gtest/gtest.h>

#include "peak/io/read.hpp"

namespace peak::io {
namespace {

void expect_two_bars(const char* text) {
  const auto loaded = read_bars_from_memory(text, "made.json");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message << " in " << text;
  EXPECT_EQ(loaded->detected.format, Format::kJson);
  ASSERT_EQ(loaded->bars.size(), 2U);
  EXPECT_EQ(format_time(loaded->bars.time()[1]), "2020-09-13T12:27:40Z") << text;  // 1600000060
  EXPECT_EQ(loaded->bars.open()[0], 1.5);
  EXPECT_EQ(loaded->bars.high()[0], 2);
  EXPECT_EQ(loaded->bars.low()[1], 1);
  EXPECT_EQ(loaded->bars.close()[1], 1.75);
}

TEST(Json, ShapesOfCandles) {
  expect_two_bars(R"({"candles":[{"start":"1600000000","low":"1","high":"2","open":"1.5","close":"1.75"},
                                 {"start":"1600000060","low":"1","high":"2","open":"1.5","close":"1.75"}]})");
  expect_two_bars(R"([{"time":1600000060,"open":1.5,"high":2,"low":1,"close":1.75},
                      {"time":1600000000,"close":1.75,"open":1.5,"high":2,"low":1}])");  // newest first, other order
  expect_two_bars("[[1600000000000,1.5,2,1,1.75,10],[1600000060000,1.5,2,1,1.75,10]]");
  expect_two_bars(
      R"({"result":{"XBT":[[1600000000,"1.5","2","1","1.75","9"],[1600000060,"1.5","2","1","1.75","9"]]}})");
  expect_two_bars(R"({"columns":["date","close","open","high","low"],"index":[0,1],
                      "data":[["2020-09-13T12:26:40Z",1.75,1.5,2,1],["2020-09-13T12:27:40Z",1.75,1.5,2,1]]})");
  expect_two_bars(R"({"s":"ok","t":[1600000000,1600000060],"o":[1.5,1.5],"h":[2,2],"l":[1,1],"c":[1.75,1.75]})");
}

TEST(Json, TypesAndMissingMembers) {
  const auto loaded = read_table_from_memory(
      R"([{"date":"2020-01-02","n":1,"x":null,"s":"a","b":true,"deep":{"y":1}},{"date":"2020-01-03","n":2,"s":"b","b":false}])",
      "made.json");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const std::vector<ColumnType> expected = {ColumnType::kTime, ColumnType::kInt64, ColumnType::kFloat64,
                                            ColumnType::kText, ColumnType::kBool};
  ASSERT_EQ(loaded->table.columns.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(loaded->table.columns[i].type(), expected[i]) << i;
  EXPECT_EQ(loaded->detected.columns[2].missing, 2U);
}

void expect_bad(const char* text, const char* words) {
  const auto loaded = read_bars_from_memory(text, "made.json");
  ASSERT_FALSE(loaded.ok()) << text;
  EXPECT_EQ(loaded.error().code, ErrorCode::kBadData);
  EXPECT_NE(loaded.error().message.find(words), std::string::npos) << loaded.error().message;
}

TEST(Json, Errors) {
  expect_bad("[[1600000000,1,2,1,2,5],[1600000060,1", "cut or damaged");
  expect_bad("[1,2,3]", "no candles");
  expect_bad("{}", "no candles");
  expect_bad("[[1600000000,1,2,1,2,5],[1600000060,1]]", "row 1 has 2 values");
  expect_bad("[[1600000000,1,2,1,2,5],7]", "row 1");
  expect_bad(R"([{"time":1600000000,"close":1},{"time":1600000060,"close":"abc"}])", "'abc' in row 1");
  expect_bad(R"([{"time":1600000000,"close":-1}])", "impossible prices: row 0");
}

}  // namespace
}  // namespace peak::io
