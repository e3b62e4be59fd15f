#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "expression/kernels.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come before what it includes again for each target.
#include <hwy/highway.h>

#include <algorithm>
#include <limits>

#include "expression/crossing_words.hpp"
#include "expression/kernels.hpp"
#include "peak/base/bits.hpp"
#include "peak/expression/crossing.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::expression {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Lane = HWY_CAPPED(double, 8);  // at most 8 lanes: the mask of a vector fits a byte
constexpr std::size_t kBlock = 64;

// The values of block `block`: in place, or copied to `space` with zeros after the last bar.
inline const double* block_of(Operand a, std::size_t block, std::size_t size, double* space) {
  const std::size_t begin = block * kBlock;
  if (a.step == 0) return a.data;
  if (begin + kBlock <= size) return a.data + begin;
  for (std::size_t i = 0; i < kBlock; ++i) space[i] = begin + i < size ? a.data[begin + i] : 0.0;
  return space;
}

inline std::uint64_t used_bits(std::size_t block, std::size_t size) {
  const std::size_t left = size - block * kBlock;
  return left >= kBlock ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
}

template <class Mask>
HWY_INLINE std::uint64_t bits_of(Mask mask) {
  std::uint8_t bits[8] = {};
  hn::StoreMaskBits(Lane(), mask, bits);
  return bits[0];
}

// One bit for each of 64 bars from the masks that `make` gives for each vector.
template <class Make>
HWY_INLINE std::uint64_t mask_word(Make make) {
  const Lane d;
  const std::size_t lanes = hn::Lanes(d);
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < kBlock; i += lanes) word |= bits_of(make(i)) << i;
  return word;
}

template <class Make>
HWY_INLINE void fill_numbers(double* out, std::size_t size, Make make) {
  const Lane d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t block = 0; block * kBlock < size; ++block) {
    const std::size_t begin = block * kBlock;
    HWY_ALIGN double space[kBlock];
    double* to = begin + kBlock <= size ? out + begin : space;
    const auto block_values = make(block);
    for (std::size_t i = 0; i < kBlock; i += lanes) hn::StoreU(block_values(i), d, to + i);
    if (to == space) std::copy(space, space + (size - begin), out + begin);
  }
}

template <class Apply>
HWY_INLINE void arithmetic_with(Operand a, Operand b, double* out, std::size_t size, Apply apply) {
  const Lane d;
  HWY_ALIGN double space_a[kBlock], space_b[kBlock];
  fill_numbers(out, size, [&](std::size_t block) {
    const double* x = block_of(a, block, size, space_a);
    const double* y = block_of(b, block, size, space_b);
    return [=](std::size_t i) HWY_ATTR { return apply(hn::LoadU(d, x + i), hn::LoadU(d, y + i)); };
  });
}

// The better of two by `is_better(b, a)`, undefined if one of them is.
template <class Better>
HWY_INLINE void choose_with(Operand a, Operand b, double* out, std::size_t size, Better is_better) {
  arithmetic_with(a, b, out, size, [=](auto x, auto y) HWY_ATTR {
    const auto undefined = hn::Or(hn::IsNaN(x), hn::IsNaN(y));
    return hn::IfThenElse(undefined, hn::Add(x, y), hn::IfThenElse(is_better(y, x), y, x));
  });
}

void arithmetic_kernel(Arithmetic operation, Operand a, Operand b, double* out, std::size_t size) {
  switch (operation) {
    case Arithmetic::kAdd:
      return arithmetic_with(a, b, out, size, [](auto x, auto y) HWY_ATTR { return hn::Add(x, y); });
    case Arithmetic::kSubtract:
      return arithmetic_with(a, b, out, size, [](auto x, auto y) HWY_ATTR { return hn::Sub(x, y); });
    case Arithmetic::kMultiply:
      return arithmetic_with(a, b, out, size, [](auto x, auto y) HWY_ATTR { return hn::Mul(x, y); });
    case Arithmetic::kDivide:
      return arithmetic_with(a, b, out, size, [](auto x, auto y) HWY_ATTR { return hn::Div(x, y); });
    case Arithmetic::kMinimum:
      return choose_with(a, b, out, size, [](auto x, auto y) HWY_ATTR { return hn::Lt(x, y); });
    case Arithmetic::kMaximum:
      return choose_with(a, b, out, size, [](auto x, auto y) HWY_ATTR { return hn::Gt(x, y); });
  }
}

template <class Apply>
HWY_INLINE void unary_with(const double* a, double* out, std::size_t size, Apply apply) {
  const Lane d;
  HWY_ALIGN double space[kBlock];
  fill_numbers(out, size, [&](std::size_t block) {
    const double* x = block_of({a, 1}, block, size, space);
    return [=](std::size_t i) HWY_ATTR { return apply(hn::LoadU(d, x + i)); };
  });
}

