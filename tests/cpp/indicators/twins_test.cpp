// The batch functions equal the streaming definitions to the bit: on every SIMD target, on generated series with tick
// prices, ties, flat stretches and gaps (rule 16).
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>

#include "indicators/streaming_table.hpp"
#include "peak/base/simd.hpp"
#include "peak/indicators/undefined.hpp"

namespace peak::test {
namespace {

constexpr std::uint64_t kSeries = 1000;

std::string describe(const indicators::IndicatorInfo& info, std::uint64_t seed, const Parameters& parameters) {
  std::string text = std::string(info.name) + " on series " + std::to_string(seed) + ", parameters";
  for (const double parameter : parameters) text += " " + std::to_string(parameter);
  return text;
}

// The first bar at which the two differ in a bit, or size.
std::size_t first_difference(const std::vector<double>& a, const std::vector<double>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::bit_cast<std::uint64_t>(a[i]) != std::bit_cast<std::uint64_t>(b[i])) return i;
  }
  return a.size();
}

class EveryIndicator : public testing::TestWithParam<std::string> {
 protected:
  void TearDown() override { ASSERT_TRUE(set_simd_level("").ok()); }
};

TEST_P(EveryIndicator, BatchEqualsStreamingOnEveryTarget) {
  const indicators::IndicatorInfo& info = *indicators::find(GetParam());
  for (std::uint64_t seed = 0; seed < kSeries; ++seed) {
    const Series series = generated_series(seed);
    const std::vector<std::vector<double>> inputs = inputs_of(info, series);
    const Parameters parameters = generated_parameters(info, seed, series.close.size());
    const std::vector<std::vector<double>> expected = stream(info, inputs, parameters);
    for (const std::string& level : simd_levels()) {
      ASSERT_TRUE(set_simd_level(level).ok());
      const std::vector<std::vector<double>> outputs = compute(info, inputs, parameters);
      for (std::size_t k = 0; k < outputs.size(); ++k) {
        const std::size_t bar = first_difference(outputs[k], expected[k]);
        ASSERT_EQ(bar, series.close.size())
            << describe(info, seed, parameters) << ", " << level << ", output " << info.outputs[k] << ": "
            << outputs[k][bar] << " for " << expected[k][bar];
      }
    }
  }
}

// Calls that are made together, with what they share computed once, give what each gives alone.
TEST_P(EveryIndicator, CallsTogetherEqualCallsAlone) {
  const indicators::IndicatorInfo& info = *indicators::find(GetParam());
  if (info.compute_several == nullptr) return;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Series series = generated_series(seed);
    const std::vector<std::vector<double>> inputs = inputs_of(info, series);
    const std::vector<std::span<const double>> input_views(inputs.begin(), inputs.end());
    std::vector<Parameters> parameters;
    std::vector<std::vector<std::vector<double>>> alone, together;
    for (std::uint64_t i = 0; i <= seed % 5; ++i) {
      parameters.push_back(generated_parameters(info, 31 * seed + i, series.close.size()));
      alone.push_back(compute(info, inputs, parameters.back()));
    }
    for (const std::string& level : simd_levels()) {
      ASSERT_TRUE(set_simd_level(level).ok());
      together.assign(alone.size(), std::vector(info.outputs.size(), std::vector<double>(series.close.size())));
      std::vector<std::vector<std::span<double>>> output_views;
      for (auto& outputs : together) output_views.emplace_back(outputs.begin(), outputs.end());
      std::vector<indicators::Call> calls;
      for (std::size_t i = 0; i < alone.size(); ++i) calls.push_back({input_views, parameters[i], output_views[i]});
      info.compute_several(calls);
      for (std::size_t i = 0; i < alone.size(); ++i) {
        for (std::size_t k = 0; k < info.outputs.size(); ++k) {
          ASSERT_EQ(first_difference(together[i][k], alone[i][k]), series.close.size())
              << describe(info, seed, parameters[i]) << ", " << level << ", call " << i << " of " << alone.size();
        }
      }
    }
  }
}

