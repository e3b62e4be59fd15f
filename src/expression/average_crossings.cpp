// The bound of the error. Within a chunk of N bars let y = x - c for the chunk's first value c, V = max |y|, and u the
// unit of rounding. A running sum of N values is off by at most N u N V, a window's sum (a difference of two) by three
// times that, so the difference of two averages by at most 6 N^2 u V; what `sma` itself rounds is under 500 u V +
// 2 u max |x| for windows below 2^31, and under N^2 u V as N >= 64. kSlack covers both with room. Crossings call
// averages equal within 1e-12 of the larger, which is added. NaN and infinities make the bound useless: then it decides
// nothing.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "expression/average_crossings.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come before what it includes again for each target.
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "expression/average_crossings.hpp"
#include "expression/crossing_words.hpp"
#include "peak/base/bits.hpp"
#include "peak/expression/crossing.hpp"
#include "peak/indicators/sma.hpp"

#ifndef PEAK_EXPRESSION_AVERAGE_CHUNK
#define PEAK_EXPRESSION_AVERAGE_CHUNK
namespace peak::expression {
// Bars [first, first + words * 64) and what their windows read before them.
struct AverageChunk {
  const double* values;  // values[0] is the oldest value read
  std::size_t size;      // values read
  std::size_t offset;    // of the chunk's first bar among them
  std::size_t window_a, window_b;
  double* sums;  // room for size + 64 running sums, and a vector more
};
}  // namespace peak::expression
#endif

