// DrawTable: how often each draw of a bootstrap takes each period.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "peak/study/stationary_bootstrap.hpp"

namespace peak::study {

/// Less 1, two periods to a number (the first in its lower half), so that vectors multiply both at once. Less 1, for a
/// draw's mean less the series' own is then the product itself. Threads: draws may be set by several threads.
struct DrawTable {
  std::size_t draws = 0, periods = 0, pairs = 0;
  std::vector<std::int32_t> rows;
  std::vector<std::int64_t> distance;  ///< of each draw the sum of the magnitudes

  /// Up to 32,768 periods: a draw takes one at most so often.
  DrawTable(std::size_t draws, std::size_t periods);

  [[nodiscard]] std::int32_t at(std::size_t draw, std::size_t period) const {
    const auto pair = static_cast<std::uint32_t>(rows[draw * pairs + period / 2]);
    return static_cast<std::int16_t>(static_cast<std::uint16_t>(pair >> (period % 2 * 16)));
  }
  /// Pieces that lie in the periods and add up to them.
  void set(std::size_t draw, const std::vector<BootstrapPiece>& pieces);
};

}  // namespace peak::study
