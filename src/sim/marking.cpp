#include "sim/marking.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/marking.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace peak::sim::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The tail is one vector that overlaps bars already done where there are enough of them, and single bars otherwise:
// marking a bar twice writes the same bits.
template <class D, bool kByPrice>
bool mark_block(D d, double cash, double units, const double* marks, std::size_t t, double* equity, double* returns) {
  const auto mark = hn::LoadU(d, marks + t);
  const auto before = hn::LoadU(d, marks + t - 1);
  const auto cash_lanes = hn::Set(d, cash);
  const auto units_lanes = hn::Set(d, units);
  const auto worth = hn::Add(cash_lanes, hn::Mul(units_lanes, mark));
  hn::StoreU(worth, d, equity + t);
  const auto one = hn::Set(d, 1.0);
  if constexpr (kByPrice) {
    hn::StoreU(hn::Sub(hn::Div(mark, before), one), d, returns + t);
  } else {
    const auto worth_before = hn::Add(cash_lanes, hn::Mul(units_lanes, before));
    hn::StoreU(hn::Sub(hn::Div(worth, worth_before), one), d, returns + t);
  }
  return !hn::AllFalse(d, hn::Le(worth, hn::Zero(d)));
}

template <bool kByPrice>
bool mark_run(double cash, double units, const double* marks, std::size_t first, std::size_t last, double* equity,
              double* returns) {
  const hn::ScalableTag<double> wide;
  const hn::CappedTag<double, 1> single;
  const std::size_t lanes = hn::Lanes(wide);
  bool nonpositive = false;
  std::size_t t = first;
  for (; t + lanes <= last; t += lanes) {
    nonpositive |= mark_block<decltype(wide), kByPrice>(wide, cash, units, marks, t, equity, returns);
  }
  if (t < last && last - first >= lanes) {
    nonpositive |= mark_block<decltype(wide), kByPrice>(wide, cash, units, marks, last - lanes, equity, returns);
    t = last;
  }
  for (; t < last; ++t) {
    nonpositive |= mark_block<decltype(single), kByPrice>(single, cash, units, marks, t, equity, returns);
  }
  return nonpositive;
}

bool mark_held(double cash, double units, const double* marks, std::size_t first, std::size_t last, bool by_price,
               double* equity, double* returns) {
  return by_price ? mark_run<true>(cash, units, marks, first, last, equity, returns)
                  : mark_run<false>(cash, units, marks, first, last, equity, returns);
}

void mark_flat(double cash, std::size_t first, std::size_t last, double* equity, double* returns) {
  const hn::ScalableTag<double> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto cash_lanes = hn::Set(d, cash), zero = hn::Zero(d);
  std::size_t t = first;
  for (; t + lanes <= last; t += lanes) {
    hn::StoreU(cash_lanes, d, equity + t);
    hn::StoreU(zero, d, returns + t);
  }
  if (t < last && last - first >= lanes) {
    hn::StoreU(cash_lanes, d, equity + last - lanes);
    hn::StoreU(zero, d, returns + last - lanes);
    return;
  }
  for (; t < last; ++t) {
    equity[t] = cash;
    returns[t] = 0.0;
  }
}

bool has_gap(const double* values, std::size_t size) {
  const hn::ScalableTag<double> d;
  const std::size_t lanes = hn::Lanes(d);
  auto found = hn::Zero(d);  // a NaN seen anywhere stays in its lane: anything plus NaN is NaN
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const auto value = hn::LoadU(d, values + i);
    found = hn::Add(found, hn::Sub(value, value));  // 0 for a number, NaN for NaN and for infinities
  }
  bool any = !hn::AllFalse(d, hn::IsNaN(found));
  for (; i < size; ++i) any |= !(values[i] - values[i] == 0);
  return any;
}

}  // namespace peak::sim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::sim {
HWY_EXPORT(mark_held);
HWY_EXPORT(mark_flat);
HWY_EXPORT(has_gap);

bool mark_held(double cash, double units, const double* marks, std::size_t first, std::size_t last, bool by_price,
               double* equity, double* returns) {
  return HWY_DYNAMIC_DISPATCH(mark_held)(cash, units, marks, first, last, by_price, equity, returns);
}

void mark_flat(double cash, std::size_t first, std::size_t last, double* equity, double* returns) {
  HWY_DYNAMIC_DISPATCH(mark_flat)(cash, first, last, equity, returns);
}

bool has_gap(const double* values, std::size_t size) { return HWY_DYNAMIC_DISPATCH(has_gap)(values, size); }
}  // namespace peak::sim
#endif
