#include "peak/benchmark/measurement.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace peak::benchmark {
namespace {

constexpr std::size_t kMostLoops = 10'000'000;
constexpr double kNormal95 = 1.959963984540054;  // two sides of the standard normal's 95 %

double median_of(const std::vector<double>& sorted) {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 != 0 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

std::string bytes_text(double bytes) {
  std::array<char, 32> text{};
  const bool large = std::fabs(bytes) >= 1024 * 1024;
  std::snprintf(text.data(), text.size(), large ? "%.1f MB" : "%.1f kB", bytes / (large ? 1024 * 1024 : 1024));
  return text.data();
}

}  // namespace

Result<Measurement> summarize(std::string name, std::span<const double> samples, std::size_t loops) {
  if (samples.empty()) return invalid_argument("benchmark '" + name + "': there is no sample");
  std::vector<double> sorted(samples.begin(), samples.end());
  const auto wrong = [](double sample) { return !std::isfinite(sample) || sample < 0; };
  if (std::any_of(sorted.begin(), sorted.end(), wrong)) {
    return invalid_argument("benchmark '" + name + "': a sample is negative or not a number");
  }
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  Measurement result;
  result.name = std::move(name);
  result.iterations = sorted.size();
  result.loops = loops;
  double sum = 0, squares = 0;
  for (const double sample : sorted) sum += sample;
  result.mean = sum / n;
  for (const double sample : sorted) squares += (sample - result.mean) * (sample - result.mean);
  result.deviation = sorted.size() > 1 ? std::sqrt(squares / (n - 1)) : 0;
  result.median = median_of(sorted);
  result.minimum = sorted.front();
  result.maximum = sorted.back();
  // Ranks between which the median lies: n/2 -+ z * sqrt(n)/2, counted from 1.
  const double half_width = kNormal95 * std::sqrt(n) / 2;
  const double low = std::fmax(1, std::floor(n / 2 - half_width)),
               high = std::fmin(n, std::ceil(n / 2 + half_width) + 1);
  result.median_low = sorted[static_cast<std::size_t>(low) - 1];
  result.median_high = sorted[static_cast<std::size_t>(high) - 1];
  return result;
}

std::size_t loops_for(double seconds, double shortest_sample) noexcept {
  if (!(seconds > 0)) return 1000;  // the clock did not move: no telling, but it was short
  const double loops = std::ceil(shortest_sample / seconds);
  return loops >= static_cast<double>(kMostLoops) ? kMostLoops : static_cast<std::size_t>(std::fmax(1, loops));
}

Change compare(const Measurement& now, const Measurement& before, double tolerance) noexcept {
  const auto ratio = [](double a, double b) { return b > 0 ? a / b : (a > 0 ? HUGE_VAL : 1.0); };
  Change change;
  change.ratio = ratio(now.median, before.median);
  change.low = ratio(now.median_low, before.median_high);
  change.high = ratio(now.median_high, before.median_low);
  if (change.low > 1 && change.ratio > 1 + tolerance) change.verdict = Verdict::kSlower;
  if (change.high < 1 && change.ratio < 1 / (1 + tolerance)) change.verdict = Verdict::kFaster;
  return change;
}

const char* verdict_name(Verdict verdict) noexcept {
  return verdict == Verdict::kFaster ? "faster" : verdict == Verdict::kSlower ? "slower" : "same";
}

std::string format_seconds(double seconds) {
  struct Unit {
    double size;
    const char* name;
  };
  constexpr std::array<Unit, 4> kUnits = {{{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}}};
  const auto* unit = std::find_if(kUnits.begin(), kUnits.end() - 1, [&](const Unit& u) { return seconds >= u.size; });
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g %s", seconds / unit->size, unit->name);
  return text.data();
}

std::string to_text(const Measurement& measurement) {
  const auto line = [](const char* label, const std::string& value) {
    std::string padded = label;
    padded.resize(10, ' ');
    return "  " + padded + value + "\n";
  };
  std::string text = measurement.name + " (" + std::to_string(measurement.iterations) + " iterations" +
                     (measurement.loops > 1 ? " of " + std::to_string(measurement.loops) + " calls" : "") + ")\n";
  text += line("mean", format_seconds(measurement.mean));
  text += line("median", format_seconds(measurement.median) + " (" + format_seconds(measurement.median_low) + " to " +
                             format_seconds(measurement.median_high) + ")");
  text += line("std", format_seconds(measurement.deviation));
  text += line("min", format_seconds(measurement.minimum));
  text += line("max", format_seconds(measurement.maximum));
  if (measurement.memory_peak) text += line("memory", bytes_text(*measurement.memory_peak));
  if (measurement.native_memory_peak) text += line("native", bytes_text(*measurement.native_memory_peak));
  return text;
}

}  // namespace peak::benchmark
