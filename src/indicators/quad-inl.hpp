// Quad: four consecutive bars in registers, as one, two or four vectors, with the operators of arithmetic.
//
// Included once for each Highway target.
#if defined(PEAK_INDICATORS_QUAD_INL_) == defined(HWY_TARGET_TOGGLE)
#ifdef PEAK_INDICATORS_QUAD_INL_
#undef PEAK_INDICATORS_QUAD_INL_
#else
#define PEAK_INDICATORS_QUAD_INL_
#endif

#include "indicators/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

using QuadTag = hn::CappedTag<double, 4>;
inline constexpr std::size_t kQuad = 4;
inline constexpr std::size_t kQuadLanes = hn::MaxLanes(QuadTag());
inline constexpr std::size_t kQuadParts = kQuad / kQuadLanes;

struct Quad {
#if HWY_ARCH_ARM
  /// Written out: GCC compiles a constructor that it makes itself without the target's instructions, and then cannot
  /// call those of NEON's vectors from it.
  HWY_INLINE Quad() {}  // NOLINT(modernize-use-equals-default)
#endif
  hn::Vec<QuadTag> part[kQuadParts];
};

/// A Quad of part(0), part(1), ...
template <class Part>
HWY_INLINE Quad make_quad(Part part) {
  Quad quad;
  for (std::size_t k = 0; k < kQuadParts; ++k) quad.part[k] = part(k);
  return quad;
}

HWY_INLINE Quad copy_of(const Quad& a) {
  return make_quad([&](std::size_t k) HWY_ATTR { return a.part[k]; });
}
HWY_INLINE Quad quad(double value) {
  return make_quad([=](std::size_t) HWY_ATTR { return hn::Set(QuadTag(), value); });
}
HWY_INLINE Quad operator+(Quad a, Quad b) {
  return make_quad([&](std::size_t k) HWY_ATTR { return hn::Add(a.part[k], b.part[k]); });
}
HWY_INLINE Quad operator-(Quad a, Quad b) {
  return make_quad([&](std::size_t k) HWY_ATTR { return hn::Sub(a.part[k], b.part[k]); });
}
HWY_INLINE Quad operator*(Quad a, Quad b) {
  return make_quad([&](std::size_t k) HWY_ATTR { return hn::Mul(a.part[k], b.part[k]); });
}
HWY_INLINE Quad operator/(Quad a, Quad b) {
  return make_quad([&](std::size_t k) HWY_ATTR { return hn::Div(a.part[k], b.part[k]); });
}
HWY_INLINE Quad operator*(double a, Quad b) { return quad(a) * b; }
HWY_INLINE Quad operator-(Quad a) {
  return make_quad([&](std::size_t k) HWY_ATTR { return hn::Neg(a.part[k]); });
}
HWY_INLINE Quad absolute(Quad a) {
  return make_quad([&](std::size_t k) HWY_ATTR { return hn::Abs(a.part[k]); });
}

/// a where it is above 0, else +0.
HWY_INLINE Quad above_zero(Quad a) {
  return make_quad([&](std::size_t k)
                       HWY_ATTR { return hn::IfThenElseZero(hn::Gt(a.part[k], hn::Zero(QuadTag())), a.part[k]); });
}
/// b where b > a, else a.
HWY_INLINE Quad larger(Quad a, Quad b) {
  return make_quad([&](std::size_t k)
                       HWY_ATTR { return hn::IfThenElse(hn::Gt(b.part[k], a.part[k]), b.part[k], a.part[k]); });
}
/// 0 where |a| < limit, else a.
HWY_INLINE Quad zero_if_smaller(Quad a, double limit) {
  return make_quad([&](std::size_t k) HWY_ATTR {
    return hn::IfThenZeroElse(hn::Lt(hn::Abs(a.part[k]), hn::Set(QuadTag(), limit)), a.part[k]);
  });
}
/// 0 where `test` is 0, else a.
HWY_INLINE Quad zero_if_zero(Quad test, Quad a) {
  return make_quad([&](std::size_t k)
                       HWY_ATTR { return hn::IfThenZeroElse(hn::Eq(test.part[k], hn::Zero(QuadTag())), a.part[k]); });
}
HWY_INLINE Quad finite_or_undefined(Quad a) {
  return make_quad([&](std::size_t k) HWY_ATTR { return finite_or_undefined(QuadTag(), a.part[k]); });
}

/// Part k of `now`; k = 0 steps back into `before`.
HWY_INLINE hn::Vec<QuadTag> part_before(const Quad& before, const Quad& now, std::size_t k) {
  return k == 0 ? before.part[kQuadParts - 1] : now.part[k - 1];
}

#if HWY_TARGET == HWY_SCALAR
HWY_INLINE Quad bars_ago(const Quad& before, const Quad& now, std::size_t bars) {
  return make_quad([&](std::size_t k) { return k < bars ? before.part[kQuadParts + k - bars] : now.part[k - bars]; });
}
HWY_INLINE Quad one_bar_ago(Quad before, Quad now) { return bars_ago(before, now, 1); }
HWY_INLINE Quad two_bars_ago(Quad before, Quad now) { return bars_ago(before, now, 2); }
#elif HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
// One instruction, where Highway's portable operations take two (a quarter of EMA's time).
template <int kFirst>
HWY_INLINE Quad joined(const Quad& before, const Quad& now) {
  const __m256i last = _mm256_castpd_si256(before.part[0].raw), next = _mm256_castpd_si256(now.part[0].raw);
  return {{hn::Vec<QuadTag>{_mm256_castsi256_pd(_mm256_alignr_epi64(next, last, kFirst))}}};
}
HWY_INLINE Quad one_bar_ago(Quad before, Quad now) { return joined<3>(before, now); }
HWY_INLINE Quad two_bars_ago(Quad before, Quad now) { return joined<2>(before, now); }
#else
/// The four bars that end one bar before `now` ends, given the four bars before `now`.
template <std::size_t kLanes = kQuadLanes>
HWY_INLINE Quad one_bar_ago(Quad before, Quad now) {
  return make_quad([&](std::size_t k) HWY_ATTR {
    const auto last = part_before(before, now, k);
    if constexpr (kLanes == 2) {
      return hn::CombineShiftRightBytes<8>(QuadTag(), now.part[k], last);
    } else {
      return hn::CombineShiftRightBytes<8>(QuadTag(), now.part[k], hn::ConcatLowerUpper(QuadTag(), now.part[k], last));
    }
  });
}
/// The same, two bars before.
template <std::size_t kLanes = kQuadLanes>
HWY_INLINE Quad two_bars_ago(Quad before, Quad now) {
  return make_quad([&](std::size_t k) HWY_ATTR {
    if constexpr (kLanes == 2) {
      return part_before(before, now, k);
    } else {
      return hn::ConcatLowerUpper(QuadTag(), now.part[k], before.part[k]);
    }
  });
}
#endif

/// Whether all four are below `limit` in size; not so for NaN.
HWY_INLINE bool all_below(Quad a, double limit) {
  bool below = true;
  for (const auto& part : a.part) {
    below = below && hn::AllTrue(QuadTag(), hn::Lt(hn::Abs(part), hn::Set(QuadTag(), limit)));
  }
  return below;
}

HWY_INLINE Quad load_quad(const double* from) {
  return make_quad([=](std::size_t k) HWY_ATTR { return hn::LoadU(QuadTag(), from + k * kQuadLanes); });
}
HWY_INLINE void store_quad(Quad a, double* to) {
  for (std::size_t k = 0; k < kQuadParts; ++k) hn::StoreU(a.part[k], QuadTag(), to + k * kQuadLanes);
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();
#endif
