// Traces of requests: the groups by which eviction policies are compared, made the same on every machine.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace peak::cache {

/// Sanitizers make everything ten to fifty times slower; tests then do a part of their rounds.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr int kPartOfRounds = 5;
#else
inline constexpr int kPartOfRounds = 1;
#endif

struct Trace {
  std::string name;
  std::vector<std::uint64_t> keys;
};

/// Numbers that are the same with every standard library.
class TraceRandom {
 public:
  explicit TraceRandom(std::uint64_t seed) : state_(seed) {}
  double next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>((state_ ^ state_ >> 29) >> 11) * 0x1p-53;
  }
  std::uint64_t below(std::uint64_t limit) { return static_cast<std::uint64_t>(next() * static_cast<double>(limit)); }

 private:
  std::uint64_t state_;
};

/// Key k with probability in proportion to 1 / (k + 1)^exponent.
class ZipfKeys {
 public:
  ZipfKeys(std::size_t keys, double exponent) : sums_(keys) {
    double sum = 0;
    for (std::size_t i = 0; i < keys; ++i) sums_[i] = sum += std::pow(static_cast<double>(i + 1), -exponent);
  }
  std::uint64_t next(TraceRandom& random) const {
    const double at = random.next() * sums_.back();
    return static_cast<std::uint64_t>(std::lower_bound(sums_.begin(), sums_.end(), at) - sums_.begin());
  }

 private:
  std::vector<double> sums_;
};

inline Trace loop_trace(std::size_t loop, std::size_t requests) {
  Trace trace{"loop", {}};
  for (std::size_t i = 0; i < requests; ++i) trace.keys.push_back(i % loop);
  return trace;
}

/// Zipf; Zipf with scans; loops; a popular set that moves; and research work: repeat, widen, change one thing.
inline std::vector<Trace> test_traces(std::size_t requests) {
  std::vector<Trace> traces(3);
  TraceRandom random(42);
  const ZipfKeys zipf(10'000, 0.9);
  traces[0].name = "zipf";
  traces[1].name = "zipf with scans";
  traces[2].name = "shifting";
  std::uint64_t scan = 1'000'000;
  for (std::size_t i = 0; i < requests; ++i) {
    traces[0].keys.push_back(zipf.next(random));
    const bool scanning = i / 1000 % 4 == 3;
    traces[1].keys.push_back(scanning ? scan++ : zipf.next(random));
    traces[2].keys.push_back(zipf.next(random) + i / 5000 * 700);
  }
  traces.push_back(loop_trace(1500, requests));
  Trace research{"research", {}};
  for (std::uint64_t round = 0; research.keys.size() < requests; ++round) {
    const std::uint64_t changed = random.below(20), width = 20 + round % 40;
    for (std::uint64_t fast = 0; fast < width; ++fast) {
      for (std::uint64_t slow = 0; slow < 20; ++slow) research.keys.push_back((changed % 3) << 40 | fast << 20 | slow);
    }
  }
  research.keys.resize(requests);
  traces.push_back(std::move(research));
  return traces;
}

}  // namespace peak::cache
