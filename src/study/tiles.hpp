// Tiles: the rows of a grid in parts that share much, so that what they share need not be kept longer.
//
// Of a product, a tile is a block of values of each axis. Of a sample, or of a product that a constraint has thinned to
// little, a tile is a run of rows. Threads: one thread each.
#pragma once

#include <cstdint>
#include <vector>

#include "peak/study/grid.hpp"

namespace peak::study {

class Tiles {
 public:
  /// `sizes`: how many values of each axis a tile has.
  Tiles(const Grid& grid, std::vector<std::uint64_t> sizes);

  /// Puts the next tile's rows, in ascending order, into `rows`; false when there are no more.
  bool next(std::vector<std::uint64_t>& rows);

 private:
  void add_block(std::size_t axis, std::uint64_t place, std::vector<std::uint64_t>& rows) const;
  bool advance();

  const Grid& grid_;
  std::vector<std::uint64_t> sizes_, origin_;
  bool by_rows_, done_ = false;
  std::uint64_t next_row_ = 0;
};

}  // namespace peak::study
