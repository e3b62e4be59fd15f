#include "peak/study/stationary_bootstrap.hpp"

#include <algorithm>
#include <cmath>

#include "study/random.hpp"

namespace peak {
namespace {

constexpr int kTableBits = 9;
constexpr std::size_t kTableSize = std::size_t{1} << kTableBits;
constexpr std::uint16_t kLongest = 0xFFFF;

// A geometric number less 1, before it is cut to a whole one, by inversion: log(1 - u) / log(1 - p).
double inverted(double u, double log_go_on) { return std::log1p(-u) / log_go_on; }

// -inf when every piece has one value.
double log_of_going_on(double mean_length) { return std::log1p(-1.0 / mean_length); }

// The lengths of those draws u whose first bits leave no choice: both ends of the cell have the same length, and not
// by less than a logarithm could be off. A table, for a logarithm takes ten times as long.
std::vector<std::uint16_t> lengths_by_first_bits(double mean_length) {
  constexpr double kMargin = 1e-9;  // numbers of the table are below 2^16: a thousand roundings
  const double log_go_on = log_of_going_on(mean_length);
  std::vector<std::uint16_t> lengths(kTableSize);
  double from = 0;
  for (std::size_t cell = 0; cell < kTableSize; ++cell) {
    const double to = inverted(static_cast<double>(cell + 1) / kTableSize, log_go_on);
    const double length = 1 + std::floor(std::max(from - kMargin, 0.0));
    if (length == 1 + std::floor(to + kMargin) && length < kLongest) lengths[cell] = static_cast<std::uint16_t>(length);
    from = to;
  }
  return lengths;
}

}  // namespace

StationaryBootstrap::StationaryBootstrap(std::size_t size, double mean_length, std::uint64_t seed)
    : size_(size),
      mean_length_(mean_length > 0 ? std::max(mean_length, 1.0) : std::sqrt(static_cast<double>(size))),
      seed_(seed),
      lengths_(lengths_by_first_bits(mean_length_)) {}

std::vector<BootstrapPiece> StationaryBootstrap::resample(std::uint64_t number) const {
  // The seed of resample i is number i of a generator's stream, so that streams do not overlap in practice.
  study::Random random(study::Random(seed_ + number * 0x9E3779B97F4A7C15U).next());
  std::vector<BootstrapPiece> pieces;
  pieces.reserve(static_cast<std::size_t>(static_cast<double>(size_) / mean_length_ * 1.25) + 8);
  const double log_go_on = log_of_going_on(mean_length_);
  for (std::size_t left = size_; left > 0;) {
    const auto start = static_cast<std::uint32_t>(random.below(size_));
    const std::uint64_t drawn = random.next();
    std::size_t length = lengths_[drawn >> (64 - kTableBits)];
    if (length == 0) {
      const double more = std::floor(inverted(study::Random::uniform(drawn), log_go_on));
      length = 1 + static_cast<std::size_t>(std::clamp(more, 0.0, static_cast<double>(left - 1)));
    }
    length = std::min(length, left);
    pieces.push_back({start, static_cast<std::uint32_t>(length)});
    left -= length;
  }
  return pieces;
}

}  // namespace peak
