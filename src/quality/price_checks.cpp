#include <algorithm>
#include <cmath>

#include "quality/checked_rows.hpp"

namespace peak::quality {
namespace {

/// A break of high >= open, close >= low that is no more than the rounding of adjusted prices.
constexpr double kRounding = 1e-9;

std::string named(std::size_t which, double value) {
  return std::string(kPriceNames[which]) + " " + number_words(value);
}

/// Each row once, with the first price that `is_fault` is true of.
template <typename IsFault>
void check_each(const CheckedRows& rows, const CheckOptions& options, Quality& quality, Fault fault, const char* text,
                const char* remedy, const IsFault& is_fault) {
  Gathered found(fault, Severity::kError, rows, options);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t k = 0; k < 4; ++k) {
      if (!rows.has(k) || !is_fault(rows.price(k, row))) continue;
      found.add(row, [&] { return named(k, rows.price(k, row)); });
      break;
    }
  }
  found.finish(quality.findings, text, remedy);
}

void check_consistency(const CheckedRows& rows, const CheckOptions& options, Quality& quality) {
  Gathered found(Fault::kInconsistentPrices, Severity::kWarning, rows, options);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const double open = rows.price(0, row), high = rows.price(1, row), low = rows.price(2, row),
                 close = rows.price(3, row);
    const double top = std::max(open, close), bottom = std::min(open, close);
    if (!(low > bottom || high < top || low > high)) continue;
    const double worst = std::max({low - bottom, top - high, low - high});
    if (low > high && worst > kRounding * std::abs(top)) found.set_severity(Severity::kError);
    found.add(row, [&] {
      return "open " + number_words(open) + ", high " + number_words(high) + ", low " + number_words(low) + ", close " +
             number_words(close);
    });
  }
  found.finish(quality.findings, "{row has|rows have} a high below, or a low above, another price", "--fix ranges");
}

bool is_flat(const CheckedRows& rows, std::size_t row) {
  return rows.price(0, row) == rows.price(1, row) && rows.price(1, row) == rows.price(2, row) &&
         rows.price(2, row) == rows.price(3, row);
}

void check_flat(const CheckedRows& rows, const CheckOptions& options, Quality& quality) {
  Gathered found(Fault::kFlatBar, Severity::kNote, rows, options);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (is_flat(rows, row)) found.add(row, [&] { return "all " + number_words(rows.price(3, row)); });
  }
  found.finish(quality.findings, "{bar has|bars have} one price only (open = high = low = close)");
}

/// Runs of bars in which nothing moves. One column of prices freezes when it repeats; ranges must repeat flat.
void check_frozen(const CheckedRows& rows, const CheckOptions& options, Quality& quality) {
  Gathered found(Fault::kFrozenPrice, Severity::kWarning, rows, options);
  std::size_t frozen = 0;
  const auto repeats = [&](std::size_t i) {
    const std::size_t row = rows.unique[i], before = rows.unique[i - 1];
    if (rows.price(3, row) != rows.price(3, before)) return false;
    return !rows.has_ranges() || is_flat(rows, row);
  };
  for (std::size_t i = 0; i < rows.unique.size();) {
    std::size_t end = i + 1;
    while (end < rows.unique.size() && repeats(end)) ++end;
    if (end - i >= options.frozen_bars) {
      frozen += end - i;
      found.add(rows.unique[i], [&] {
        return std::to_string(end - i) + " bars at " + number_words(rows.price(3, rows.unique[i])) + ", to " +
               format_time_short(rows.at(rows.unique[end - 1]));
      });
    }
    i = end;
  }
  found.finish(quality.findings, "{time|times} the price stands still, for " + std::to_string(frozen) + " bars in all",
               "drop or mark them: nothing was traded, or the feed had stopped");
}

}  // namespace

void check_prices(const CheckedRows& rows, const CheckOptions& options, Quality& quality) {
  if (!rows.has(3)) return;
  check_each(rows, options, quality, Fault::kEmptyPrice, "{row lacks|rows lack} a price", "--fix missing",
             [](double price) { return std::isnan(price); });
  check_each(rows, options, quality, Fault::kInfinitePrice, "{row has|rows have} an infinite price", "--fix prices",
             [](double price) { return std::isinf(price); });
  check_each(rows, options, quality, Fault::kNonPositivePrice, "{row has|rows have} a price of zero or below",
             "--fix prices, or read with --allow-nonpositive where such prices are true",
             [](double price) { return price <= 0; });
  if (rows.has_ranges()) {
    check_consistency(rows, options, quality);
    check_flat(rows, options, quality);
  }
  if (quality.step >= kNanosecondsPerSecond) check_frozen(rows, options, quality);  // trades repeat their price
}

void check_volume(const CheckedRows& rows, const CheckOptions& options, Quality& quality) {
  if (rows.volume.size() == 0) return;
  const auto volume = rows.volume.float64s();
  Gathered zero(Fault::kZeroVolume, Severity::kWarning, rows, options);
  Gathered negative(Fault::kNegativeVolume, Severity::kWarning, rows, options);
  Gathered infinite(Fault::kInfiniteVolume, Severity::kError, rows, options);
  Gathered missing(Fault::kMissingVolume, Severity::kWarning, rows, options);
  for (std::size_t row = 0; row < volume.size(); ++row) {
    if (volume[row] == 0) zero.add(row, [] { return std::string(); });
    if (std::isinf(volume[row])) {
      infinite.add(row, [&] { return "volume " + number_words(volume[row]); });
      continue;
    }
    if (volume[row] < 0) negative.add(row, [&] { return "volume " + number_words(volume[row]); });
    if (std::isnan(volume[row])) missing.add(row, [] { return std::string("no volume"); });
  }
  const bool none = zero.count() == volume.size();
  if (none) zero.set_severity(Severity::kNote);
  zero.finish(quality.findings,
              none ? "no row has a volume: the source does not count it" : "{row has|rows have} no volume (0)");
  negative.finish(quality.findings, "{row has|rows have} a negative volume");
  infinite.finish(quality.findings, "{row has|rows have} an infinite volume", "--fix prices");
  missing.finish(quality.findings, "{row lacks|rows lack} a volume");
}

}  // namespace peak::quality
