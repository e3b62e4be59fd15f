#include "peak/trading/instrument.hpp"

#include <cmath>

#include "trading/number_text.hpp"

namespace peak {
namespace {

Status check(const Instrument& instrument, bool good, const char* name, double value, const char* range) {
  if (good) return {};
  const std::string whose = instrument.symbol.empty() ? std::string() : instrument.symbol + ": ";
  return invalid_argument(whose + name + " is " + trading::shown(value) + ", but must be " + range);
}

template <typename Row>
Status check_ascending(const Instrument& instrument, const std::vector<Row>& rows, const char* name) {
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].time < rows[i - 1].time) {
      return invalid_argument(instrument.symbol + (instrument.symbol.empty() ? "" : ": ") + name +
                              " are not in the order of time: " + format_time_short(rows[i].time) + " follows " +
                              format_time_short(rows[i - 1].time));
    }
  }
  return {};
}

}  // namespace

const char* corporate_action_name(CorporateActionKind kind) noexcept {
  constexpr const char* kNames[] = {"split", "dividend", "delisting"};
  return kNames[static_cast<std::size_t>(kind)];
}

Status Instrument::validate() const {
  const auto at_least_zero = [](double value) { return std::isfinite(value) && value >= 0; };
  if (size_step) {
    PEAK_RETURN_IF_ERROR(
        check(*this, std::isfinite(*size_step) && *size_step > 0, "size_step", *size_step, "a finite number above 0"));
  }
  PEAK_RETURN_IF_ERROR(check(*this, at_least_zero(tick_size), "tick_size", tick_size, "0 (any price) or above"));
  PEAK_RETURN_IF_ERROR(
      check(*this, std::isfinite(multiplier) && multiplier > 0, "multiplier", multiplier, "a finite number above 0"));
  PEAK_RETURN_IF_ERROR(
      check(*this, at_least_zero(minimum_notional), "minimum_notional", minimum_notional, "0 (none) or above"));
  PEAK_RETURN_IF_ERROR(
      check(*this, at_least_zero(minimum_quantity), "minimum_quantity", minimum_quantity, "0 (none) or above"));
  PEAK_RETURN_IF_ERROR(check_ascending(*this, funding, "funding rates"));
  PEAK_RETURN_IF_ERROR(check_ascending(*this, actions, "corporate actions"));
  for (const FundingRate& rate : funding) {
    PEAK_RETURN_IF_ERROR(check(*this, std::isfinite(rate.rate) && std::fabs(rate.rate) < 1, "a funding rate", rate.rate,
                               "a fraction between -1 and 1 (0.0001 is one basis point)"));
  }
  for (const CorporateAction& action : actions) {
    const bool is_split = action.kind == CorporateActionKind::kSplit;
    const bool good = std::isfinite(action.value) && (is_split ? action.value > 0 : action.value >= 0);
    PEAK_RETURN_IF_ERROR(check(*this, good, is_split ? "a split" : "a dividend or last price", action.value,
                               is_split ? "above 0 (2 is two new units for one)" : "0 or above"));
  }
  return {};
}

std::vector<Split> Instrument::splits() const {
  std::vector<Split> found;
  for (const CorporateAction& action : actions) {
    if (action.kind == CorporateActionKind::kSplit) found.push_back({action.time, action.value});
  }
  return found;
}

double Instrument::on_tick(double price, bool up) const noexcept {
  if (tick_size == 0) return price;
  constexpr double kRoundingAllowance = 1e-9;  // 0.3 / 0.1 is 2.9999999999999996, but on the grid
  const double ticks = price / tick_size;
  const double nearest = std::round(ticks);
  if (std::fabs(ticks - nearest) <= kRoundingAllowance * std::fmax(1.0, std::fabs(ticks))) return nearest * tick_size;
  return (up ? std::ceil(ticks) : std::floor(ticks)) * tick_size;
}

}  // namespace peak
