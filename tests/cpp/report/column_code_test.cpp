#include "report/column_code.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

namespace peak::report {
namespace {

using nlohmann::json;

std::vector<unsigned char> from_base64(const std::string& text) {
  static const std::string kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<unsigned char> bytes;
  unsigned word = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    word = (word << 6U) | static_cast<unsigned>(kDigits.find(c));
    bits += 6;
    if (bits >= 8) bytes.push_back(static_cast<unsigned char>(word >> (bits -= 8)));
  }
  return bytes;
}

/// The column as the page reads it: the header's formula in plain code.
std::vector<double> decoded(const json& column) {
  const std::vector<unsigned char> bytes = from_base64(column["data"]);
  std::vector<double> values(column["count"].get<std::size_t>());
  if (column["kind"] == "float64") {
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  double sum = 0;
  std::size_t at = 0;
  for (double& value : values) {
    double zigzag = 0;
    double weight = 1;
    for (; bytes[at] >= 128; weight *= 128) zigzag += (bytes[at++] - 128) * weight;
    zigzag += bytes[at++] * weight;
    sum += std::fmod(zigzag, 2) == 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    value = (column["base"].get<double>() + column["multiply"].get<double>() * sum) / column["divide"].get<double>();
  }
  return values;
}

template <typename Write>
json written(const Write& write) {
  JsonWriter writer({.indent = 0});
  write(writer);
  return json::parse(writer.take());
}

TEST(ColumnCode, Base64IsThatOfTheStandard) {
  // RFC 4648, section 10.
  const auto text = [](std::string_view s) {
    return base64({reinterpret_cast<const unsigned char*>(s.data()), s.size()});
  };
  EXPECT_EQ(text(""), "");
  EXPECT_EQ(text("f"), "Zg==");
  EXPECT_EQ(text("fo"), "Zm8=");
  EXPECT_EQ(text("foo"), "Zm9v");
  EXPECT_EQ(text("foobar"), "Zm9vYmFy");
}

TEST(ColumnCode, TickPricesComeBackToTheBitInFewBytes) {
  std::mt19937_64 random(7);
  for (const double tick : {1.0, 0.25, 0.01, 0.00001}) {
    std::vector<double> prices;
    double level = 10'000;
    for (int i = 0; i < 5'000; ++i) {
      level += static_cast<double>(static_cast<int>(random() % 61)) - 30;
      prices.push_back(level / std::round(1 / tick));
    }
    const json column = written([&](JsonWriter& out) { write_exact(out, prices); });
    EXPECT_EQ(column["kind"], "delta");
    EXPECT_EQ(decoded(column), prices);
    EXPECT_LT(column["data"].get<std::string>().size(), prices.size() * 4);
  }
}

TEST(ColumnCode, AnyDoublesComeBackToTheBit) {
  std::vector<double> values{1.0 / 3, -1e300, 5e-324, 0, std::numeric_limits<double>::infinity()};
  const json column = written([&](JsonWriter& out) { write_exact(out, values); });
  EXPECT_EQ(column["kind"], "float64");
  EXPECT_EQ(decoded(column), values);
  values = {1, std::nan(""), 2};
  EXPECT_TRUE(std::isnan(decoded(written([&](JsonWriter& out) { write_exact(out, values); }))[1]));
}

TEST(ColumnCode, WholeNumbersKeepBaseAndStep) {
  const std::vector<std::int64_t> times{1'577'836'800'000'000, 1'577'923'200'000'000, 1'578'182'400'000'000};
  const json column = written([&](JsonWriter& out) { write_whole(out, times); });
  EXPECT_EQ(decoded(column), (std::vector<double>{1577836800000000.0, 1577923200000000.0, 1578182400000000.0}));
  EXPECT_EQ(column["data"].get<std::string>().size(), 4U);  // three steps of one byte
  EXPECT_TRUE(decoded(written([](JsonWriter& out) { write_whole(out, {}); })).empty());
}

TEST(ColumnCode, RoundingIsWithinHalfAUnit) {
  const std::vector<double> values{10'000.123456, 9'999.5, -3.14159};
  const std::vector<double> read = decoded(written([&](JsonWriter& out) { write_rounded(out, values, 2); }));
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(read[i], values[i], 0.005);
}

}  // namespace
}  // namespace peak::report
