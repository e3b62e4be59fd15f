// The page of a check: for each file its findings as a table, and its prices with the places marked.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "peak/report/quality.hpp"
#include "report/html_text.hpp"
#include "report/json_writer.hpp"
#include "report/whole_file.hpp"

namespace peak {
namespace {

using report::html_text;
using report::picture_number;

constexpr double kLeft = 70, kWidth = 800, kTop = 14, kHeight = 220;
constexpr std::size_t kColumns = 800;

constexpr const char* kFindingStyle =
    "td{vertical-align:top}td.w,th.w{text-align:left}.error{color:#b3261e}.warning{color:#a15c00}"
    ".note{color:#66727f}ul{margin:0;padding-left:1.1rem}code{font-size:.9em}"
    "@media(prefers-color-scheme:dark){.error{color:#ff8a80}.warning{color:#ffb74d}}";

const char* colour_of(Severity severity) {
  switch (severity) {
    case Severity::kError: return "#c62828";
    case Severity::kWarning: return "#e08600";
    case Severity::kNote: break;
  }
  return "#7c8ba1";
}

std::string short_number(double value) {
  std::string text;
  report::append_number(text, value);
  return text;
}

/// Closing prices against time, scaled into the picture; by logarithm (of both signs) where they span much.
class Scale {
 public:
  Scale(const Quality& quality, const Column& close) : first_(quality.first) {
    span_ = static_cast<double>(quality.last - quality.first);
    double smallest = std::numeric_limits<double>::infinity();
    for (const double price : close.float64s()) {
      if (!std::isfinite(price)) continue;
      low_ = std::min(low_, price);
      high_ = std::max(high_, price);
      if (price != 0) smallest = std::min(smallest, std::abs(price));
    }
    is_logarithmic_ = low_ <= high_ && std::max(std::abs(low_), std::abs(high_)) > 50 * smallest;
    unit_ = std::isfinite(smallest) ? smallest : 1;
  }
  [[nodiscard]] bool is_usable() const { return low_ <= high_ && span_ > 0; }
  [[nodiscard]] bool is_logarithmic() const { return is_logarithmic_; }
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }
  [[nodiscard]] double x(Nanoseconds time) const {
    return kLeft + kWidth * (span_ > 0 ? static_cast<double>(time - first_) / span_ : 0.5);
  }
  [[nodiscard]] double y(double price) const {
    const double bottom = bent(low_), top = bent(high_);
    const double share = top > bottom ? (bent(price) - bottom) / (top - bottom) : 0.5;
    return kTop + kHeight * (1 - share);
  }

 private:
  [[nodiscard]] double bent(double price) const { return is_logarithmic_ ? std::asinh(price / unit_) : price; }
  Nanoseconds first_;
  double span_ = 0;
  double low_ = std::numeric_limits<double>::infinity(), high_ = -low_;
  double unit_ = 1;
  bool is_logarithmic_ = false;
};

/// The lowest and highest price in each column of the picture, as one line. Rows may come in any order.
std::string price_line(const Scale& scale, const Column& time, const Column& close) {
  struct Range {
    double low = std::numeric_limits<double>::infinity(), high = -low;
  };
  std::vector<Range> ranges(kColumns + 1);
  for (std::size_t row = 0; row < close.size(); ++row) {
    const double price = close.float64s()[row];
    if (!std::isfinite(price) || time.int64s()[row] == kNoTime) continue;
    const double place = (scale.x(time.int64s()[row]) - kLeft) / kWidth * static_cast<double>(kColumns);
    Range& range = ranges[static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(kColumns)))];
    range.low = std::min(range.low, price);
    range.high = std::max(range.high, price);
  }
  std::string points;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].low > ranges[i].high) continue;
    const std::string x = picture_number(kLeft + kWidth * static_cast<double>(i) / static_cast<double>(kColumns));
    points += x + "," + picture_number(scale.y(ranges[i].high)) + " ";
    if (ranges[i].low < ranges[i].high) points += x + "," + picture_number(scale.y(ranges[i].low)) + " ";
  }
  return "<polyline fill=none stroke=\"#4a78b8\" points=\"" + points + "\"/>\n";
}

std::string marks(const Scale& scale, const Quality& quality, const Column& close) {
  std::string svg;
  for (const Finding& finding : quality.findings) {
    for (const FaultPlace& place : finding.first) {
      if (place.time == kNoTime || place.row >= close.size() || finding.fault == Fault::kCopy) continue;
      const double price = close.float64s()[place.row];
      const std::string x = picture_number(scale.x(place.time));
      const double y = std::isfinite(price) ? scale.y(price) : kTop + kHeight;
      svg += "<g stroke=\"" + std::string(colour_of(finding.severity)) + "\"><line stroke-opacity=.35 x1=\"" + x +
             "\" x2=\"" + x + "\" y1=\"" + picture_number(kTop) + "\" y2=\"" + picture_number(kTop + kHeight) +
             "\"/><circle fill=none cx=\"" + x + "\" cy=\"" + picture_number(y) + "\" r=4><title>" +
             fault_name(finding.fault) + ", " + format_time_short(place.time) + ": " + html_text(place.what) +
             "</title></circle></g>\n";
    }
  }
  return svg;
}

