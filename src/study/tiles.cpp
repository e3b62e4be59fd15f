#include "study/tiles.hpp"

#include <algorithm>
#include <utility>

namespace peak::study {
namespace {

constexpr std::uint64_t kThin = 16;         // a grid with fewer than one of so many places is gone through by rows
constexpr std::uint64_t kRowsInRun = 1024;  // then so many rows are a tile

}  // namespace

Tiles::Tiles(const Grid& grid, std::vector<std::uint64_t> sizes)
    : grid_(grid),
      sizes_(std::move(sizes)),
      origin_(sizes_.size(), 0),
      by_rows_(grid.size() < grid.product() / kThin) {}

bool Tiles::next(std::vector<std::uint64_t>& rows) {
  rows.clear();
  if (by_rows_) {
    const std::uint64_t end = std::min(next_row_ + kRowsInRun, grid_.size());
    for (; next_row_ < end; ++next_row_) rows.push_back(next_row_);
    return !rows.empty();
  }
  while (rows.empty()) {
    if (done_) return false;
    add_block(0, 0, rows);
    done_ = !advance();
  }
  return true;
}

void Tiles::add_block(std::size_t axis, std::uint64_t place, std::vector<std::uint64_t>& rows) const {
  if (axis == sizes_.size()) {
    const std::uint64_t row = grid_.row_at(place);
    if (row < grid_.size()) rows.push_back(row);
    return;
  }
  const std::uint64_t size = grid_.axes()[axis].size(), end = std::min(origin_[axis] + sizes_[axis], size);
  for (std::uint64_t i = origin_[axis]; i < end; ++i) add_block(axis + 1, place * size + i, rows);
}

bool Tiles::advance() {
  for (std::size_t axis = sizes_.size(); axis-- > 0;) {
    origin_[axis] += sizes_[axis];
    if (origin_[axis] < grid_.axes()[axis].size()) return true;
    origin_[axis] = 0;
  }
  return false;
}

}  // namespace peak::study
