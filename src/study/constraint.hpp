// Constraint: a condition on the parameters of a combination, such as "fast < slow".
//
// The condition is an expression whose columns are the parameters and whose "bars" are combinations, so that the
// evaluator of strategies tests thousands of combinations at a time. Threads: a constraint belongs to one thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "peak/base/bits.hpp"
#include "peak/base/status.hpp"
#include "peak/expression/program.hpp"
#include "peak/study/grid_axis.hpp"

namespace peak::study {

class Constraint {
 public:
  /// Fails on a text that is no condition on these parameters; an empty text lets every combination pass.
  static Result<Constraint> make(const std::string& text, const std::vector<GridAxis>& axes);

  [[nodiscard]] bool is_empty() const noexcept { return is_empty_; }
  /// Which combinations pass: one column of values for each axis, all of one length. The view holds until the next
  /// call.
  Result<BitView> passing(std::span<const std::vector<double>> columns);

 private:
  bool is_empty_ = true;
  expression::Program program_;
  expression::Workspace workspace_;
};

}  // namespace peak::study
