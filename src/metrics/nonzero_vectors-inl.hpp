// Which vectors of a block of returns are not all 0: bars without a position come in runs, and sums need not look at
// them. Listed first and summed afterwards, runs of any length cost no mispredicted branch.
// Included once for each Highway target.
#if defined(PEAK_METRICS_NONZERO_VECTORS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PEAK_METRICS_NONZERO_VECTORS_INL_HPP
#undef PEAK_METRICS_NONZERO_VECTORS_INL_HPP
#else
#define PEAK_METRICS_NONZERO_VECTORS_INL_HPP
#endif

#include <hwy/highway.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "peak/base/simd.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// For blocks of at most kBlock values.
template <std::size_t kBlock>
class NonzeroVectors {
 public:
  template <class D>
  HWY_INLINE NonzeroVectors(D d, const double* values, std::size_t size) {
    const std::size_t lanes = hn::Lanes(d);
    std::size_t listed = 0, end = 0;  // not the members: those the compiler would store and load for each vector
    for (; end + lanes <= size; end += lanes) {
      places_[listed] = static_cast<std::uint16_t>(end);
      const bool zero = hn::AllTrue(d, hn::Eq(hn::LoadU(d, values + end), hn::Zero(d)));
      listed += zero ? std::size_t{0} : std::size_t{1};
    }
    listed_ = listed;
    end_ = end;
    listed_values_ = listed * lanes;
  }

  [[nodiscard]] const std::uint16_t* begin() const { return places_.data(); }
  [[nodiscard]] const std::uint16_t* end() const { return places_.data() + listed_; }
  [[nodiscard]] std::size_t values() const { return listed_values_; }        ///< in the vectors listed
  [[nodiscard]] std::size_t zeros() const { return end_ - listed_values_; }  ///< in the others
  [[nodiscard]] std::size_t whole() const { return end_; }                   ///< in both: what is left is no vector

 private:
  std::array<std::uint16_t, kBlock> places_;
  std::size_t listed_ = 0, listed_values_ = 0, end_ = 0;
};

}  // namespace peak::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
