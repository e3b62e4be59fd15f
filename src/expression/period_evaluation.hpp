// Evaluation over bars with splits (decided case 8.5): a value on a bar is what the program gives on the history in
// that bar's units, so that each period between two splits is computed on bars of its own and keeps its part.
#pragma once

#include <vector>

#include "peak/base/bits.hpp"
#include "peak/expression/program.hpp"

namespace peak::expression {

/// Where the outputs lie, put together.
struct PeriodMemory {
  std::vector<std::vector<double>> numbers;
  std::vector<Bits> truth, defined;
};

[[nodiscard]] Result<std::vector<OutputView>> evaluate_in_periods(const Program& program, const Bars& bars,
                                                                  const ParameterValues& parameters,
                                                                  Workspace& workspace, PeriodMemory& memory);

}  // namespace peak::expression
