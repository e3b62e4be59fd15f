// The page of a sweep: one HTML file without scripts and without anything from elsewhere. Pictures are SVG made here.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "peak/report/json.hpp"
#include "peak/study/heatmap.hpp"
#include "report/html_text.hpp"
#include "report/json_writer.hpp"
#include "report/number_text.hpp"
#include "report/sweep_rows.hpp"
#include "report/whole_file.hpp"

namespace peak {
namespace {

constexpr std::size_t kMostCells = 60 * 60;  // of the heatmap; a larger one is told, not drawn
constexpr std::size_t kMostLines = 400;      // of the parallel coordinates: the best, and as many spread over the rest
constexpr std::size_t kTableRows = 25;

std::string plain(double value) {
  std::string text;
  report::append_number(text, value);
  return text;
}

/// A bound of an axis in a picture: few digits.
std::string grouped_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

/// From a blue that stands for the poorest to an orange that stands for the best, which colour-blind readers tell
/// apart.
std::string colour(double share) {
  const double low[] = {44, 94, 160}, middle[] = {235, 235, 230}, high[] = {217, 108, 30};
  const double at = std::clamp(share, 0.0, 1.0);
  const double* a = at < 0.5 ? low : middle;
  const double* b = at < 0.5 ? middle : high;
  const double part = at < 0.5 ? at * 2 : at * 2 - 1;
  char text[16];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", static_cast<unsigned>(a[0] + (b[0] - a[0]) * part),
                static_cast<unsigned>(a[1] + (b[1] - a[1]) * part), static_cast<unsigned>(a[2] + (b[2] - a[2]) * part));
  return text;
}

struct Extent {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    if (std::isnan(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  [[nodiscard]] double share(double value) const { return high > low ? (value - low) / (high - low) : 0.5; }
};

std::string value_shown(const GridAxis& axis, std::size_t i) {
  return axis.is_text() ? report::html_text(axis.text(i)) : plain(axis[i]);
}

std::string heatmap_picture(const SweepResult& result, Metric metric) {
  std::vector<std::string> wide;
  std::vector<const GridAxis*> axes;
  for (const GridAxis& axis : result.grid.axes()) {
    if (axis.size() < 2) continue;
    wide.push_back(axis.name());
    axes.push_back(&axis);
  }
  if (wide.size() < 2) return {};
  const std::string title = "<h2>" + std::string(metric_info(metric).title) + " over " + report::html_text(wide[1]) +
                            " and " + report::html_text(wide[0]) + "</h2>\n";
  const auto map = heatmap(result, wide[1], wide[0], metric);
  if (!map.ok() || map->cells.size() > kMostCells) return title + "<p class=quiet>too many values to draw</p>\n";
  Extent extent;
  for (const double cell : map->cells) extent.add(cell);
  const double left = 70, top = 10, width = 780 / static_cast<double>(map->x_values.size());
  const double height = std::min(26.0, 420 / static_cast<double>(map->y_values.size()));
  const double bottom = top + height * static_cast<double>(map->y_values.size());
  std::string svg = title + "<svg viewBox=\"0 0 880 " + report::picture_number(bottom + 40) +
                    "\" role=img aria-label=\"" + report::html_text(metric_info(metric).title) + " by cell\">\n";
  for (std::size_t y = 0; y < map->y_values.size(); ++y) {
    const double at = top + height * static_cast<double>(y);
    if (y % (map->y_values.size() / 20 + 1) == 0) {
      svg += "<text x=\"64\" y=\"" + report::picture_number(at + height / 2 + 4) + "\" text-anchor=end>" +
             value_shown(*axes[0], y) + "</text>";
    }
    for (std::size_t x = 0; x < map->x_values.size(); ++x) {
      const double value = map->at(y, x);
      if (std::isnan(value)) continue;
      svg += "<rect x=\"" + report::picture_number(left + width * static_cast<double>(x)) + "\" y=\"" +
             report::picture_number(at) + "\" width=\"" + report::picture_number(width) + "\" height=\"" +
             report::picture_number(height) + "\" fill=\"" + colour(extent.share(value)) + "\"><title>" +
             report::html_text(map->y) + " " + value_shown(*axes[0], y) + ", " + report::html_text(map->x) + " " +
             value_shown(*axes[1], x) + ": " + report::metric_text(metric_info(metric), value) + "</title></rect>";
    }
    svg += '\n';
  }
  for (std::size_t x = 0; x < map->x_values.size(); x += map->x_values.size() / 16 + 1) {
    svg += "<text x=\"" + report::picture_number(left + width * (static_cast<double>(x) + 0.5)) + "\" y=\"" +
           report::picture_number(bottom + 16) + "\" text-anchor=middle>" + value_shown(*axes[1], x) + "</text>";
  }
  svg += "\n<text x=\"64\" y=\"" + report::picture_number(bottom + 32) + "\" text-anchor=end>" +
         report::html_text(map->y) + "</text><text x=\"460\" y=\"" + report::picture_number(bottom + 32) +
         "\" text-anchor=middle>" + report::html_text(map->x) + "</text></svg>\n";
  return svg + "<p class=quiet>From " + report::metric_text(metric_info(metric), extent.low) + " (blue) to " +
         report::metric_text(metric_info(metric), extent.high) +
         " (orange); other parameters and markets by their mean. Point at a cell for its value.</p>\n";
}

// A line for each combination through its parameters and metrics, the best ones on top.
std::string coordinates_picture(const SweepResult& result, Metric metric) {
  const auto ranked = result.top(result.rows(), metric);
  if (!ranked.ok() || ranked->size() < 2) return {};
  std::vector<std::uint64_t> rows;
  const std::size_t step = ranked->size() / kMostLines + 1;
  for (std::size_t i = ranked->size(); i-- > 0;) {
    if (i < kMostLines / 4 || i % step == 0) rows.push_back((*ranked)[i]);
  }
  struct Line {
    std::string name;
    Extent extent;
    std::vector<double> values;
  };
  std::vector<Line> lines;
  const auto add = [&](const std::string& name, auto get) {
    Line line{name, {}, {}};
    for (const std::uint64_t row : rows) {
      line.values.push_back(get(row));
      line.extent.add(line.values.back());
    }
    lines.push_back(std::move(line));
  };
  for (std::size_t axis = 0; axis < result.grid.axes().size(); ++axis) {
    if (result.grid.axes()[axis].size() < 2) continue;
    add(result.grid.axes()[axis].name(), [&](std::uint64_t row) { return result.parameter(row, axis); });
  }
  std::size_t sorted = 0;
  for (std::size_t column = 0; column < result.metrics.size(); ++column) {
    if (result.metrics[column] == metric) sorted = lines.size();
    add(metric_info(result.metrics[column]).name, [&](std::uint64_t row) { return result.value(row, column); });
  }
  const double gap = 780 / static_cast<double>(std::max<std::size_t>(lines.size() - 1, 1));
  std::string svg =
      "<h2>Combinations as lines</h2>\n<svg viewBox=\"0 0 880 300\" role=img aria-label=\"parallel coordinates\">\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string points;
    for (std::size_t at = 0; at < lines.size(); ++at) {
      if (std::isnan(lines[at].values[i])) continue;
      points += report::picture_number(50 + gap * static_cast<double>(at)) + "," +
                report::picture_number(260 - 220 * lines[at].extent.share(lines[at].values[i])) + " ";
    }
    svg += "<polyline fill=none stroke-opacity=.55 stroke=\"" +
           colour(lines[sorted].extent.share(lines[sorted].values[i])) + "\" points=\"" + points + "\"/>\n";
  }
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const std::string x = report::picture_number(50 + gap * static_cast<double>(at));
    svg += "<line x1=\"" + x + "\" x2=\"" + x +
           "\" y1=\"40\" y2=\"260\" stroke=\"#8a96a3\"/><text text-anchor=middle x=\"" + x + "\" y=\"14\">" +
           report::html_text(lines[at].name) + "</text><text text-anchor=middle x=\"" + x + "\" y=\"32\">" +
           grouped_number(lines[at].extent.high) + "</text><text text-anchor=middle x=\"" + x + "\" y=\"276\">" +
           grouped_number(lines[at].extent.low) + "</text>\n";
  }
  return svg + "</svg>\n<p class=quiet>" + std::to_string(rows.size()) + " of " + std::to_string(ranked->size()) +
         " combinations, coloured by " + metric_info(metric).name +
         ": the best, and others spread over the rest.</p>\n";
}

std::string best_table(const SweepResult& result, Metric metric) {
  const auto rows = result.top(kTableRows, metric);
  if (!rows.ok()) return {};
  const bool symbol = report::shows_symbol(result), window = report::shows_window(result);
  std::string html = "<h2>The best by " + std::string(metric_info(metric).name) + "</h2>\n<table><tr>";
  const auto head = [&](std::string_view name) { html += "<th>" + report::html_text(name) + "</th>"; };
  if (symbol) head("symbol");
  if (window) head("window");
  for (const GridAxis& axis : result.grid.axes()) head(axis.name());
  for (const Metric there : result.metrics) head(metric_info(there).name);
  html += "</tr>\n";
  for (const std::uint64_t row : *rows) {
    html += "<tr>";
    const auto cell = [&](std::string_view text) { html += "<td>" + report::html_text(text) + "</td>"; };
    const SweepMarket& market = result.markets[result.market_of(row)];
    if (symbol) cell(market.symbol);
    if (window) cell(market.window);
    for (std::size_t axis = 0; axis < result.grid.axes().size(); ++axis) {
      cell(result.grid.axes()[axis].is_text() ? result.parameter_text(row, axis) : plain(result.parameter(row, axis)));
    }
    for (std::size_t column = 0; column < result.metrics.size(); ++column) {
      cell(report::metric_text(metric_info(result.metrics[column]), result.value(row, column)));
    }
    html += "</tr>\n";
  }
  return html + "</table>\n";
}

}  // namespace