void unary_kernel(Unary operation, const double* a, double* out, std::size_t size) {
  switch (operation) {
    case Unary::kNegate: return unary_with(a, out, size, [](auto x) HWY_ATTR { return hn::Neg(x); });
    case Unary::kAbs: return unary_with(a, out, size, [](auto x) HWY_ATTR { return hn::Abs(x); });
    case Unary::kSqrt: return unary_with(a, out, size, [](auto x) HWY_ATTR { return hn::Sqrt(x); });
  }
}

void select_kernel(SignalOperand condition, Operand a, Operand b, double* out, std::size_t size) {
  const Lane d;
  HWY_ALIGN double space_a[kBlock], space_b[kBlock];
  fill_numbers(out, size, [&](std::size_t block) {
    const double* x = block_of(a, block, size, space_a);
    const double* y = block_of(b, block, size, space_b);
    const std::uint64_t truth = condition.truth[block];
    const std::uint64_t defined = condition.defined[block];
    return [=](std::size_t i) HWY_ATTR {
      const std::uint8_t truth_bits[8] = {static_cast<std::uint8_t>(truth >> i)};
      const std::uint8_t defined_bits[8] = {static_cast<std::uint8_t>(defined >> i)};
      const auto chosen = hn::IfThenElse(hn::LoadMaskBits(d, truth_bits), hn::LoadU(d, x + i), hn::LoadU(d, y + i));
      const auto undefined = hn::Set(d, std::numeric_limits<double>::quiet_NaN());
      return hn::IfThenElse(hn::LoadMaskBits(d, defined_bits), chosen, undefined);
    };
  });
}

template <class Test>
HWY_INLINE void compare_with(Operand a, Operand b, SignalTarget out, std::size_t size, Test test) {
  const Lane d;
  const std::size_t lanes = hn::Lanes(d);
  HWY_ALIGN double space_a[kBlock], space_b[kBlock];
  for (std::size_t block = 0; block * kBlock < size; ++block) {
    const double* x = block_of(a, block, size, space_a);
    const double* y = block_of(b, block, size, space_b);
    std::uint64_t truth = 0;
    std::uint64_t defined = 0;
    for (std::size_t i = 0; i < kBlock; i += lanes) {
      const auto vx = hn::LoadU(d, x + i);
      const auto vy = hn::LoadU(d, y + i);
      truth |= bits_of(test(vx, vy)) << i;
      defined |= bits_of(hn::And(hn::Eq(vx, vx), hn::Eq(vy, vy))) << i;
    }
    out.defined[block] = defined & used_bits(block, size);
    out.truth[block] = truth & out.defined[block];
  }
}

void compare_kernel(Comparison operation, Operand a, Operand b, SignalTarget out, std::size_t size) {
  switch (operation) {
    case Comparison::kLess: return compare_with(a, b, out, size, [](auto x, auto y) HWY_ATTR { return hn::Lt(x, y); });
    case Comparison::kLessEqual:
      return compare_with(a, b, out, size, [](auto x, auto y) HWY_ATTR { return hn::Le(x, y); });
    case Comparison::kEqual: return compare_with(a, b, out, size, [](auto x, auto y) HWY_ATTR { return hn::Eq(x, y); });
    case Comparison::kNotEqual:
      return compare_with(a, b, out, size, [](auto x, auto y) HWY_ATTR { return hn::Ne(x, y); });
  }
}

// relation() of crossing.hpp for 64 bars; kStrict: plain comparison. b - a is exactly -(a - b).
template <bool kStrict>
HWY_INLINE RelationWords relate(const double* x, const double* y, std::uint64_t used) {
  const Lane d;
  const std::size_t lanes = hn::Lanes(d);
  const auto relative = hn::Set(d, kCrossingTolerance);
  const auto largest = hn::Set(d, std::numeric_limits<double>::max());
  RelationWords words;
  for (std::size_t i = 0; i < kBlock; i += lanes) {
    const auto vx = hn::LoadU(d, x + i);
    const auto vy = hn::LoadU(d, y + i);
    words.defined |= bits_of(hn::And(hn::Eq(vx, vx), hn::Eq(vy, vy))) << i;
    if (kStrict) {
      words.above |= bits_of(hn::Gt(vx, vy)) << i;
      words.below |= bits_of(hn::Lt(vx, vy)) << i;
      continue;
    }
    const auto tolerance = hn::Mul(relative, hn::Min(hn::Max(hn::Abs(vx), hn::Abs(vy)), largest));
    const auto difference = hn::Sub(vx, vy);
    words.above |= bits_of(hn::Gt(difference, tolerance)) << i;
    words.below |= bits_of(hn::Lt(difference, hn::Neg(tolerance))) << i;
  }
  words.defined &= used;
  words.above &= words.defined;
  words.below &= words.defined;
  return words;
}

