#include "peak/benchmark/measurement.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace peak::benchmark {
namespace {

TEST(Measurement, StatisticsByHand) {
  // 1..9: mean 5, deviation sqrt(60 / 8). The median's interval, by the normal approximation of ranks:
  // 4.5 -+ 1.96 * 3 / 2 = 1.56 and 7.44, so ranks 1 and 8 + 1.
  const std::vector<double> samples = {9, 1, 8, 2, 7, 3, 6, 4, 5};
  const Measurement measured = summarize("nine", samples).value();
  EXPECT_EQ(measured.mean, 5);
  EXPECT_EQ(measured.median, 5);
  EXPECT_EQ(measured.minimum, 1);
  EXPECT_EQ(measured.maximum, 9);
  EXPECT_EQ(measured.deviation, std::sqrt(60.0 / 8));
  EXPECT_EQ(measured.median_low, 1);
  EXPECT_EQ(measured.median_high, 9);
  EXPECT_EQ(summarize("two", std::vector<double>{1, 2}).value().median, 1.5);
  EXPECT_EQ(summarize("one", std::vector<double>{3}).value().deviation, 0);
}

// The interval is made for 95 %: of 2,000 seeded series, at least 93 % hold the true median.
TEST(Measurement, TheIntervalHoldsTheMedian) {
  std::mt19937_64 random(5);
  std::exponential_distribution<double> times(1.0);
  int held = 0;
  for (int series = 0; series < 2000; ++series) {
    std::vector<double> samples(50);
    for (double& sample : samples) sample = times(random);
    const Measurement measured = summarize("series", samples).value();
    const double truth = std::log(2.0);
    held += measured.median_low <= truth && truth <= measured.median_high;
  }
  EXPECT_GE(held, 1860);
}

TEST(Measurement, RefusesWhatIsNoTime) {
  EXPECT_FALSE(summarize("none", {}).ok());
  EXPECT_FALSE(summarize("nan", std::vector<double>{1, std::nan("")}).ok());
  EXPECT_FALSE(summarize("negative", std::vector<double>{-1}).ok());
}

TEST(Measurement, ShortCallsAreRepeated) {
  EXPECT_EQ(loops_for(0.25, 4), 16U);
  EXPECT_EQ(loops_for(1, 20e-6), 1U);
  EXPECT_EQ(loops_for(0, 20e-6), 1000U);
  EXPECT_EQ(loops_for(1e-300, 1), 10'000'000U);
  std::size_t calls = 0;
  const Measurement measured = measure([&] { ++calls; }, {.iterations = 5, .warmup = 2});
  EXPECT_EQ(measured.iterations, 5U);
  EXPECT_EQ(calls, 2 + 1 + 5 * measured.loops);
}

Measurement around(double median, double spread) {
  Measurement measured;
  measured.name = "x";
  measured.median = median;
  measured.median_low = median - spread;
  measured.median_high = median + spread;
  return measured;
}

TEST(Change, OnlyWhatIntervalsAndToleranceAgreeOn) {
  EXPECT_EQ(compare(around(2, 0.1), around(1, 0.1)).verdict, Verdict::kSlower);
  EXPECT_EQ(compare(around(1, 0.1), around(2, 0.1)).verdict, Verdict::kFaster);
  EXPECT_EQ(compare(around(1.2, 0.2), around(1, 0.2)).verdict, Verdict::kSame);     // the intervals touch
  EXPECT_EQ(compare(around(1.03, 0.01), around(1, 0.01)).verdict, Verdict::kSame);  // within 5 %
  EXPECT_EQ(compare(around(1.03, 0.01), around(1, 0.01), 0.01).verdict, Verdict::kSlower);
  EXPECT_EQ(compare(around(2, 0), around(1, 0)).ratio, 2);
}

TEST(Text, UnitsThatPeopleRead) {
  EXPECT_EQ(format_seconds(1.5), "1.5 s");
  EXPECT_EQ(format_seconds(0.0012345), "1.234 ms");
  EXPECT_EQ(format_seconds(45e-9), "45 ns");
  EXPECT_NE(to_text(around(1e-3, 1e-4)).find("median    1 ms (900 us to 1.1 ms)"), std::string::npos);
}

TEST(Json, ReadsBackWhatItWrote) {
  std::vector<Measurement> all = {summarize("a \"b\"", std::vector<double>{1e-3, 2e-3, 0.1}, 7).value(),
                                  summarize("c", std::vector<double>{1}).value()};
  all[0].memory_peak = 1234;
  const auto again = from_json(to_json(all));
  ASSERT_TRUE(again.ok()) << again.error().message;
  ASSERT_EQ(again->size(), 2U);
  EXPECT_EQ((*again)[0].name, "a \"b\"");
  EXPECT_EQ((*again)[0].mean, all[0].mean);
  EXPECT_EQ((*again)[0].loops, 7U);
  EXPECT_EQ((*again)[0].memory_peak, 1234);
  EXPECT_FALSE((*again)[1].memory_peak.has_value());
  EXPECT_EQ(to_json(*again), to_json(all));
  for (const char* text : {"", "{}", "[1]", "[{}]", "[{\"name\": \"x\"}]", "[{\"name\": 1}]", "[[[[["}) {
    EXPECT_FALSE(from_json(text).ok()) << text;
  }
}

}  // namespace
}  // namespace peak::benchmark
