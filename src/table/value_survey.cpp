#include "table/value_survey.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "peak/base/time.hpp"
#include "peak/table/narrow_column.hpp"
#include "table/narrow_forms.hpp"
#include "table/value_scan.hpp"

namespace peak {
namespace {

/// Whole numbers up to here are doubles, and every one is.
constexpr double kExactScaled = 0x1p51;
/// Adding and subtracting it rounds to a whole number, to nearest even, below 2^51.
constexpr double kRounder = 0x1.8p52;

/// The whole number nearest to a number below 2^51: the low bits of the sum are it, in two's complement. Of larger ones
/// any number, without a signal.
std::int64_t whole_of(double number) noexcept {
  return static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(number + kRounder) -
                                   std::bit_cast<std::uint64_t>(kRounder));
}

}  // namespace

ValueSurvey survey_of(std::span<const std::int64_t> values, bool may_miss) {
  const WholeRange range = range_of(values, may_miss);
  ValueSurvey look;
  look.low = range.low;
  look.high = range.high;
  look.least_delta = range.least_delta;
  look.most_delta = range.most_delta;
  look.runs = values.size() - range.equal_neighbours;
  look.has_missing = range.has_missing;
  look.has_present = range.low <= range.high;
  look.deltas_fit = !look.has_missing && distance(look.low, look.high) < (std::uint64_t{1} << 62);
  return look;
}

std::int64_t unit_of(std::span<const std::int64_t> values, std::int64_t base) {
  constexpr std::int64_t kUnits[] = {kNanosecondsPerDay,
                                     3600 * kNanosecondsPerSecond,
                                     60 * kNanosecondsPerSecond,
                                     kNanosecondsPerSecond,
                                     1'000'000,
                                     1'000};
  const std::size_t step = values.size() / kSamples + 1;
  const auto fits = [&](std::int64_t unit, std::size_t every) {
    for (std::size_t i = 0; i < values.size(); i += every) {
      if (values[i] != kMissingWhole && distance(base, values[i]) % static_cast<std::uint64_t>(unit) != 0) return false;
    }
    return true;
  };
  for (const std::int64_t unit : kUnits) {
    if (fits(unit, step) && fits(unit, 1)) return unit;
  }
  return 1;
}

std::int64_t most_frequent(std::span<const std::int64_t> values, std::size_t& distinct) {
  std::unordered_map<std::int64_t, std::size_t> counts;
  const std::size_t step = values.size() / kSamples + 1;
  std::int64_t best = values.front();
  for (std::size_t i = 0; i < values.size(); i += step) {
    if (++counts[values[i]] > counts[best]) best = values[i];
  }
  distinct = counts.size();
  return best;
}

std::optional<int> places_of(std::span<const double> values, std::span<std::int64_t> whole, bool& has_missing) {
  const auto holds = [](double value, double power) {
    const double scaled = value * power;
    if (!(std::fabs(scaled) < kExactScaled)) return false;
    const double rounded = (scaled + kRounder) - kRounder;
    return std::bit_cast<std::uint64_t>(rounded / power) == std::bit_cast<std::uint64_t>(value);
  };
  const std::size_t step = values.size() / kSamples + 1;
  std::size_t places = 0;
  const auto raise_for = [&](double value) {
    while (places < std::size(kPowersOfTen) && !holds(value, kPowersOfTen[places])) ++places;
    return places < std::size(kPowersOfTen);
  };
  for (std::size_t i = 0; i < values.size(); i += step) {
    if (!std::isnan(values[i]) && !raise_for(values[i])) return std::nullopt;
  }
  const auto missing = std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN());
  has_missing = false;
  for (std::size_t i = 0; i < values.size();) {
    const double power = kPowersOfTen[places];
    const std::size_t end = std::min(values.size(), i + kDeltaBlock);
    const bool good = scale(values.subspan(i, end - i), power, whole.data() + i);
    if (good) {
      i = end;
      continue;
    }
    const std::size_t before = places;
    for (std::size_t k = i; k < end; ++k) {
      if (std::bit_cast<std::uint64_t>(values[k]) == missing) {
        has_missing = true;
        whole[k] = kMissingWhole;
      } else if (!raise_for(values[k])) {
        return std::nullopt;
      } else if (places == before) {
        const double scaled = values[k] * power;
        whole[k] = whole_of(scaled);
      }
    }
    i = places == before ? end : 0;  // more places: from the beginning
  }
  return static_cast<int>(places);
}

bool are_float32(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double value) {
    // A value beyond float32 must not be converted: that is undefined.
    if (!(std::fabs(value) <= static_cast<double>(std::numeric_limits<float>::max()))) return false;
    const double back = static_cast<double>(static_cast<float>(value));
    return std::bit_cast<std::uint64_t>(back) == std::bit_cast<std::uint64_t>(value);
  });
}

}  // namespace peak
