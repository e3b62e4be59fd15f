// Instrument: what is traded: its grid of sizes and prices, its multiplier, and what happens to it over time.
//
// The defaults are those of a share that can be bought in any fraction at any price.
// Threads: values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/base/time.hpp"
#include "peak/market/bars.hpp"

namespace peak {

/// A funding payment of a perpetual contract: at `time`, who is long pays units * price * multiplier * rate to who is
/// short; with a negative rate the short pays.
struct FundingRate {
  Nanoseconds time = 0;
  double rate = 0;
};

enum class CorporateActionKind : unsigned char {
  kSplit,      ///< `value` new units for each old one (2 is two for one); prices from then on are new ones
  kDividend,   ///< `value` in currency for each unit held at the close before; a short pays it
  kDelisting,  ///< every position is closed at `value` per unit; orders are cancelled; nothing trades afterwards
};

inline constexpr CorporateActionKind kLastCorporateActionKind = CorporateActionKind::kDelisting;
const char* corporate_action_name(CorporateActionKind kind) noexcept;  ///< "split", "dividend", "delisting"

struct CorporateAction {
  Nanoseconds time = 0;  ///< takes effect before the open of the first bar at or after this time
  CorporateActionKind kind = CorporateActionKind::kSplit;
  double value = 1;
};

struct Instrument {
  std::string symbol;
  std::optional<double> size_step;       ///< units come in multiples of this (a lot); none: any fraction
  double tick_size = 0;                  ///< prices come in multiples of this; 0: any price
  double multiplier = 1;                 ///< currency for one unit and one point of price (a contract's)
  double minimum_notional = 0;           ///< currency; an entry worth less is rejected, `below_minimum`
  double minimum_quantity = 0;           ///< units; an entry of fewer is rejected, `below_minimum`
  std::vector<FundingRate> funding;      ///< ascending by time
  std::vector<CorporateAction> actions;  ///< ascending by time; only for raw, not for adjusted prices

  /// Every value in its range and the series ascending, or an error naming the symbol and the value.
  [[nodiscard]] Status validate() const;

  /// The splits among its actions.
  [[nodiscard]] std::vector<Split> splits() const;

  /// `price` on the grid of ticks: the next one at or above it (`up`) or at or below it.
  [[nodiscard]] double on_tick(double price, bool up) const noexcept;
};

}  // namespace peak
