// Measurement: how long something takes, told by numbers that a busy machine disturbs little, and whether it changed.
//
//     const auto measured = peak::benchmark::measure([&] { run(); }, {.name = "run"});
//     std::fputs(peak::benchmark::to_text(measured).c_str(), stdout);
//     const auto change = peak::benchmark::compare(measured, before);     // before: of an earlier program
//
// A sample is the time of one call; of calls shorter than the clock can tell, the mean of as many as take
// MeasureOptions::shortest_sample. The median and its interval carry the comparison: the interval is made of order
// statistics and assumes nothing about how times are distributed (W. J. Conover, Practical Nonparametric Statistics,
// 3rd edition, 1999, section 3.2).
//
// Units    seconds, bytes.
// Threads  a measurement runs on the calling thread; the rest are pure functions.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "peak/base/status.hpp"

namespace peak::benchmark {

struct MeasureOptions {
  std::string name = "benchmark";
  std::size_t iterations = 100;    ///< samples; at least 1
  std::size_t warmup = 10;         ///< calls before the first sample
  double shortest_sample = 20e-6;  ///< seconds; shorter calls are repeated within a sample
};

/// What was measured.
struct Measurement {
  std::string name;
  std::size_t iterations = 0;  ///< samples
  std::size_t loops = 1;       ///< calls within a sample
  double mean = 0, median = 0, minimum = 0, maximum = 0;
  double deviation = 0;                      ///< of the samples, ddof 1; 0 for a single one
  double median_low = 0, median_high = 0;    ///< the median lies between with 95 % confidence
  std::optional<double> memory_peak;         ///< bytes above the level before, Python's own allocations
  std::optional<double> native_memory_peak;  ///< bytes by which the process grew
};

/// From samples in seconds; fails if there is none, or one that is negative or not a number.
[[nodiscard]] Result<Measurement> summarize(std::string name, std::span<const double> samples, std::size_t loops = 1);

/// How many calls make a sample, if one call takes `seconds`.
[[nodiscard]] std::size_t loops_for(double seconds, double shortest_sample) noexcept;

template <typename Function>
[[nodiscard]] Measurement measure(Function&& function, const MeasureOptions& options = {}) {
  using Clock = std::chrono::steady_clock;
  const auto time = [&](std::size_t calls) {
    const Clock::time_point begin = Clock::now();
    for (std::size_t i = 0; i < calls; ++i) function();
    return std::chrono::duration<double>(Clock::now() - begin).count() / static_cast<double>(calls);
  };
  for (std::size_t i = 0; i < options.warmup; ++i) function();
  const std::size_t loops = loops_for(time(1), options.shortest_sample);
  std::vector<double> samples(options.iterations == 0 ? 1 : options.iterations);
  for (double& sample : samples) sample = time(loops);
  return std::move(summarize(options.name, samples, loops)).value();
}

enum class Verdict : unsigned char { kFaster, kSame, kSlower };

/// One measurement against an earlier one.
struct Change {
  double ratio = 1;          ///< of the medians: 2 is twice as slow
  double low = 1, high = 1;  ///< the ratio of the intervals' ends
  Verdict verdict = Verdict::kSame;
};

/// Slower or faster only if the intervals do not touch and the medians differ by more than `tolerance` (a fraction).
[[nodiscard]] Change compare(const Measurement& now, const Measurement& before, double tolerance = 0.05) noexcept;
[[nodiscard]] const char* verdict_name(Verdict verdict) noexcept;  ///< "faster", "same", "slower"

/// "12.3 us", "1.05 ms", "2.1 s"
[[nodiscard]] std::string format_seconds(double seconds);
/// Name, mean, median with its interval, deviation, minimum, maximum, memory: one block of lines.
[[nodiscard]] std::string to_text(const Measurement& measurement);

/// An array of objects with the members' names; what is missing is null.
[[nodiscard]] std::string to_json(std::span<const Measurement> measurements);
[[nodiscard]] Result<std::vector<Measurement>> from_json(std::string_view text);

}  // namespace peak::benchmark
