// MovingMaximum: the largest of the last `window` values, streaming.
//
// A queue holds the values that may still become the maximum, in falling order; each value enters and leaves once.
// Which of two zeros is larger does not matter: the result's zero is always +0.
//
// Threads: a value type without shared state.
#pragma once

#include <cstddef>
#include <vector>

namespace peak::indicators {

class MovingMaximum {
 public:
  explicit MovingMaximum(int window);
  /// The maximum of the last `window` values; NaN until there are so many and while one of them is not finite.
  double update(double value);

 private:
  struct Candidate {
    std::size_t bar;
    double value;
  };
  std::size_t window_ = 0;
  std::size_t bar_ = 0;           // values taken
  std::size_t defined_from_ = 0;  // the first count of values at which the window is full and finite
  std::size_t mask_ = 0, front_ = 0, back_ = 0;
  std::vector<Candidate> queue_;
};

}  // namespace peak::indicators
