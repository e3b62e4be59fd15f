#include "order_dicts.hpp"

#include <nanobind/stl/string.h>

#include <cmath>
#include <string>

#include "peak/trading/order.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

nb::object number_or_none(double value) {
  return std::isnan(value) ? nb::object(nb::none()) : nb::object(nb::float_(value));
}

nb::object level_or_none(const StopLevel& level) {
  if (!level.is_set()) return nb::none();
  if (level.kind == StopKind::kPrice) return nb::float_(level.value);
  return nb::str(format_stop_level(level).c_str());
}

}  // namespace

nb::dict order_dict(const WorkingOrder& order, double units) {
  const OrderRequest& request = order.request;
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
