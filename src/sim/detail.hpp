// Detail: finer bars inside the bars of a run, which decide the order of prices there (rule 13).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/market/bars.hpp"
#include "peak/market/panel.hpp"
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

/// The same of a panel, by the names of its symbols; null: none.
class PanelDetail {
 public:
  /// Refuses symbols that the panel does not have, and bars that are not finer than the symbol's.
  [[nodiscard]] static Status check(const Panel& panel, const Panel* finer);
  PanelDetail(const Panel& panel, const Panel* finer);
  /// Gives the broker the finer bars of stamp t, before its begin(); t must not fall.
  void give(std::size_t t, Broker& broker);

 private:
  const Panel& panel_;
  std::vector<std::pair<std::uint32_t, Detail>> of_symbols_;
};

/// The finer bars of a symbol by its name; null: none.
[[nodiscard]] const Bars* finer_bars(const Panel* finer, const std::string& symbol);

}  // namespace peak::sim
