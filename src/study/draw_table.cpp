#include "study/draw_table.hpp"

#include <cstdlib>

namespace peak::study {

DrawTable::DrawTable(std::size_t draw_count, std::size_t period_count)
    : draws(draw_count),
      periods(period_count),
      pairs((period_count + 1) / 2),
      rows(draw_count * pairs, 0),
      distance(draw_count, 0) {}

void DrawTable::set(std::size_t draw, const std::vector<BootstrapPiece>& pieces) {
  // Pieces as steps up and down: their running sum is how many of them lie over a period.
  thread_local std::vector<std::int32_t> turns;
  turns.assign(periods + 1, 0);
  std::int32_t over = -1;
  for (const BootstrapPiece& piece : pieces) {
    const std::size_t end = std::size_t{piece.start} + piece.length;
    ++turns[piece.start];
    --turns[end > periods ? end - periods : end];
    over += end > periods ? 1 : 0;
  }
  for (std::size_t period = 0; period < periods; ++period) {
    over += turns[period];
    distance[draw] += std::abs(over);
    const std::uint32_t half = static_cast<std::uint16_t>(static_cast<std::int16_t>(over));
    std::int32_t& pair = rows[draw * pairs + period / 2];
    pair = static_cast<std::int32_t>(static_cast<std::uint32_t>(pair) | half << (period % 2 * 16));
  }
}

}  // namespace peak::study
