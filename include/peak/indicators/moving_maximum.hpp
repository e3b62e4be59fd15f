// MovingMaximum: the largest of the last `window` values, streaming.
//
// Van Herk's way: bars go in blocks of `window`. A window is the end of one block and the start of the next, so its
// maximum is that of a suffix, known since its block ended, and of a prefix, kept as bars come. About two comparisons a
// value. Which of two zeros is larger does not matter: the result's zero is always +0.
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
  void end_block();

  std::size_t window_ = 0;
  std::size_t undefined_left_ = 0;  // how many results from now on are undefined
  std::size_t position_ = 0;        // in the block
  double prefix_ = 0;
  std::vector<double> block_;   // the values of this block
  std::vector<double> suffix_;  // maxima from each position of the last block to its end, and one beyond
};

}  // namespace peak::indicators
