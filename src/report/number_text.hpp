// Numbers as people read them in tables: "12,345.67", "12.34%". JSON and CSV write exact numbers instead.
#pragma once

#include <span>
#include <string>

#include "peak/metrics/metrics.hpp"

namespace peak::report {

/// "12,345.67" with that many decimals; "-" for NaN, "inf" for infinity.
[[nodiscard]] std::string grouped_text(double value, int decimals);

/// "12.34%" for 0.1234; more decimals for what would round to nothing.
[[nodiscard]] std::string percent_text(double fraction);

/// A metric's value by its unit.
[[nodiscard]] std::string metric_text(const MetricInfo& info, double value);

/// The smallest number of decimals, at most `most`, with which every value is written exactly (prices on a tick grid);
/// -1 if there is none, or if a value is not finite.
[[nodiscard]] int decimal_places(std::span<const double> values, int most);

/// Decimals with which to show prices like these: those they have, within 2 to 8.
[[nodiscard]] int price_decimals(std::span<const double> prices);

}  // namespace peak::report