// What has been computed does not change when more bars follow.
TEST_P(EveryIndicator, APrefixGivesThePrefix) {
  const indicators::IndicatorInfo& info = *indicators::find(GetParam());
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Series series = generated_series(seed);
    std::vector<std::vector<double>> inputs = inputs_of(info, series);
    const Parameters parameters = generated_parameters(info, seed, series.close.size());
    const std::vector<std::vector<double>> whole_run = compute(info, inputs, parameters);
    for (std::size_t size = series.close.size(); size > 0; size = size > 3 ? size * 2 / 3 : size - 1) {
      for (std::vector<double>& input : inputs) input.resize(size);
      const std::vector<std::vector<double>> outputs = compute(info, inputs, parameters);
      for (std::size_t k = 0; k < outputs.size(); ++k) {
        ASSERT_EQ(first_difference(outputs[k], whole_run[k]), size) << describe(info, seed, parameters);
      }
    }
  }
}

// Without gaps exactly the first warm_up() bars are undefined.
TEST_P(EveryIndicator, WarmUpIsAsTheRegistrySays) {
  const indicators::IndicatorInfo& info = *indicators::find(GetParam());
  std::vector<double> defaults;
  for (const indicators::ParameterInfo& parameter : info.parameters) defaults.push_back(parameter.default_value);
  Series series;
  for (int i = 0; i < 100; ++i) {
    series.close.push_back(100 + i % 7);
    series.high.push_back(series.close.back() + 1);
    series.low.push_back(series.close.back() - 1);
  }
  for (const std::vector<double>& output : compute(info, inputs_of(info, series), defaults)) {
    for (std::size_t i = 0; i < output.size(); ++i) EXPECT_EQ(std::isnan(output[i]), i < info.warm_up(defaults)) << i;
  }
}

// Results that are not defined have the one NaN, and none is infinite, whatever comes in.
TEST_P(EveryIndicator, NeverInfiniteAndOneNaNOnly) {
  const indicators::IndicatorInfo& info = *indicators::find(GetParam());
  constexpr double kLargest = std::numeric_limits<double>::max();
  constexpr double kExtremes[] = {0.0, -0.0, kLargest, -kLargest, 5e-324, 1.0, 1e300, -1e308};
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    std::mt19937_64 random(seed);
    Series series;
    for (std::size_t i = 0; i < 60; ++i) {
      series.close.push_back(kExtremes[random() % (seed % 2 == 0 ? 8 : 2)]);
      series.high.push_back(kExtremes[random() % 8]);
      series.low.push_back(kExtremes[random() % 8]);
    }
    const std::vector<std::vector<double>> inputs = inputs_of(info, series);
    const Parameters parameters = generated_parameters(info, seed, 60);
    const std::vector<std::vector<double>> outputs = compute(info, inputs, parameters);
    const std::vector<std::vector<double>> expected = stream(info, inputs, parameters);
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      ASSERT_EQ(first_difference(outputs[k], expected[k]), 60U) << describe(info, seed, parameters);
      for (const double value : outputs[k]) {
        const bool the_nan =
            std::bit_cast<std::uint64_t>(value) == std::bit_cast<std::uint64_t>(indicators::kUndefined);
        ASSERT_TRUE(std::isfinite(value) || the_nan) << describe(info, seed, parameters) << ": " << value;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryIndicator, testing::ValuesIn(indicators::names()),
                         [](const auto& test) { return test.param; });

TEST(Registry, IsSortedAndEveryEntryHasAStreamingForm) {
  const std::vector<std::string> names = indicators::names();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(indicators::find("no_such"), nullptr);
  EXPECT_EQ(indicators::make_streaming("no_such", {}), nullptr);
  for (const indicators::IndicatorInfo& info : indicators::registry()) {
    std::vector<double> defaults;
    for (const indicators::ParameterInfo& parameter : info.parameters) defaults.push_back(parameter.default_value);
    EXPECT_NE(indicators::make_streaming(info.name, defaults), nullptr) << info.name;
  }
}

}  // namespace
}  // namespace peak::test
