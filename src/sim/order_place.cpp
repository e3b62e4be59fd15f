#include "peak/sim/order_place.hpp"

#include <cmath>

namespace peak::sim {
namespace {

// 0.3 / 0.1 is 2.9999999999999996, and still three steps.
constexpr double kStepAllowance = 1e-9;

}  // namespace

double units_at_close(const WorkingOrder& order, const OrderPlace& place) {
  const OrderRequest& request = order.request;
  const double unit = place.close * place.multiplier, equity = place.broker.equity();
  double units = request.size.amount;
  switch (request.size.kind) {
    case SizingKind::kUnits: break;
    case SizingKind::kValue: units /= unit; break;
    case SizingKind::kFraction: units = units * equity / unit; break;
    case SizingKind::kEqual: units = equity / place.symbols / unit; break;
    case SizingKind::kAllIn: {
      const double money = place.symbols == 1 ? place.broker.cash() : equity / place.symbols;
      units = money / (unit * (1 + place.broker.options().commission));
      if (place.held != 0) units = std::nan("");
      break;
    }
    default: units = std::nan("");
  }
  if (request.target) return units - place.held;
  if (request.reduce_only) return std::fabs(place.held);
  return place.step > 0 ? std::floor(units / place.step + kStepAllowance) * place.step : units;
}

}  // namespace peak::sim
