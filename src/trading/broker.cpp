#include "peak/trading/broker.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "peak/base/suggest.hpp"

namespace peak {
namespace {

std::string shown(double value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return std::string(text, end);
}

Status check(bool good, const char* name, double value, const char* range) {
  if (good) return {};
  return invalid_argument(std::string(name) + " is " + shown(value) + ", but must be " + range);
}

// A number that takes the whole of `text`.
std::optional<double> read_number(std::string_view text) {
  const std::string copy(text);
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  if (copy.empty() || end != copy.c_str() + copy.size()) return std::nullopt;
  return value;
}

}  // namespace

Status BrokerOptions::validate() const {
  PEAK_RETURN_IF_ERROR(check(std::isfinite(cash) && cash > 0, "cash", cash, "a finite number above 0"));
  PEAK_RETURN_IF_ERROR(check(commission >= 0 && commission < 1, "commission", commission,
                             "a fraction from 0 to below 1 (0.001 is 0.1 % of the traded value)"));
  PEAK_RETURN_IF_ERROR(check(slippage >= 0 && slippage < 1, "slippage", slippage,
                             "a fraction from 0 to below 1 (0.0005 is 5 basis points)"));
  if (size_step) {
    PEAK_RETURN_IF_ERROR(
        check(std::isfinite(*size_step) && *size_step > 0, "size_step", *size_step, "a finite number above 0"));
  }
  switch (size.kind) {
    case SizingKind::kAllIn: break;
    case SizingKind::kUnits:
      return check(std::isfinite(size.amount) && size.amount > 0, "size (units)", size.amount,
                   "a finite number above 0; direction comes from the signals");
    case SizingKind::kValue:
      return check(std::isfinite(size.amount) && size.amount > 0, "size (value)", size.amount,
                   "a finite amount of money above 0");
    case SizingKind::kFraction:
      return check(size.amount > 0 && size.amount <= 1, "size (fraction)", size.amount,
                   "above 0 and at most 1; above 1 would need margin");
  }
  return {};
}

BrokerOptions BrokerOverrides::applied_to(BrokerOptions options) const {
  if (cash) options.cash = *cash;
  if (commission) options.commission = *commission;
  if (slippage) options.slippage = *slippage;
  if (size_step) options.size_step = size_step;
  if (fill) options.fill = *fill;
  if (size) options.size = *size;
  if (accumulate) options.accumulate = *accumulate;
  if (finalize) options.finalize = *finalize;
  if (execution) options.execution = *execution;
  return options;
}

const char* fill_timing_name(FillTiming fill) noexcept {
  return fill == FillTiming::kNextOpen ? "next_open" : "same_close";
}

const char* sizing_kind_name(SizingKind kind) noexcept {
  switch (kind) {
    case SizingKind::kAllIn: return "all";
    case SizingKind::kUnits: return "units";
    case SizingKind::kValue: return "value";
    case SizingKind::kFraction: return "fraction";
  }
  return "";
}

const char* execution_name(Execution execution) noexcept {
  return execution == Execution::kRuleBook ? "rulebook" : "backtesting.py";
}

Result<FillTiming> parse_fill_timing(std::string_view text) {
  if (text == "next_open") return FillTiming::kNextOpen;
  if (text == "same_close") return FillTiming::kSameClose;
  const std::vector<std::string> known{"next_open", "same_close"};
  return invalid_argument("fill '" + std::string(text) + "' is not known" + suggestion(text, known));
}

Result<Execution> parse_execution(std::string_view text) {
  if (text == "rulebook") return Execution::kRuleBook;
  if (text == "backtesting.py") return Execution::kBacktestingPy;
  const std::vector<std::string> known{"rulebook", "backtesting.py"};
  return invalid_argument("execution '" + std::string(text) + "' is not known" + suggestion(text, known));
}

Result<Sizing> parse_sizing(std::string_view text) {
  if (text == "all") return Sizing{};
  if (const auto number = read_number(text)) {
    if (*number > 0 && *number < 1) return Sizing{SizingKind::kFraction, *number};
    return Sizing{SizingKind::kUnits, *number};
  }
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const auto amount = colon == std::string_view::npos ? std::nullopt : read_number(text.substr(colon + 1));
  if (amount) {
    if (kind == "units") return Sizing{SizingKind::kUnits, *amount};
    if (kind == "value") return Sizing{SizingKind::kValue, *amount};
    if (kind == "fraction") return Sizing{SizingKind::kFraction, *amount};
  }
  return invalid_argument("size '" + std::string(text) +
                          "' is not understood; write all, a number of units, a fraction below 1, "
                          "units:N, value:MONEY or fraction:F");
}

std::string format_sizing(const Sizing& sizing) {
  if (sizing.kind == SizingKind::kAllIn) return "all";
  return std::string(sizing_kind_name(sizing.kind)) + ":" + shown(sizing.amount);
}

}  // namespace peak
