// The vector form of Recurrence (its header has the definition), four bars to a step and all of it in registers, and
// the walk over the runs of finite values that EMA, RSI, ATR and MACD share.
//
// The walk is optimistic: a block of bars is computed without looking for gaps. A value that is not finite makes f NaN
// or infinite and f stays so, hence one test at the block's end tells; only then is the gap looked for and the block's
// first part computed again, and from then on each block is looked through first. Included once for each Highway
// target.
#if defined(PEAK_INDICATORS_RECURRENCE_INL_) == defined(HWY_TARGET_TOGGLE)
#ifdef PEAK_INDICATORS_RECURRENCE_INL_
#undef PEAK_INDICATORS_RECURRENCE_INL_
#else
#define PEAK_INDICATORS_RECURRENCE_INL_
#endif

#include <array>

#include "indicators/quad-inl.hpp"
#include "peak/indicators/recurrence.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

struct QuadRecurrence {
  explicit QuadRecurrence(double factor)
      : beta(factor), beta2(beta * beta), beta4(beta2 * beta2), beta8(beta4 * beta4) {
    start();
  }
  /// Before the first bar of a run.
  void start() { p = y = z = f = older_f = quad(0.0); }
  /// A copy, vector by vector: a copy as one block of memory would stay in memory.
  [[nodiscard]] HWY_INLINE QuadRecurrence in_registers() const {
    QuadRecurrence copy(beta);
    copy.take(*this);
    return copy;
  }
  HWY_INLINE void take(const QuadRecurrence& other) {
    p = copy_of(other.p);
    y = copy_of(other.y);
    z = copy_of(other.z);
    f = copy_of(other.f);
    older_f = copy_of(other.older_f);
  }

  HWY_INLINE Quad step(Quad next_p) {
    const Quad next_y = next_p + beta * one_bar_ago(p, next_p);
    const Quad next_z = next_y + beta2 * two_bars_ago(y, next_y);
    const Quad next_f = next_z + beta4 * z + beta8 * older_f;
    older_f = f;
    p = next_p;
    y = next_y;
    z = next_z;
    f = next_f;
    return next_f;
  }
  void drop_small() {
    f = zero_if_smaller(f, Recurrence::kSmallest);
    older_f = zero_if_smaller(older_f, Recurrence::kSmallest);
  }
  /// Whether one of the last eight values is not finite, or so large that what is made of it might not be.
  [[nodiscard]] bool broken() const {
    constexpr double kLarge = 1e300;
    return !all_below(f, kLarge) || !all_below(older_f, kLarge);
  }

  double beta, beta2, beta4, beta8;
  Quad p, y, z, f, older_f;
};

/// Where a step reads and writes: inputs point at the step's first bar (the bar before it is readable too).
template <std::size_t kInputs, std::size_t kOutputs>
struct Place {
  std::array<const double*, kInputs> in;
  std::array<double*, kOutputs> out;
};

// A Kernel is one indicator over one run. It has
//   kInputs, kOutputs      how many columns
//   lead()                 finite bars needed up to and including the first defined one, the seed bar
//   seed(first bar)        reads the run's first values and forgets everything else
//   state[kStates]         its recurrences, one or two
//   step<seed, checked>(place, state[0], ...)
//                          four bars: `seed` when the first of them is the seed bar, `checked` when the results must be
//                          tested for being finite
//   undefined(begin, end)  if it must hear of bars without a result
template <class Kernel>
class RunWalk {
 public:
  using Columns = std::array<const double*, Kernel::kInputs>;
  using Results = std::array<double*, Kernel::kOutputs>;

  RunWalk(Kernel& kernel, const Columns& inputs, const Results& outputs, std::size_t size)
      : kernel_(kernel), in_(inputs), out_(outputs), size_(size) {}

  void walk() {
    for (std::size_t bar = 0; bar < size_;) {
      std::size_t begin = bar;
      while (begin < size_ && !finite_at(begin)) ++begin;
      const std::size_t wanted = std::min(kernel_.lead(), size_ - begin);
      const std::size_t gap = first_gap(begin, begin + wanted);
      const bool defined = gap - begin == kernel_.lead();
      if (defined) kernel_.seed(begin);
      const std::size_t undefined_end = defined ? gap - 1 : gap;
      for (double* out : out_) std::fill(out + bar, out + undefined_end, kUndefined);
      if constexpr (requires { kernel_.undefined(bar, undefined_end); }) kernel_.undefined(bar, undefined_end);
      bar = defined ? walk_run(undefined_end) : gap;
    }
  }

 private:
  [[nodiscard]] bool finite_at(std::size_t bar) const {
    for (const double* column : in_) {
      if (!(column[bar] - column[bar] == 0.0)) return false;
    }
    return true;
  }
  [[nodiscard]] std::size_t first_gap(std::size_t begin, std::size_t end) const {
    for (const double* column : in_) end = find_not_finite(column, begin, end);
    return end;
  }