Status write_sweep_report(const SweepResult& result, const std::string& path, const SweepReportOptions& options) {
  if (result.column_of(options.sort) == result.metrics.size()) {
    return invalid_argument(std::string("the sweep did not compute ") + metric_info(options.sort).name +
                            "; name it among the metrics");
  }
  std::string html =
      "<!doctype html>\n<html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">"
      "<title>Sweep of " +
      report::html_text(result.strategy.name) + "</title><style>" + report::kPageStyle + "</style>\n<h1>Sweep of " +
      report::html_text(result.strategy.name) + "</h1>\n<p>" + report::html_text(result.strategy.description) +
      "</p>\n<p>" + report::grouped_text(static_cast<double>(result.rows()), 0) + " combinations";
  if (!result.grid.options().where.empty()) html += " where " + report::html_text(result.grid.options().where);
  for (std::size_t i = 0; i < options.data_paths.size(); ++i)
    html += (i == 0 ? " on " : ", ") + report::html_text(options.data_paths[i]);
  html += ", " + report::grouped_text(static_cast<double>(result.failures.size()), 0) + " failed.";
  if (!result.complete()) html += " Stopped before the end: what was finished is shown.";
  html += "</p>\n";
  if (options.overfitting != nullptr)
    html += "<h2>Luck or skill</h2>\n<p class=luck>" + report::html_text(options.overfitting->text()) + "</p>\n";
  html += best_table(result, options.sort) + heatmap_picture(result, options.sort) +
          coordinates_picture(result, options.sort);
  html += "<p class=quiet>" + report::html_text(result.plan) + "Peak Trade " + report::html_text(engine_version()) +
          ", engine semantics " + std::to_string(kEngineSemanticsVersion) + ".</p>\n</html>\n";
  return report::write_whole_file(path, html);
}

}  // namespace peak
