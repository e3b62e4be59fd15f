#include "peak/report/quality.hpp"

#include <algorithm>
#include <utility>

#include "report/json_writer.hpp"

namespace peak {
namespace {

TextTone tone_of(Severity severity) {
  switch (severity) {
    case Severity::kError: return TextTone::kBad;
    case Severity::kWarning: return TextTone::kWarning;
    case Severity::kNote: break;
  }
  return TextTone::kQuiet;
}

std::string place_text(const FaultPlace& place) {
  std::string text = "row " + std::to_string(place.row) + ", " + format_time_short(place.time);
  if (!place.what.empty()) text += ": " + place.what;
  return text;
}

void write_places(report::JsonWriter& json, const std::vector<FaultPlace>& places) {
  json.key("first");
  json.begin_array();
  for (const FaultPlace& place : places) {
    json.begin_object(report::JsonWriter::Layout::kOneLine);
    json.integer("row", static_cast<std::int64_t>(place.row));
    json.key("time");
    place.time == kNoTime ? json.null() : json.text(format_time(place.time));
    json.text("what", place.what);
    json.end_object();
  }
  json.end_array();
}

void write_count(report::JsonWriter& json, const char* name, std::size_t count) {
  json.integer(name, static_cast<std::int64_t>(count));
}

void write_severities(report::JsonWriter& json, const Quality& quality) {
  write_count(json, "errors", quality.count(Severity::kError));
  write_count(json, "warnings", quality.count(Severity::kWarning));
  write_count(json, "notes", quality.count(Severity::kNote));
}

void write_report(report::JsonWriter& json, const QualityReport& report) {
  const Quality& quality = report.quality;
  json.begin_object();
  json.text("path", report.name);
  write_count(json, "rows", quality.rows);
  for (const auto& [name, time] : {std::pair{"start", quality.first}, std::pair{"end", quality.last}}) {
    json.key(name);
    time == kNoTime ? json.null() : json.text(format_time(time));
  }
  json.number("step_s", static_cast<double>(quality.step) / 1e9);
  write_count(json, "long_steps", quality.long_steps);
  json.text("calendar", quality.calendar);
  write_severities(json, quality);
  json.key("findings");
  json.begin_array();
  for (const Finding& finding : quality.findings) {
    json.begin_object();
    json.text("fault", fault_name(finding.fault));
    json.text("severity", severity_name(finding.severity));
    write_count(json, "count", finding.count);
    json.text("text", finding.text);
    json.text("remedy", finding.remedy);
    write_places(json, finding.first);
    json.end_object();
  }
  json.end_array();
  json.key("changes");
  json.begin_array();
  for (const Change& change : report.changes) {
    json.begin_object();
    json.text("rule", fix_rule_name(change.rule));
    write_count(json, "count", change.count);
    json.text("text", change.text);
    write_places(json, change.first);
    json.end_object();
  }
  json.end_array();
  json.key("after");
  if (report.after) {
    json.begin_object(report::JsonWriter::Layout::kOneLine);
    write_count(json, "rows", report.after->rows);
    write_severities(json, *report.after);
    json.end_object();
  } else {
    json.null();
  }
  json.key("written_to");
  report.written_to.empty() ? json.null() : json.text(report.written_to);
  json.end_object();
}

}  // namespace

std::string severity_counts(const Quality& quality) {
  return std::to_string(quality.count(Severity::kError)) + " errors, " +
         std::to_string(quality.count(Severity::kWarning)) + " warnings, " +
         std::to_string(quality.count(Severity::kNote)) + " notes";
}

std::string quality_text(const QualityReport& report, const TextStyle& style) {
  const Quality& quality = report.quality;
  std::string text = toned(report.name, TextTone::kStrong, style) + "\n  " + std::to_string(quality.rows) + " rows";
  if (quality.first != kNoTime)
    text += ", " + format_time_short(quality.first) + " to " + format_time_short(quality.last);
  text += "; calendar: " + quality.calendar + "\n";
  if (quality.findings.empty()) text += toned("  nothing found\n", TextTone::kGood, style);
  for (const Finding& finding : quality.findings) {
    std::string line = std::string(severity_name(finding.severity)) + ": " + finding.text;
    if (!finding.remedy.empty()) line += " [" + finding.remedy + "]";
    text += "  " + toned(wrapped(line, style.width - 2, 4), tone_of(finding.severity), style) + "\n";
    // Notes are many and harmless: one place each.
    const std::size_t shown =
        finding.severity == Severity::kNote ? std::min<std::size_t>(1, finding.first.size()) : finding.first.size();
    for (std::size_t i = 0; i < shown; ++i) text += "      " + place_text(finding.first[i]) + "\n";
    if (finding.count > shown && finding.fault != Fault::kCopy) text += "      ...\n";
  }
  for (const Change& change : report.changes) {
    text += "  " +
            toned(std::string("fixed by ") + fix_rule_name(change.rule) + ": " + change.text, TextTone::kGood, style) +
            "\n";
    for (const FaultPlace& place : change.first) text += "      " + place_text(place) + "\n";
    if (change.count > change.first.size()) text += "      ...\n";
  }
  if (report.after) {
    text += "  after that: " + std::to_string(report.after->rows) + " rows, " + severity_counts(*report.after) + "\n";
  }
  if (!report.written_to.empty()) text += "  written to " + report.written_to + "\n";
  return text;
}

std::string quality_json(const QualityReport& report) {
  report::JsonWriter json({});
  write_report(json, report);
  return json.take();
}

std::string quality_json(std::span<const QualityReport> reports) {
  report::JsonWriter json({});
  json.begin_array();
  for (const QualityReport& report : reports) write_report(json, report);
  json.end_array();
  return json.take();
}

}  // namespace peak
