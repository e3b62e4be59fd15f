// Arrays inside each other, a hundred thousand deep, overflowed the stack where a JSON value was copied or written.
#include <gtest/gtest.h>

#include <string>

#include "peak/io/read.hpp"

namespace peak::io {
namespace {

std::string error_of(const std::string& text) {
  const auto loaded = read_table_from_memory(text, "deep.json");
  return loaded.ok() ? "" : loaded.error().message;
}

TEST(DeepValues, AreRefusedWithTheirPlace) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  for (const std::string& text : {R"({"columns":[)" + deep + R"(,"close"],"data":[[1,2.5]]})", deep,
                                  R"([{"close":1,"more":)" + deep + R"(},{"close":2,"more":[],"time":3}])"}) {
    EXPECT_NE(error_of(text).find("inside each other"), std::string::npos) << error_of(text);
  }
  EXPECT_NE(error_of(deep).find("byte 101 opens more than 100"), std::string::npos) << error_of(deep);
}

TEST(DeepValues, BracketsInTextsAreNone) {
  const std::string text = R"([{"time":1600000000,"close":1,"note":")" + std::string(500, '[') + R"(\\\"[{"},)" +
                           R"({"time":1600000060,"close":2,"note":"]]"}])";
  EXPECT_EQ(error_of(text), "");
}

}  // namespace
}  // namespace peak::io
