#include "sim/exit_scan.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/exit_scan.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace peak::sim::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

bool is_reached(double open, double high, double low, double floor, double ceiling) {
  return open <= floor || low <= floor || open >= ceiling || high >= ceiling;
}

std::size_t first_reached(const double* open, const double* high, const double* low, std::size_t first,
                          std::size_t last, double floor, double ceiling) {
  const hn::ScalableTag<double> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto floors = hn::Set(d, floor), ceilings = hn::Set(d, ceiling);
  std::size_t t = first;
  for (; t + lanes <= last; t += lanes) {
    const auto opens = hn::LoadU(d, open + t);
    const auto below = hn::Or(hn::Le(opens, floors), hn::Le(hn::LoadU(d, low + t), floors));
    const auto above = hn::Or(hn::Ge(opens, ceilings), hn::Ge(hn::LoadU(d, high + t), ceilings));
    if (!hn::AllFalse(d, hn::Or(below, above))) break;
  }
  while (t < last && !is_reached(open[t], high[t], low[t], floor, ceiling)) ++t;
  return t;
}

}  // namespace peak::sim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::sim {
HWY_EXPORT(first_reached);

std::size_t first_reached(const double* open, const double* high, const double* low, std::size_t first,
                          std::size_t last, double floor, double ceiling) {
  return HWY_DYNAMIC_DISPATCH(first_reached)(open, high, low, first, last, floor, ceiling);
}
}  // namespace peak::sim
#endif
