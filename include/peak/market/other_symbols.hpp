// Other symbols: series that formulas over a symbol's bars read by name, symbol("SPY", close), without trading them.
//
//     PEAK_ASSIGN_OR_RETURN(const Bars both, with_others(aapl, {spy, vix}));   // Bars with their symbols set
//
// Time      a bar of another symbol is seen from the bar on by whose end it is complete. Between series of one bar
// length
//           that is the last bar at or before the stamp; a day is seen by minutes once it is over, minutes by the day
//           that they belong to.
// Length    of bars: the usual distance of neighbours in the whole series. It is told once, when series are put
// together,
//           so that a part of the data sees what all of them see.
// Ownership shares the memory of the bars.
// Threads   immutable after construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/market/bars.hpp"
#include "peak/market/panel.hpp"

namespace peak {

class OtherSymbols {
 public:
  /// Symbols are Bars::symbol(): each must have one, and no two the same. `lengths`: of the bars of each, where it is
  /// known; none: what the series tell.
  static Result<std::shared_ptr<const OtherSymbols>> create(std::vector<Bars> series,
                                                            const std::vector<Nanoseconds>& lengths = {});

  [[nodiscard]] std::size_t size() const noexcept { return series_.size(); }
  [[nodiscard]] const Bars& series(std::size_t k) const noexcept { return series_[k]; }
  /// How long its bars are; 0: not known, taken to be as long as those of whoever reads it.
  [[nodiscard]] Nanoseconds bar_length(std::size_t k) const noexcept { return lengths_[k]; }
  [[nodiscard]] std::vector<std::string> names() const;
  /// The same symbols, with other bars of the same lengths.
  [[nodiscard]] std::shared_ptr<const OtherSymbols> with_series(std::vector<Bars> series) const;
  /// The number of a symbol; size() if there is none.
  [[nodiscard]] std::size_t find(std::string_view symbol) const noexcept;

 private:
  std::vector<Bars> series_;
  std::vector<Nanoseconds> lengths_;
};

/// `bars` with others that its formulas may read. Series in another zone are refused, unless `rules` allow mixed ones:
/// stamps are then moments in time.
[[nodiscard]] Result<Bars> with_others(Bars bars, std::vector<Bars> others, const PanelRules& rules = {});

/// The first `count` bars, and of the others what is complete by their end: what was known then.
[[nodiscard]] Bars known_at(const Bars& bars, std::size_t count);

/// The usual distance of neighbouring stamps, months and years, whose lengths differ, each as one; 0 for fewer than
/// two.
[[nodiscard]] Nanoseconds bar_length_of(std::span<const Nanoseconds> time);

/// For each bar that begins at `time` and lasts `length` the number of the last bar of `other` that is then complete;
/// -1 if there is none. A length of 0: as long as the other's.
[[nodiscard]] std::vector<std::int64_t> complete_bars(std::span<const Nanoseconds> time, Nanoseconds length,
                                                      std::span<const Nanoseconds> other, Nanoseconds other_length);

}  // namespace peak
