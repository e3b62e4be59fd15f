// Division by a shared divisor equals IEEE division to the bit, on every SIMD target.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "base/division_test.cpp"
#include <hwy/foreach_target.h>

#include "base/division-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::HWY_NAMESPACE {

void divide_all_by_whole(const double* values, std::size_t size, double divisor, double* quotients) {
  const hn::ScalableTag<double> d;
  const std::size_t lanes = hn::Lanes(d);
  const Divisor shared(divisor);
  for (std::size_t i = 0; i + lanes <= size; i += lanes) {
    hn::StoreU(divide_by_whole(d, hn::LoadU(d, values + i), shared), d, quotients + i);
  }
}

void divide_all_by(const double* values, std::size_t size, double divisor, double* quotients) {
  const hn::ScalableTag<double> d;
  const std::size_t lanes = hn::Lanes(d);
  const Divisor shared(divisor);
  for (std::size_t i = 0; i + lanes <= size; i += lanes) {
    hn::StoreU(divide_by(d, hn::LoadU(d, values + i), shared), d, quotients + i);
  }
}

}  // namespace peak::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <gtest/gtest.h>

#include "peak/base/simd.hpp"

namespace peak {
HWY_EXPORT(divide_all_by_whole);
HWY_EXPORT(divide_all_by);

namespace {

constexpr std::size_t kValues = 4096;  // whole vectors of every target

// Ordinary prices and returns, sums of ticks, values that divide evenly, and values around halves of a last digit.
std::vector<double> values_for(double divisor, std::mt19937_64& random) {
  std::vector<double> values(kValues);
  for (double& value : values) {
    const double mantissa = 1 + static_cast<double>(random() >> 12U) * 0x1p-52;
    switch (random() % 5) {
      case 0: value = std::ldexp(mantissa, static_cast<int>(random() % 200) - 100); break;
      case 1: value = static_cast<double>(random() % 10'000'000) / 100; break;
      case 2: value = static_cast<double>(random() % 100'000) * divisor; break;
      case 3:
        value = std::nextafter(static_cast<double>(random() % 1000) * divisor, random() % 2 == 0 ? 0.0 : 1e300);
        break;
      default: value = (static_cast<double>(random() >> 11U) + 0.5) * divisor; break;
    }
    if (random() % 2 == 0) value = -value;
  }
  values[0] = 0.0;
  values[1] = -0.0;
  return values;
}

class Division : public testing::Test {
 protected:
  void TearDown() override { ASSERT_TRUE(set_simd_level("").ok()); }

  template <class Divide>
  void expect_equal(const std::vector<double>& values, double divisor, Divide divide) {
    std::vector<double> quotients(values.size());
    for (const std::string& level : simd_levels()) {
      ASSERT_TRUE(set_simd_level(level).ok());
      divide(values.data(), values.size(), divisor, quotients.data());
      for (std::size_t i = 0; i < values.size(); ++i) {
        ASSERT_EQ(std::bit_cast<std::uint64_t>(quotients[i]), std::bit_cast<std::uint64_t>(values[i] / divisor))
            << values[i] << " / " << divisor << " on " << level;
      }
    }
  }
};

TEST_F(Division, ByWholeNumbers) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 400; ++round) {
    const double divisor = round < 300 ? round + 1 : static_cast<double>(1 + random() % (std::uint64_t{1} << 40U));
    expect_equal(values_for(divisor, random), divisor, [](auto... all) {
      HWY_DYNAMIC_DISPATCH(divide_all_by_whole)(all...);
    });
  }
}

TEST_F(Division, ByAnyUsualNumber) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 400; ++round) {
    const double mantissa = 1 + static_cast<double>(random() >> 12U) * 0x1p-52;
    const double divisor = std::ldexp(mantissa, static_cast<int>(random() % 190) - 95);
    ASSERT_TRUE(is_usual_divisor(divisor));
    std::vector<double> values = values_for(divisor, random);
    // The sign of a zero quotient and the last digits of one near the smallest double are not promised.
    for (double& value : values) value = std::fabs(value) < 0x1p-700 ? 1 : value;
    expect_equal(values, divisor, [](auto... all) { HWY_DYNAMIC_DISPATCH(divide_all_by)(all...); });
  }
}

}  // namespace
}  // namespace peak
#endif