  [[nodiscard]] bool broken() const {
    bool any = false;
    for (const QuadRecurrence& state : kernel_.state) any = any || state.broken();
    return any;
  }

  // From the seed bar to the run's end, which it returns.
  std::size_t walk_run(std::size_t seed_bar) {
    bool checked = false;
    for (std::size_t bar = seed_bar; bar < size_;) {
      std::size_t end = std::min(bar + Recurrence::kBlock, size_);
      const std::size_t wanted = end;
      if (gap_seen_) end = first_gap(bar, end);
      const Kernel before = kernel_;
      while (!checked) {
        block<false>(seed_bar, bar, end);
        if (!broken()) break;
        const std::size_t gap = first_gap(bar, end);
        checked = gap == end;  // no gap: values so large that differences overflow, or nearly
        end = gap;
        kernel_ = before;
      }
      if (checked) {
        end = first_gap(bar, end);
        block<true>(seed_bar, bar, end);
      }
      gap_seen_ = gap_seen_ || end < wanted;
      if (end < wanted) return end;
      bar = end;
    }
    return size_;
  }

  template <bool kChecked>
  void block(std::size_t seed_bar, std::size_t bar, std::size_t end) {
    for (QuadRecurrence& state : kernel_.state) state.drop_small();
    if (bar == seed_bar && bar < end) {
      partial<true, kChecked>(bar, std::min(end - bar, kQuad));
      bar = std::min(end, bar + kQuad);
    }
    const std::size_t whole = bar + (end - bar) / kQuad * kQuad;
    whole_steps<kChecked>(bar, whole);
    if (whole < end) partial<false, kChecked>(whole, end - whole);
  }

  template <bool kChecked>
  HWY_NOINLINE void whole_steps(std::size_t bar, std::size_t end) {
    const Kernel& kernel = kernel_;
    // Copies: a result could lie over the pointers themselves, for all the compiler knows.
    const Columns in = in_;
    const Results out = out_;
    const auto place_at = [&](std::size_t first) HWY_ATTR {
      Place<Kernel::kInputs, Kernel::kOutputs> place;
      for (std::size_t k = 0; k < Kernel::kInputs; ++k) place.in[k] = in[k] + first;
      for (std::size_t k = 0; k < Kernel::kOutputs; ++k) place.out[k] = out[k] + first;
      return place;
    };
    QuadRecurrence first = kernel_.state[0].in_registers();
    if constexpr (Kernel::kStates == 1) {
      for (; bar < end; bar += kQuad) kernel.template step<false, kChecked>(place_at(bar), first);
    } else {
      QuadRecurrence second = kernel_.state[1].in_registers();
      for (; bar < end; bar += kQuad) kernel.template step<false, kChecked>(place_at(bar), first, second);
      kernel_.state[1].take(second);
    }
    kernel_.state[0].take(first);
  }

  // Four bars of which `count` are there: by way of copies that end with the last value repeated.
  template <bool kSeed, bool kChecked>
  void partial(std::size_t bar, std::size_t count) {
    double in[Kernel::kInputs][kQuad + 1];
    double out[Kernel::kOutputs][kQuad];
    Place<Kernel::kInputs, Kernel::kOutputs> place;
    for (std::size_t k = 0; k < Kernel::kInputs; ++k) {
      in[k][0] = in_[k][bar == 0 ? 0 : bar - 1];
      for (std::size_t i = 0; i < kQuad; ++i) in[k][i + 1] = in_[k][bar + std::min(i, count - 1)];
      place.in[k] = in[k] + 1;
    }
    for (std::size_t k = 0; k < Kernel::kOutputs; ++k) place.out[k] = out[k];
    if constexpr (Kernel::kStates == 1) {
      kernel_.template step<kSeed, kChecked>(place, kernel_.state[0]);
    } else {
      kernel_.template step<kSeed, kChecked>(place, kernel_.state[0], kernel_.state[1]);
    }
    for (std::size_t k = 0; k < Kernel::kOutputs; ++k) std::copy_n(out[k], count, out_[k] + bar);
  }

  Kernel& kernel_;
  Columns in_;
  Results out_;
  std::size_t size_;
  bool gap_seen_ = false;  // where there was one gap there are more: look first
};

/// `quad` with its first bar replaced.
HWY_INLINE Quad with_first(Quad quad, double first) {
  double bars[kQuad];
  store_quad(quad, bars);
  bars[0] = first;
  return load_quad(bars);
}

template <bool kChecked>
HWY_INLINE Quad checked_result(Quad value) {
  return kChecked ? finite_or_undefined(value) : value;
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();
#endif
