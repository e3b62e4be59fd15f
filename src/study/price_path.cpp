#include "study/price_path.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace peak::study {

Result<Bars> resampled_bars(const Bars& bars, std::span<const BootstrapPiece> pieces) {
  const std::size_t size = bars.size();
  std::vector<double> open(size), high(size), low(size), close(size), volume(bars.has_volume() ? size : 0);
  std::size_t bar = 0;
  double before = 0;
  const auto place = [&](std::size_t source, double scale) {
    open[bar] = bars.open()[source] * scale;
    high[bar] = bars.high()[source] * scale;
    low[bar] = bars.low()[source] * scale;
    close[bar] = bars.close()[source] * scale;
    if (!volume.empty()) volume[bar] = bars.volume()[source];
    before = close[bar];
    ++bar;
  };
  place(0, 1.0);
  // Pieces name steps: step s leads from bar s to bar s + 1, so there is one step fewer than bars.
  const std::size_t steps = size - 1;
  for (const BootstrapPiece& piece : pieces) {
    for (std::size_t i = 0; i < piece.length && bar < size; ++i) {
      const std::size_t step = (piece.start + i) % steps;
      place(step + 1, before / bars.close()[step]);
    }
  }
  const Column volumes = volume.empty() ? Column() : Column::own("volume", std::move(volume));
  return Bars::from_columns(bars.time_column(), Column::own("open", std::move(open)),
                            Column::own("high", std::move(high)), Column::own("low", std::move(low)),
                            Column::own("close", std::move(close)), volumes);
}

}  // namespace peak::study
