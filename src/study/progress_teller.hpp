// ProgressTeller: calls back about ten times a second while a sweep goes on.
//
// Threads: one at a time.
#pragma once

#include <chrono>
#include <functional>

#include "peak/study/sweep.hpp"

namespace peak::study {

class ProgressTeller {
 public:
  /// Holds on to `tell`, which may be empty.
  explicit ProgressTeller(const std::function<void(const SweepProgress&)>& tell) : tell_(tell) {}

  [[nodiscard]] double elapsed_s() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

  /// `always`: at the end, however short ago the last time was.
  void tell(std::uint64_t done, std::uint64_t reused, std::uint64_t total, bool always) {
    const double now = elapsed_s();
    if (!tell_ || (!always && now - told_ < kEvery_s)) return;
    told_ = now;
    tell_({done, reused, total, now});
  }

 private:
  static constexpr double kEvery_s = 0.1;
  const std::function<void(const SweepProgress&)>& tell_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double told_ = -kEvery_s;  // the first piece of work is told of at once
};

}  // namespace peak::study
