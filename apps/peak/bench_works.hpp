// Works: what `peak bench` measures, each made ready before the clock starts.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "peak/base/status.hpp"

namespace peak::command {

struct BenchWork {
  std::string name;     ///< "backtest, 10,000 bars"
  std::string meaning;  ///< one line for `peak bench --list`
  /// Makes the inputs and gives the call to be timed; what the call needs lives as long as it does.
  std::function<Result<std::function<void()>>()> prepare;
};

[[nodiscard]] std::vector<BenchWork> bench_works();

}  // namespace peak::command
