// Quality of data, as text, JSON and a page: findings of quality/check.hpp and changes of quality/fix.hpp.
//
// JSON      no line break at its end; times are ISO 8601 UTC.
// Page      one HTML file without scripts and without anything from elsewhere: for each file its findings as a table,
// and a
//           picture of its closing prices with the places marked.
// Threads   pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/quality/fix.hpp"
#include "peak/report/text_table.hpp"

namespace peak {

/// What is told about one file or frame.
struct QualityReport {
  std::string name;              ///< its path, or what the user calls it
  Table table;                   ///< the rows that were checked, for the picture
  Quality quality;               ///< before any change
  std::vector<Change> changes;   ///< empty if nothing was to be fixed
  std::optional<Quality> after;  ///< of the changed rows, if anything was to be fixed
  std::string written_to;        ///< the file with the changed rows; empty if none was written
};

/// "1 errors, 2 warnings, 3 notes": kinds of findings.
[[nodiscard]] std::string severity_counts(const Quality& quality);

[[nodiscard]] std::string quality_text(const QualityReport& report, const TextStyle& style);
/// One object: path, rows, start, end, step_s, long_steps, calendar, errors, warnings, notes, findings, changes, after
/// (the three counts for the changed rows), written_to.
[[nodiscard]] std::string quality_json(const QualityReport& report);
/// An array of them.
[[nodiscard]] std::string quality_json(std::span<const QualityReport> reports);

/// kIo if the file cannot be written; it appears whole or not at all.
Status write_quality_report(std::span<const QualityReport> reports, const std::string& path);

}  // namespace peak
