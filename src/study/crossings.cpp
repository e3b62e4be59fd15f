// Limit: two loads, a comparison and a mask for each vector of eight bars, 0.12 ns a bar from the first-level cache;
// measured 0.13 on Sapphire Rapids where one of the columns comes from the second, and 0.02 more for what is done at
// crossings (one in 100 bars).
#include "study/crossings.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "peak/base/simd.hpp"
#include "peak/expression/crossing.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "study/crossings.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace peak::study::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Lane = HWY_CAPPED(double, 8);  // the mask of a vector fits a byte
constexpr std::size_t kWord = 64, kChunkWords = 16;

// One bit for each of `words` * 64 bars: whether a is larger. With eight lanes a vector's mask is a byte of the answer;
// the bytes are joined in registers, for a load of a whole word waits for the smaller stores it covers.
HWY_INLINE void find_larger(const double* a, const double* b, std::size_t words, std::uint64_t* out) {
  const Lane d;
  const std::size_t lanes = hn::Lanes(d);
  if (lanes == 8) {
    for (std::size_t w = 0; w < words; ++w) {
      const double *x = a + w * kWord, *y = b + w * kWord;
      const auto bits = [&](std::size_t i) HWY_ATTR {
        std::uint8_t byte = 0;
        hn::StoreMaskBits(d, hn::Gt(hn::LoadU(d, x + 8 * i), hn::LoadU(d, y + 8 * i)), &byte);
        return std::uint64_t{byte} << (8 * i);
      };
      out[w] = ((bits(0) | bits(1)) | (bits(2) | bits(3))) | ((bits(4) | bits(5)) | (bits(6) | bits(7)));
    }
    return;
  }
  for (std::size_t w = 0; w < words; ++w) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < kWord; i += lanes) {
      std::uint8_t bits[8] = {};
      hn::StoreMaskBits(d, hn::Gt(hn::LoadU(d, a + w * kWord + i), hn::LoadU(d, b + w * kWord + i)), bits);
      word |= std::uint64_t{bits[0]} << i;
    }
    out[w] = word;
  }
}

// Bars of [begin, end) on which "a is larger" differs from the bar before; `larger` is the answer before begin.
std::size_t find_changes(const double* a, const double* b, std::size_t begin, std::size_t end, std::size_t size,
                         bool larger, std::uint32_t* out) {
  std::uint32_t* to = out;
  std::uint64_t carry = larger ? 1 : 0;
  std::uint64_t words[kChunkWords];
  // Words start where vectors are aligned; the bars before `begin` are given the answer of the bar before it.
  const std::size_t first = begin / kWord * kWord;
  for (std::size_t chunk = first; chunk < end; chunk += kChunkWords * kWord) {
    const std::size_t wanted = std::min((end - chunk + kWord - 1) / kWord, kChunkWords);
    const std::size_t whole = std::min((size - chunk) / kWord, wanted);
    find_larger(a + chunk, b + chunk, whole, words);
    if (whole < wanted) {
      HWY_ALIGN double rest_a[kWord] = {}, rest_b[kWord] = {};
      const std::size_t at = chunk + whole * kWord;
      std::memcpy(rest_a, a + at, (size - at) * sizeof(double));
      std::memcpy(rest_b, b + at, (size - at) * sizeof(double));
      find_larger(rest_a, rest_b, 1, words + whole);
    }
    if (chunk == first) {
      const std::uint64_t before = (std::uint64_t{1} << (begin - first)) - 1;
      words[0] = (words[0] & ~before) | (larger ? before : 0);
    }
    for (std::size_t w = 0; w < wanted; ++w) {
      const std::size_t bar = chunk + w * kWord;
      std::uint64_t changes = words[w] ^ (words[w] << 1 | carry);
      carry = words[w] >> 63;
      if (end - bar < kWord) changes &= (std::uint64_t{1} << (end - bar)) - 1;
      // Four at a time without a branch on how many there are, nor on whether there are any: most words hold fewer, and
      // which hold none nobody can foresee.
      int left = std::popcount(changes);
      do {
        for (int i = 0; i < 4; ++i) {
          to[i] = static_cast<std::uint32_t>(bar) + static_cast<std::uint32_t>(std::countr_zero(changes));
          changes &= changes - 1;
        }
        to += std::min(left, 4);
        left -= 4;
      } while (left > 0);
    }
  }
  return static_cast<std::size_t>(to - out);
}

// Whether a value is missing among them.
bool any_missing(const double* values, std::size_t size) {
  const hn::ScalableTag<double> d;
  const std::size_t lanes = hn::Lanes(d);
  auto missing = hn::FirstN(d, 0), other = missing;
  std::size_t t = 0;
  for (; t + 2 * lanes <= size; t += 2 * lanes) {
    missing = hn::Or(missing, hn::IsNaN(hn::LoadU(d, values + t)));
    other = hn::Or(other, hn::IsNaN(hn::LoadU(d, values + t + lanes)));
  }
  bool any = !hn::AllFalse(d, hn::Or(missing, other));
  for (; t < size; ++t) any |= values[t] != values[t];
  return any;
}

}  // namespace peak::study::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::study {

HWY_EXPORT(find_changes);
HWY_EXPORT(any_missing);

namespace {

using expression::Relation;
using expression::relation;

// The first bar of [bar, end) on which a and b are not equal.
std::size_t skip_equal(const double* a, const double* b, std::size_t bar, std::size_t end) {
  while (bar < end && relation(a[bar], b[bar]) == Relation::kEqual) ++bar;
  return bar;
}

}  // namespace

std::optional<SweptColumn> swept_column(std::span<const double> values) {
  std::size_t first = 0;
  while (first < values.size() && std::isnan(values[first])) ++first;
  if (HWY_DYNAMIC_DISPATCH(any_missing)(values.data() + first, values.size() - first)) return std::nullopt;
  return SweptColumn{values.data(), first};
}

std::size_t find_crossings(const SweptColumn& a, const SweptColumn& b, std::size_t begin, std::size_t end,
                           std::size_t size, CrossingState& state, std::uint32_t* bars) {
  const double *x = a.values, *y = b.values;
  begin = std::max({begin, a.first, b.first});
  if (!state.started) {
    begin = skip_equal(x, y, begin, std::max(begin, end));
    if (begin >= end) return 0;
    state = {true, relation(x[begin], y[begin]) == Relation::kAbove};
    ++begin;
  }
  if (begin >= end) return 0;
  const std::size_t changes = HWY_DYNAMIC_DISPATCH(find_changes)(x, y, begin, end, size, state.above, bars);
  // Nearly always the two have moved well past each other on every one of them; then all are crossings.
  bool any_equal = false;
  for (std::size_t i = 0; i < changes; ++i) any_equal |= relation(x[bars[i]], y[bars[i]]) == Relation::kEqual;
  if (!any_equal) {
    state.above ^= changes % 2 != 0;
    return changes;
  }
  std::size_t kept = 0;
  std::size_t settled = begin;  // bars before it are dealt with
  for (std::size_t i = 0; i < changes; ++i) {
    std::size_t bar = bars[i];
    if (bar < settled) continue;
    Relation now = relation(x[bar], y[bar]);
    if (now == Relation::kEqual) {
      bar = skip_equal(x, y, bar, end);
      settled = bar + 1;
      if (bar >= end) break;
      now = relation(x[bar], y[bar]);
      if ((now == Relation::kAbove) == state.above) continue;
    }
    bars[kept++] = static_cast<std::uint32_t>(bar);
    state.above = now == Relation::kAbove;
  }
  return kept;
}

}  // namespace peak::study
#endif