// Calls give(block, words) with the crossings of each block of bars.
template <bool kStrict, class Give>
HWY_INLINE void crossings_with(Operand a, Operand b, std::size_t size, Give give) {
  HWY_ALIGN double space_a[kBlock], space_b[kBlock];
  CrossingBlocks crossings;
  for (std::size_t block = 0; block * kBlock < size; ++block) {
    const double* x = block_of(a, block, size, space_a);
    const double* y = block_of(b, block, size, space_b);
    const RelationWords now = relate<kStrict>(x, y, used_bits(block, size));
    give(block, kStrict ? crossings.next(now, 0) : crossings.next(now));
  }
}

template <bool kStrict>
HWY_INLINE void crossings_one_way(bool wants_above, bool wants_below, Operand a, Operand b, SignalTarget out,
                                  std::size_t size) {
  crossings_with<kStrict>(a, b, size, [=](std::size_t block, const CrossingWords& words) HWY_ATTR {
    out.truth[block] = (wants_above ? words.above : 0) | (wants_below ? words.below : 0);
    out.defined[block] = words.defined;
  });
}

void crossings_both_ways_kernel(Operand a, Operand b, SignalTarget up, SignalTarget down, std::size_t size) {
  crossings_with<false>(a, b, size, [=](std::size_t block, const CrossingWords& words) HWY_ATTR {
    up.truth[block] = words.above;
    down.truth[block] = words.below;
    up.defined[block] = down.defined[block] = words.defined;
  });
}

void crossings_kernel(Crossing kind, Operand a, Operand b, SignalTarget out, std::size_t size) {
  switch (kind) {
    case Crossing::kAbove: return crossings_one_way<false>(true, false, a, b, out, size);
    case Crossing::kBelow: return crossings_one_way<false>(false, true, a, b, out, size);
    case Crossing::kEither: return crossings_one_way<false>(true, true, a, b, out, size);
    case Crossing::kAboveStrict: return crossings_one_way<true>(true, false, a, b, out, size);
    case Crossing::kBelowStrict: return crossings_one_way<true>(false, true, a, b, out, size);
  }
}

void defined_kernel(Operand a, SignalTarget out, std::size_t size) {
  const Lane d;
  HWY_ALIGN double space[kBlock];
  for (std::size_t block = 0; block * kBlock < size; ++block) {
    const double* x = block_of(a, block, size, space);
    const std::uint64_t undefined = mask_word([=](std::size_t i) HWY_ATTR { return hn::IsNaN(hn::LoadU(d, x + i)); });
    out.defined[block] = used_bits(block, size);
    out.truth[block] = out.defined[block] & ~undefined;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::expression
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::expression {

HWY_EXPORT(arithmetic_kernel);
HWY_EXPORT(unary_kernel);
HWY_EXPORT(select_kernel);
HWY_EXPORT(compare_kernel);
HWY_EXPORT(crossings_kernel);
HWY_EXPORT(crossings_both_ways_kernel);
HWY_EXPORT(defined_kernel);

void apply_arithmetic(Arithmetic operation, Operand a, Operand b, double* out, std::size_t size) {
  HWY_DYNAMIC_DISPATCH(arithmetic_kernel)(operation, a, b, out, size);
}
void apply_unary(Unary operation, const double* a, double* out, std::size_t size) {
  HWY_DYNAMIC_DISPATCH(unary_kernel)(operation, a, out, size);
}
void select_numbers(SignalOperand condition, Operand a, Operand b, double* out, std::size_t size) {
  HWY_DYNAMIC_DISPATCH(select_kernel)(condition, a, b, out, size);
}
void compare(Comparison operation, Operand a, Operand b, SignalTarget out, std::size_t size) {
  HWY_DYNAMIC_DISPATCH(compare_kernel)(operation, a, b, out, size);
}
void find_crossings(Crossing kind, Operand a, Operand b, SignalTarget out, std::size_t size) {
  HWY_DYNAMIC_DISPATCH(crossings_kernel)(kind, a, b, out, size);
}
void find_crossings_both_ways(Operand a, Operand b, SignalTarget above, SignalTarget below, std::size_t size) {
  HWY_DYNAMIC_DISPATCH(crossings_both_ways_kernel)(a, b, above, below, size);
}
void find_defined(Operand a, SignalTarget out, std::size_t size) { HWY_DYNAMIC_DISPATCH(defined_kernel)(a, out, size); }

}  // namespace peak::expression
#endif  // HWY_ONCE
