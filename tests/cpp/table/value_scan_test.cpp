// The vector passes over values against plain code on every SIMD target.
#include "table/value_scan.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include "peak/base/simd.hpp"
#include "peak/base/time.hpp"

namespace peak {
namespace {

WholeRange plain_range(const std::vector<std::int64_t>& values, bool may_miss) {
  WholeRange range;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_none = may_miss && values[i] == kNoTime;
    range.has_missing = range.has_missing || is_none;
    if (!is_none) range.low = std::min(range.low, values[i]);
    range.high = std::max(range.high, values[i]);
    if (i == 0) continue;
    const auto delta =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(values[i]) - static_cast<std::uint64_t>(values[i - 1]));
    range.least_delta = std::min(range.least_delta, delta);
    range.most_delta = std::max(range.most_delta, delta);
    range.equal_neighbours += delta == 0 ? 1U : 0U;
  }
  return range;
}

TEST(ValueScan, RangesAreThoseOfPlainCode) {
  std::mt19937_64 random(11);
  for (const std::string& level : simd_levels()) {
    ASSERT_TRUE(set_simd_level(level).ok());
    for (std::size_t size = 0; size < 40; ++size) {
      for (int round = 0; round < 20; ++round) {
        std::vector<std::int64_t> values(size);
        for (auto& value : values) {
          const auto bits = static_cast<std::int64_t>(random());
          value = round % 3 == 0 ? bits : bits % 3;
          if (random() % 9 == 0) value = kNoTime;
        }
        const bool may_miss = round % 2 == 0;
        const WholeRange found = range_of(values, may_miss), expected = plain_range(values, may_miss);
        ASSERT_EQ(found.low, expected.low) << level << ", " << size << " values";
        ASSERT_EQ(found.high, expected.high);
        ASSERT_EQ(found.least_delta, expected.least_delta);
        ASSERT_EQ(found.most_delta, expected.most_delta);
        ASSERT_EQ(found.equal_neighbours, expected.equal_neighbours);
        ASSERT_EQ(found.has_missing, expected.has_missing);
      }
    }
  }
  ASSERT_TRUE(set_simd_level("").ok());
}

TEST(ValueScan, ScalesWhatComesBackAndNothingElse) {
  std::mt19937_64 random(12);
  const double bad[] = {-0.0, 0.1 + 0.2, 1e300, std::nan(""), std::numeric_limits<double>::infinity(), 0x1p51, 1e-9};
  for (const std::string& level : simd_levels()) {
    ASSERT_TRUE(set_simd_level(level).ok());
    for (std::size_t size = 1; size < 40; ++size) {
      std::vector<double> values(size);
      std::vector<std::int64_t> expected(size), whole(size);
      for (std::size_t i = 0; i < size; ++i) {
        expected[i] = static_cast<std::int64_t>(random() % 2'000'000'001) - 1'000'000'000;
        values[i] = static_cast<double>(expected[i]) / 100;
      }
      ASSERT_TRUE(scale(values, 100, whole.data())) << level << ", " << size << " values";
      ASSERT_EQ(whole, expected);
      for (const double value : bad) {
        std::vector<double> spoilt = values;
        spoilt[random() % size] = value;
        ASSERT_FALSE(scale(spoilt, 100, whole.data())) << level << ": " << value;
      }
    }
  }
  ASSERT_TRUE(set_simd_level("").ok());
}

}  // namespace
}  // namespace peak
