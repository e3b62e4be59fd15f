// PastValue: the value a number of bars ago, streaming.
//
// Threads: a value type without shared state.
#pragma once

#include <cstddef>
#include <vector>

#include "peak/indicators/undefined.hpp"

namespace peak::indicators {

class PastValue {
 public:
  /// `bars` from 1 to kLongestWindow; with any other there is no past value.
  explicit PastValue(int bars) {
    if (window_is_valid(bars)) values_.assign(static_cast<std::size_t>(bars), kUndefined);
  }
  /// Takes the newest value; the value `bars` before it, kUndefined if there is none.
  double exchange(double value) {
    if (values_.empty()) return kUndefined;
    const double past = values_[next_];
    values_[next_] = value;
    next_ = next_ + 1 == values_.size() ? 0 : next_ + 1;
    return past;
  }

 private:
  std::vector<double> values_;
  std::size_t next_ = 0;
};

}  // namespace peak::indicators
