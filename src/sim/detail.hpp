// Detail: finer bars inside the bars of a run, which decide the order of prices there (rule 13).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/market/bars.hpp"
#include "peak/sim/broker.hpp"

namespace peak::sim {

/// Finer than the bars, or an error.
[[nodiscard]] Status check_detail(const Bars& bars, const Bars& finer);

/// Walks along both; a bar's finer bars begin at or after it and before the next one.
class Detail {
 public:
  Detail(const Bars& bars, const Bars* finer);
  /// The finer bars of bar t, valid until the next call; t must not fall.
  std::span<const BarPrices> of(std::size_t t);

 private:
  const Bars& bars_;
  const Bars* finer_;
  Nanoseconds step_ = 0;  // of the bars: how long the last one lasts
  std::size_t next_ = 0;
  std::vector<BarPrices> inside_;
};

}  // namespace peak::sim
