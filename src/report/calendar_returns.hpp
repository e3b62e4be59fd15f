// Returns by calendar month and year (UTC), of the account and of buy and hold.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "peak/sim/backtest.hpp"

namespace peak::report {

/// One calendar year; NaN where there are no bars.
struct YearReturns {
  std::int64_t year = 1970;
  std::array<double, 12> months{};
  double total = 0;
  double benchmark = 0;  ///< closes of the data over the same year
};

/// A month's return is its last equity over the last equity before the month, for the first month over the cash at the
/// start; buy and hold starts at the first close. Bars without a close keep the last one (rule 6).
[[nodiscard]] std::vector<YearReturns> calendar_returns(const BacktestResult& result);

}  // namespace peak::report
