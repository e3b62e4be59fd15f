#include "order_dicts.hpp"

#include <nanobind/stl/string.h>

#include <cmath>
#include <string>

#include "peak/trading/order.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

/// What an order comes to at this close, in units; NaN where only the fill can tell.
double units_at_close(const WorkingOrder& order, const OrderPlace& place) {
  const double unit = place.close * place.multiplier, equity = place.broker.equity();
  double units = order.request.size.amount;
  switch (order.request.size.kind) {
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
  if (order.request.target) return units - place.held;
  if (order.request.reduce_only) return std::fabs(place.held);
  return units;
}

nb::object number_or_none(double value) {
  return std::isnan(value) ? nb::object(nb::none()) : nb::object(nb::float_(value));
}

nb::object level_or_none(const StopLevel& level) {
  if (!level.is_set()) return nb::none();
  if (level.kind == StopKind::kPrice) return nb::float_(level.value);
  return nb::str(format_stop_level(level).c_str());
}

}  // namespace

nb::dict order_dict(const WorkingOrder& order, const OrderPlace& place) {
  const OrderRequest& request = order.request;
  const double units = units_at_close(order, place);
  const bool buys = request.target ? units > 0 : request.action == OrderAction::kBuy;
  nb::dict out;
  out["id"] = order.id == kNoOrder ? nb::object(nb::none()) : nb::object(nb::int_(order.id));
  out["action"] = buys ? "buy" : "sell";
  out["type"] = order_type_name(request.type);
  out["size"] = request.reduce_only && !request.target ? std::string("all") : format_sizing(request.size);
  out["quantity"] = number_or_none(std::fabs(units));
  out["limit"] = number_or_none(request.limit);
  out["stop"] = number_or_none(request.stop);
  out["sl"] = level_or_none(request.stop_loss);
  out["tp"] = level_or_none(request.take_profit);
  out["trailing_stop"] = level_or_none(request.trailing_stop);
  out["reduce_only"] = request.reduce_only;
  return out;
}

}  // namespace peak::python
