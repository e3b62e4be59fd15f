#include "peak/study/stationary_bootstrap.hpp"

#include <algorithm>
#include <cmath>

#include "study/random.hpp"

namespace peak {

StationaryBootstrap::StationaryBootstrap(std::size_t size, double mean_length, std::uint64_t seed)
    : size_(size),
      mean_length_(mean_length > 0 ? std::max(mean_length, 1.0) : std::sqrt(static_cast<double>(size))),
      seed_(seed) {}

std::vector<BootstrapPiece> StationaryBootstrap::resample(std::uint64_t number) const {
  // The seed of resample i is number i of a generator's stream, so that streams do not overlap in practice.
  study::Random random(study::Random(seed_ + number * 0x9E3779B97F4A7C15U).next());
  std::vector<BootstrapPiece> pieces;
  pieces.reserve(static_cast<std::size_t>(static_cast<double>(size_) / mean_length_ * 1.25) + 8);
  const double log_go_on = std::log1p(-1.0 / mean_length_);  // -inf when every piece has one value
  for (std::size_t left = size_; left > 0;) {
    const auto start = static_cast<std::uint32_t>(random.below(size_));
    // A geometric number by inversion: 1 + floor(log(1 - u) / log(1 - p)).
    const double drawn = std::floor(std::log1p(-random.uniform()) / log_go_on);
    const auto most = static_cast<double>(left - 1);
    const std::size_t length = 1 + static_cast<std::size_t>(std::clamp(drawn, 0.0, most));
    pieces.push_back({start, static_cast<std::uint32_t>(length)});
    left -= length;
  }
  return pieces;
}

}  // namespace peak
