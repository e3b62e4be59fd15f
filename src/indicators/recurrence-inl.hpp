// The vector form of Recurrence (its header has the definition): a chunk of bars in four passes over short rows.
//
// The only chain left is beta^8 * f[t-8]: a multiplication and an addition for eight bars.
// Included once for each Highway target.
#if defined(PEAK_INDICATORS_RECURRENCE_INL_) == defined(HWY_TARGET_TOGGLE)
#ifdef PEAK_INDICATORS_RECURRENCE_INL_
#undef PEAK_INDICATORS_RECURRENCE_INL_
#else
#define PEAK_INDICATORS_RECURRENCE_INL_
#endif

#include <cstring>

#include "indicators/lanes-inl.hpp"
#include "peak/indicators/recurrence.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

class RecurrenceRows {
 public:
  static constexpr std::size_t kChunk = 256;

  explicit RecurrenceRows(double beta) : beta_(beta), beta2_(beta * beta), beta4_(beta2_ * beta2_), beta8_(beta4_ * beta4_) {
    start();
  }

  /// Before the first bar of a run.
  void start() {
    for (double* row : {p_, y_, z_, f_}) std::fill_n(row, kPast, 0.0);
  }
  /// Where the caller puts p of the chunk, at most kChunk of them.
  [[nodiscard]] double* input() { return p_ + kPast; }
  /// f of the chunk, after advance().
  [[nodiscard]] const double* values() const { return f_ + kPast; }

  void advance(std::size_t count) {
    filter(p_, y_, beta_, 1, count);
    filter(y_, z_, beta2_, 2, count);
    const double beta4 = beta4_, beta8 = beta8_;
    const double* HWY_RESTRICT z = z_ + kPast;
    double* f = f_ + kPast;
    static_assert(kPast == 8);
    for_lanes(count, [=](auto d, std::size_t i) HWY_ATTR {
      const auto v = hn::Add(hn::LoadU(d, z + i), hn::Mul(hn::Set(d, beta4), hn::LoadU(d, z + i - 4)));
      const auto sum = hn::Add(v, hn::Mul(hn::Set(d, beta8), hn::LoadU(d, f + i - 8)));
      const auto small = hn::Lt(hn::Abs(sum), hn::Set(d, Recurrence::kSmallest));
      hn::StoreU(hn::IfThenZeroElse(small, sum), d, f + i);
    });
  }

  /// Makes the chunk's last bars the past of the next chunk.
  void carry(std::size_t count) {
    for (double* row : {p_, y_, z_, f_}) std::memmove(row, row + count, kPast * sizeof(double));
  }

 private:
  static constexpr std::size_t kPast = 8;

  static HWY_INLINE void filter(const double* HWY_RESTRICT from, double* HWY_RESTRICT to, double factor, std::size_t ago,
                                std::size_t count) {
    from += kPast;
    to += kPast;
    for_lanes(count, [=](auto d, std::size_t i) HWY_ATTR {
      const auto past = hn::Mul(hn::Set(d, factor), hn::LoadU(d, from + i - ago));
      hn::StoreU(hn::Add(hn::LoadU(d, from + i), past), d, to + i);
    });
  }

  double beta_, beta2_, beta4_, beta8_;
  alignas(64) double p_[kPast + kChunk];
  alignas(64) double y_[kPast + kChunk];
  alignas(64) double z_[kPast + kChunk];
  alignas(64) double f_[kPast + kChunk];
};

/// Calls chunk(bar, count) for consecutive chunks of [begin, end), none longer than kChunk.
template <class Chunk>
HWY_INLINE void for_chunks(std::size_t begin, std::size_t end, Chunk chunk) {
  for (std::size_t bar = begin; bar < end; bar += RecurrenceRows::kChunk) {
    chunk(bar, std::min(RecurrenceRows::kChunk, end - bar));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();
#endif