std::string picture(const QualityReport& report) {
  const Column* time = nullptr;
  for (const Column& column : report.table.columns) {
    if (time == nullptr && column.type() == ColumnType::kTime) time = &column;
  }
  const Column* found = report.table.find("close");
  if (found == nullptr) found = report.table.find("price");
  const bool is_number =
      found != nullptr && (found->type() == ColumnType::kFloat64 || found->type() == ColumnType::kInt64);
  if (time == nullptr || !is_number) return {};
  const Column close = found->as_float64();
  const Scale scale(report.quality, close);
  if (!scale.is_usable()) return {};
  std::string svg =
      "<svg viewBox=\"0 0 880 260\" role=img aria-label=\"closing prices with the places of findings\">\n";
  svg += price_line(scale, *time, close) + marks(scale, report.quality, close);
  svg += "<text x=64 y=20 text-anchor=end>" + html_text(short_number(scale.high())) +
         "</text><text x=64 y=234 text-anchor=end>" + html_text(short_number(scale.low())) +
         "</text><text x=70 y=252>" + format_time_short(report.quality.first) +
         "</text><text x=870 y=252 text-anchor=end>" + format_time_short(report.quality.last) + "</text></svg>\n";
  svg += "<p class=quiet>Closing prices";
  if (scale.is_logarithmic()) svg += ", on a scale of logarithms for both signs";
  return svg + "; the first places of each finding are marked. Point at a mark for its words.</p>\n";
}

std::string place_list(const std::vector<FaultPlace>& places, bool more) {
  std::string html = "<ul>";
  for (const FaultPlace& place : places) {
    html += "<li>row " + std::to_string(place.row) + ", " + format_time_short(place.time);
    if (!place.what.empty()) html += ": <code>" + html_text(place.what) + "</code>";
    html += "</li>";
  }
  return html + (more ? "<li>...</li></ul>" : "</ul>");
}

std::string finding_table(const Quality& quality) {
  if (quality.findings.empty()) return "<p>Nothing was found.</p>\n";
  std::string html =
      "<table><tr><th class=w>found</th><th>count</th><th class=w>what</th><th class=w>first places</th></tr>\n";
  for (const Finding& finding : quality.findings) {
    const char* severity = severity_name(finding.severity);
    html += "<tr><td class=\"w " + std::string(severity) + "\">" + severity + "<br>" + fault_name(finding.fault) +
            "</td><td>" + std::to_string(finding.count) + "</td><td class=w>" + html_text(finding.text);
    if (!finding.remedy.empty()) html += "<br><span class=quiet>" + html_text(finding.remedy) + "</span>";
    html += "</td><td class=w>" + place_list(finding.first, finding.count > finding.first.size()) + "</td></tr>\n";
  }
  return html + "</table>\n";
}

std::string change_table(const QualityReport& report) {
  if (report.changes.empty()) return {};
  std::string html =
      "<h3>What was fixed</h3>\n<table><tr><th class=w>rule</th><th class=w>what</th><th class=w>first "
      "rows</th></tr>\n";
  for (const Change& change : report.changes) {
    html += "<tr><td class=w>" + std::string(fix_rule_name(change.rule)) + "</td><td class=w>" +
            html_text(change.text) + "</td><td class=w>" +
            place_list(change.first, change.count > change.first.size()) + "</td></tr>\n";
  }
  return html + "</table>\n";
}

std::string section(const QualityReport& report) {
  const Quality& quality = report.quality;
  std::string html = "<h2>" + html_text(report.name) + "</h2>\n<p>" + std::to_string(quality.rows) + " rows";
  if (quality.first != kNoTime) {
    html += ", " + format_time_short(quality.first) + " to " + format_time_short(quality.last);
  }
  html += "; calendar: " + html_text(quality.calendar) + "; " + severity_counts(quality) + ".</p>\n";
  html += picture(report) + finding_table(quality) + change_table(report);
  if (report.after) {
    html +=
        "<p>After that: " + std::to_string(report.after->rows) + " rows, " + severity_counts(*report.after) + ".</p>\n";
  }
  if (!report.written_to.empty())
    html += "<p>The changed rows were written to " + html_text(report.written_to) + ".</p>\n";
  return html;
}

}  // namespace

Status write_quality_report(std::span<const QualityReport> reports, const std::string& path) {
  std::string html =
      "<!doctype html>\n<html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">"
      "<title>Data check</title><style>" +
      std::string(report::kPageStyle) + kFindingStyle + "</style>\n<h1>Data check</h1>\n";
  for (const QualityReport& report : reports) html += section(report);
  return report::write_whole_file(path, html + "</html>\n");
}

}  // namespace peak
