// Feed line: what a runner did at one bar, as one line of JSON: what `peak feed` prints.
//
//     {"time":"2024-01-02T00:00:00Z","bar":0,"orders":[...],"fills":[...],"rejected":[...],"position":0,"cash":10000,
//      "equity":10000}
//
// Orders have the keys and words of the Python runner's; fills and rejected ones those of a run's table of orders.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "peak/sim/runner.hpp"

namespace peak::report {

/// Tells what happens from bar to bar. One for a runner, asked after each push.
class FeedLines {
 public:
  /// Begins after what the runner has done so far.
  explicit FeedLines(const Runner& runner);

  /// The line of the bar that was pushed last, `orders` being what push() gave; ends with a line break.
  [[nodiscard]] std::string line_of(std::span<const WorkingOrder> orders);

 private:
  /// What an order of a signal that has filled in part had got before.
  struct Part {
    std::int64_t decision_bar = kNoBar;
    bool closes = false;
    double quantity = 0, value = 0, fee = 0;
  };
  [[nodiscard]] Part part_before(std::int64_t decision_bar, bool closes) const;
  void note_parts();

  const Runner* runner_;
  std::size_t records_ = 0;  // orders that had ended before
  std::vector<Part> parts_;
};

}  // namespace peak::report