HWY_BEFORE_NAMESPACE();
namespace peak::expression {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using SumLane = HWY_CAPPED(double, 8);  // the mask of a vector fits a byte
constexpr double kSlack = 16;

// sums[k] = the sum of the first k values less the first value; returns the largest |y|, not a number where a value is
// none.
double running_sums(const AverageChunk& chunk) {
  const SumLane d;
  const std::size_t lanes = hn::Lanes(d);
  HWY_ALIGN std::int64_t places[8] = {};
  for (std::size_t i = 0; i < lanes; ++i) places[i] = static_cast<std::int64_t>(lanes - 1);
  const auto last = hn::SetTableIndices(d, places);
  const auto step_back = [&](std::size_t step) {
    for (std::size_t i = 0; i < lanes; ++i) places[i] = static_cast<std::int64_t>(i < step ? 0 : i - step);
    return hn::SetTableIndices(d, places);
  };
  const auto by_1 = step_back(1), by_2 = step_back(2), by_4 = step_back(4);
  const auto first_1 = hn::FirstN(d, 1), first_2 = hn::FirstN(d, 2), first_4 = hn::FirstN(d, 4);
  const double anchor = chunk.values[0];
  const auto from = hn::Set(d, anchor);
  auto carried = hn::Zero(d), largest = hn::Zero(d);
  chunk.sums[0] = 0;
  std::size_t i = 0;
  for (; i + lanes <= chunk.size; i += lanes) {
    auto sum = hn::Sub(hn::LoadU(d, chunk.values + i), from);
    largest = hn::Max(largest, hn::Abs(sum));
    if (lanes > 1) sum = hn::Add(sum, hn::IfThenZeroElse(first_1, hn::TableLookupLanes(sum, by_1)));
    if (lanes > 2) sum = hn::Add(sum, hn::IfThenZeroElse(first_2, hn::TableLookupLanes(sum, by_2)));
    if (lanes > 4) sum = hn::Add(sum, hn::IfThenZeroElse(first_4, hn::TableLookupLanes(sum, by_4)));
    hn::StoreU(hn::Add(sum, carried), d, chunk.sums + i + 1);
    carried = hn::Add(carried, hn::TableLookupLanes(sum, last));
  }
  double most = hn::GetLane(hn::MaxOfLanes(d, largest));
  for (; i < chunk.size; ++i) {
    const double y = chunk.values[i] - anchor;
    most = std::fmax(most, std::fabs(y));
    chunk.sums[i + 1] = chunk.sums[i] + y;
  }
  const double total = chunk.sums[chunk.size];
  // A value that is not finite stays in every later sum; what vectors make of it is their own.
  return total - total == 0 ? most : std::numeric_limits<double>::quiet_NaN();
}

// How the averages stand to each other on the chunk's bars: words of above and of below; where neither is set nothing
// is known. Bars before both windows are full, and beyond the last one, hold anything.
void relate_averages(const AverageChunk& chunk, std::size_t words, std::uint64_t* above, std::uint64_t* below) {
  const SumLane d;
  const std::size_t lanes = hn::Lanes(d);
  const double spread = running_sums(chunk);
  const auto size = static_cast<double>(std::max<std::size_t>(chunk.size, 64));
  const double unit = std::numeric_limits<double>::epsilon() / 2;
  const double magnitude = std::fabs(chunk.values[0]) + spread;
  const double bound = kSlack * size * size * unit * spread + (2 * kCrossingTolerance + 16 * unit) * magnitude;
  // Averages of values so large that their own sums overflow are undefined.
  if (!(bound < std::numeric_limits<double>::max() && 64 * size * magnitude < std::numeric_limits<double>::max())) {
    std::fill(above, above + words, 0);
    std::fill(below, below + words, 0);
    return;
  }
  const auto share_a = hn::Set(d, 1.0 / static_cast<double>(chunk.window_a));
  const auto share_b = hn::Set(d, 1.0 / static_cast<double>(chunk.window_b));
  const auto limit = hn::Set(d, bound), negative = hn::Set(d, -bound);
  for (std::size_t word = 0; word < words; ++word) {
    const double* end = chunk.sums + chunk.offset + 64 * word + 1;
    std::uint64_t is_above = 0, is_below = 0;
    for (std::size_t i = 0; i < 64; i += lanes) {
      const auto sum = hn::LoadU(d, end + i);
      const auto a = hn::Mul(hn::Sub(sum, hn::LoadU(d, end + i - chunk.window_a)), share_a);
      const auto b = hn::Mul(hn::Sub(sum, hn::LoadU(d, end + i - chunk.window_b)), share_b);
      const auto difference = hn::Sub(a, b);
      std::uint8_t bits[8] = {};
      hn::StoreMaskBits(d, hn::Gt(difference, limit), bits);
      is_above |= static_cast<std::uint64_t>(bits[0]) << i;
      hn::StoreMaskBits(d, hn::Lt(difference, negative), bits);
      is_below |= static_cast<std::uint64_t>(bits[0]) << i;
    }
    above[word] = is_above;
    below[word] = is_below;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::expression
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::expression {

HWY_EXPORT(relate_averages);

namespace {

constexpr std::size_t kBars = 64;  // in a word

// The averages themselves, for stretches of words that the sums leave undecided.
class Averages {
 public:
  Averages(std::span<const double> values, int window_a, int window_b, std::vector<double>& memory)
      : values_(values), windows_{window_a, window_b}, memory_(memory) {}

  /// Makes those of the bars of words [first, end).
  void make(std::size_t first, std::size_t end) {
    const auto longest = static_cast<std::size_t>(std::max(windows_[0], windows_[1]));
    const std::size_t begin = first * kBars;
    first_ = begin + 1 > longest ? begin + 1 - longest : 0;
    const std::span<const double> read = values_.subspan(first_, std::min(end * kBars, values_.size()) - first_);
    if (memory_.size() < 2 * read.size()) memory_.resize(2 * read.size());
    a_ = {memory_.data(), read.size()};
    b_ = {memory_.data() + read.size(), read.size()};
    const std::span<double> outputs[] = {a_, b_};
    indicators::sma(read, windows_, outputs);
  }

  /// How they stand to each other on the bars of a word that was made.
  [[nodiscard]] RelationWords relation_on(std::size_t w) const {
    RelationWords words;
    const std::size_t begin = w * kBars;
    for (std::size_t t = begin; t < std::min(begin + kBars, values_.size()); ++t) {
      const std::uint64_t bit = std::uint64_t{1} << (t - begin);
      const Relation now = relation(a_[t - first_], b_[t - first_]);
      if (now != Relation::kUndefined) words.defined |= bit;
      if (now == Relation::kAbove) words.above |= bit;
      if (now == Relation::kBelow) words.below |= bit;
    }
    return words;
  }

 private:
  std::span<const double> values_;
  int windows_[2];
  std::vector<double>& memory_;
  std::span<double> a_, b_;
  std::size_t first_ = 0;  // bar of the first average
};

}  // namespace

void find_average_crossings(std::span<const double> values, int window_a, int window_b, SignalTarget above,
                            SignalTarget below, AverageCrossingsMemory& memory) {
  const auto a = static_cast<std::size_t>(window_a), b = static_cast<std::size_t>(window_b);
  const std::size_t longest = std::max(a, b), size = values.size(), words = bit_words(size);
  if (longest > size) {
    for (std::uint64_t* bits : {above.truth, above.defined, below.truth, below.defined})
      std::fill(bits, bits + words, 0);
    return;
  }
  const std::size_t chunk_words = std::max<std::size_t>(8, longest / 16);
  // Sums before the first full windows are read too, from memory that is there and whose bits are not used.
  const std::size_t lead = longest;
  memory.sums.resize(lead + longest + (chunk_words + 2) * kBars);
  CrossingBlocks crossings;
  Averages averages(values, window_a, window_b, memory.averages);
  for (std::size_t first = 0; first < words; first += chunk_words) {
    const std::size_t begin = first * kBars, count = std::min(chunk_words, words - first);
    const std::size_t oldest = begin + 1 > longest ? begin + 1 - longest : 0;
    AverageChunk chunk{};
    chunk.values = values.data() + oldest;
    chunk.size = std::min(begin + count * kBars, size) - oldest;
    chunk.offset = begin - oldest;
    chunk.window_a = a;
    chunk.window_b = b;
    chunk.sums = memory.sums.data() + lead;
    HWY_DYNAMIC_DISPATCH(relate_averages)(chunk, count, above.truth + first, below.truth + first);
    const auto is_decided = [&](std::size_t w) {
      const std::uint64_t full = bits_within(w, longest - 1, size);
      return ((above.truth[w] | below.truth[w]) & full) == full;
    };
    std::size_t made_to = first;  // words before it have averages where they need them
    for (std::size_t w = first; w < first + count; ++w) {
      const std::uint64_t full = bits_within(w, longest - 1, size);
      RelationWords now{above.truth[w] & full, below.truth[w] & full, full};
      if (!is_decided(w)) {
        if (w >= made_to) {
          made_to = w + 1;
          while (made_to < first + count && !is_decided(made_to)) ++made_to;
          averages.make(w, made_to);
        }
        now = averages.relation_on(w);
      }
      const CrossingWords found = crossings.next(now);
      above.truth[w] = found.above;
      below.truth[w] = found.below;
      above.defined[w] = below.defined[w] = found.defined;
    }
  }
}

}  // namespace peak::expression
#endif  // HWY_ONCE
