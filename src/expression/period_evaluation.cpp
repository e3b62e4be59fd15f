#include "expression/period_evaluation.hpp"

#include <algorithm>
#include <cstddef>

#include "peak/market/adjust.hpp"

namespace peak::expression {
namespace {

void put_bits(const BitView& from, std::size_t first, std::size_t end, Bits& to) {
  for (std::size_t t = first; t < end; ++t) {
    if (from[t]) to.set(t);
  }
}

}  // namespace

Result<std::vector<OutputView>> evaluate_in_periods(const Program& program, const Bars& bars,
                                                    const ParameterValues& parameters, Workspace& workspace,
                                                    PeriodMemory& memory) {
  const std::vector<SplitPeriod> periods = split_periods(bars);
  if (periods.size() == 1) return program.evaluate(periods.front().bars, parameters, workspace);
  std::vector<OutputView> all;
  for (const SplitPeriod& period : periods) {
    PEAK_ASSIGN_OR_RETURN(const auto views, program.evaluate(period.bars, parameters, workspace));
    if (period.first == 0) {
      all = views;
      memory.numbers.assign(views.size(), {});
      memory.truth.assign(views.size(), Bits());
      memory.defined.assign(views.size(), Bits());
    }
    for (std::size_t i = 0; i < views.size(); ++i) {
      if (views[i].type == ValueType::kNumber) {
        memory.numbers[i].resize(bars.size());
        std::copy(views[i].numbers.begin() + static_cast<std::ptrdiff_t>(period.first), views[i].numbers.end(),
                  memory.numbers[i].begin() + static_cast<std::ptrdiff_t>(period.first));
        continue;
      }
      if (period.first == 0) memory.truth[i] = memory.defined[i] = Bits(bars.size());
      put_bits(views[i].truth, period.first, period.end, memory.truth[i]);
      put_bits(views[i].defined, period.first, period.end, memory.defined[i]);
    }
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].numbers = memory.numbers[i];
    all[i].truth = memory.truth[i].view();
    all[i].defined = memory.defined[i].view();
  }
  return all;
}

}  // namespace peak::expression
