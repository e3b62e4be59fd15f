#include "peak/quality/check.hpp"

#include <algorithm>

#include "quality/checked_rows.hpp"

namespace peak {

const char* fault_name(Fault fault) noexcept {
  static constexpr const char* kNames[] = {"missing_time",
                                           "newest_first",
                                           "out_of_order",
                                           "repeated_time",
                                           "gap",
                                           "outside_calendar",
                                           "off_grid",
                                           "mixed_zones",
                                           "daylight_shift",
                                           "missing_price",
                                           "infinite_price",
                                           "non_positive_price",
                                           "inconsistent_prices",
                                           "flat_bar",
                                           "frozen_price",
                                           "outlier",
                                           "unadjusted_split",
                                           "zero_volume",
                                           "negative_volume",
                                           "infinite_volume",
                                           "missing_volume",
                                           "copy"};
  static_assert(std::size(kNames) == kFaultCount);
  return kNames[static_cast<std::size_t>(fault)];
}

const char* severity_name(Severity severity) noexcept {
  switch (severity) {
    case Severity::kNote: return "note";
    case Severity::kWarning: return "warning";
    case Severity::kError: break;
  }
  return "error";
}

std::size_t Quality::count(Severity severity) const noexcept {
  return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(),
                                                [&](const Finding& finding) { return finding.severity == severity; }));
}

const Finding* Quality::find(Fault fault) const noexcept {
  for (const Finding& finding : findings) {
    if (finding.fault == fault) return &finding;
  }
  return nullptr;
}

Result<Quality> check_bars(const Table& table, const CheckOptions& options) {
  if (!(options.outlier_moves > 0)) return invalid_argument("outlier_moves must be above 0");
  if (options.frozen_bars < 2) return invalid_argument("frozen_bars must be at least 2");
  PEAK_ASSIGN_OR_RETURN(const quality::CheckedRows rows, quality::checked_rows(table));
  Quality result;
  result.rows = table.rows();
  quality::check_times(rows, options, result);
  quality::check_prices(rows, options, result);
  quality::check_moves(rows, options, result);
  quality::check_volume(rows, options, result);
  std::stable_sort(result.findings.begin(), result.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.fault < b.fault; });
  return result;
}

}  // namespace peak
