// Stationary bootstrap: series that could have been, made of random pieces of the one that was.
//
// Pieces begin anywhere with equal chance and have geometric lengths, so that the series stays as dependent in time as
// it is within pieces; at the end it goes on from the beginning. Source: Politis, Romano, "The Stationary Bootstrap",
// Journal of the American Statistical Association 89(428), 1994. Threads: immutable. A resample depends on its number
// and the seed alone, so the order in which they are drawn is free. Making one takes about 10 us.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace peak {

/// `length` values from place `start` on, around the end if need be (start < size, length <= size).
struct BootstrapPiece {
  std::uint32_t start = 0;
  std::uint32_t length = 0;
};

class StationaryBootstrap {
 public:
  /// Series of `size` values (below 2^32) in pieces of `mean_length` on average; 0: the square root of `size`.
  StationaryBootstrap(std::size_t size, double mean_length, std::uint64_t seed);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] double mean_length() const noexcept { return mean_length_; }
  /// Resample `number`: pieces that add up to size() values.
  [[nodiscard]] std::vector<BootstrapPiece> resample(std::uint64_t number) const;

 private:
  std::size_t size_;
  double mean_length_;
  std::uint64_t seed_;
  /// Lengths by the first bits of a draw, where these settle it; otherwise 0. The numbers are those of the logarithm.
  std::vector<std::uint16_t> lengths_;
};

}  // namespace peak
