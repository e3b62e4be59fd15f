#include "report/number_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace peak::report {
namespace {

constexpr double kLargestExact = 9007199254740992.0;  // 2^53

}  // namespace

std::string grouped_text(double value, int decimals) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char digits[400];
  const int length = std::snprintf(digits, sizeof digits, "%.*f", decimals, value);
  std::string text(digits, static_cast<std::size_t>(length));
  const std::size_t first = text[0] == '-' ? 1 : 0;
  const std::size_t end = std::min(text.find('.'), text.size());
  for (std::size_t i = end; i > first + 3;) text.insert(i -= 3, 1, ',');
  // What rounds to nothing has no sign.
  if (first == 1 && text.find_first_not_of("-0.,") == std::string::npos) text.erase(0, 1);
  return text;
}

std::string percent_text(double fraction) {
  if (!std::isfinite(fraction)) return grouped_text(fraction, 0);
  const double percent = fraction * 100;
  const double size = std::fabs(percent);
  const int decimals = size == 0 || size >= 0.1 ? 2 : size >= 0.001 ? 4 : 6;
  return grouped_text(percent, decimals) + "%";
}

std::string metric_text(const MetricInfo& info, double value) {
  const std::string_view unit = info.unit;
  if (unit == "fraction") return percent_text(value);
  if (unit == "currency") return grouped_text(value, 2);
  if (unit == "count" || unit == "bars") return grouped_text(value, value == std::floor(value) ? 0 : 1);
  return grouped_text(value, 3);
}

int decimal_places(std::span<const double> values, int most) {
  static constexpr double kPowers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
  int places = 0;
  for (const double value : values) {
    for (;; ++places) {
      if (places > most || places > 9) return -1;
      const double power = kPowers[places];
      const double scaled = std::round(value * power);
      if (!(std::fabs(scaled) < kLargestExact)) return -1;
      if (scaled / power == value) break;
    }
  }
  return places;
}

int price_decimals(std::span<const double> prices) {
  const int places = decimal_places(prices, 8);
  if (places >= 0) return std::max(places, 2);
  double largest = 0;
  for (const double price : prices) {
    if (std::isfinite(price)) largest = std::max(largest, std::fabs(price));
  }
  return largest >= 1000 ? 2 : largest >= 10 ? 4 : largest >= 0.1 ? 6 : 8;
}

}  // namespace peak::report
