#include <cmath>
#include <cstdio>
#include <numeric>

#include "report/json_writer.hpp"
#include "report/number_text.hpp"
#include "report/sweep_rows.hpp"

namespace peak {
namespace report {
namespace {

constexpr std::size_t kFailuresShown = 3;

std::string plain_number(double value) {
  std::string text;
  append_number(text, value);
  return text;
}

std::string parameter_shown(const SweepResult& result, std::uint64_t row, std::size_t axis) {
  if (result.grid.axes()[axis].is_text()) return result.parameter_text(row, axis);
  return plain_number(result.parameter(row, axis));
}

std::string seconds(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value < 10 ? "%.3g" : "%.0f", value);
  return std::string(text) + " s";
}

std::string heading(const SweepResult& result, const TextStyle& style) {
  std::string text = toned(result.strategy.name, TextTone::kStrong, style) + ": " +
                     grouped_text(static_cast<double>(result.rows()), 0) + " combinations";
  if (result.markets.size() > 1) text += " on " + std::to_string(result.markets.size()) + " markets";
  text += ", computed " + grouped_text(static_cast<double>(result.computed), 0) + ", reused " +
          grouped_text(static_cast<double>(result.reused), 0) + ", " + seconds(result.elapsed_s) + "\n";
  if (!result.complete()) {
    const bool kept = !result.store.empty() && result.note.empty();
    const std::string again = kept ? "; the same sweep again goes on from here" : ", and nothing is kept";
    text += toned("stopped: what is finished is shown" + again + "\n", TextTone::kWarning, style);
  }
  return text;
}

std::string failures(const SweepResult& result, const TextStyle& style) {
  std::string text;
  if (result.failures.empty()) return text;
  text = "\n" +
         toned(grouped_text(static_cast<double>(result.failures.size()), 0) + " failed:", TextTone::kWarning, style) +
         "\n";
  for (std::size_t i = 0; i < std::min(kFailuresShown, result.failures.size()); ++i) {
    std::string row;
    for (std::size_t axis = 0; axis < result.grid.axes().size(); ++axis) {
      row += (row.empty() ? "" : ", ") + result.grid.axes()[axis].name() + " " +
             parameter_shown(result, result.failures[i].row, axis);
    }
    text += wrapped("  " + row + ": " + result.failures[i].reason, style.width, 4) + "\n";
  }
  if (result.failures.size() > kFailuresShown) text += "  ...\n";
  return text;
}

}  // namespace

Result<std::vector<std::uint64_t>> shown_rows(const SweepResult& result, const SweepReportOptions& options) {
  if (options.top != 0) return result.top(options.top, options.sort);
  std::vector<std::uint64_t> rows;
  for (std::uint64_t row = 0; row < result.rows(); ++row) {
    if (result.is_finished(row)) rows.push_back(row);
  }
  return rows;
}

}  // namespace report

Result<std::string> format_sweep(const SweepResult& result, const SweepReportOptions& options) {
  PEAK_ASSIGN_OR_RETURN(const auto rows, report::shown_rows(result, options));
  const bool symbol = report::shows_symbol(result), window = report::shows_window(result);
  std::vector<TextColumn> columns;
  if (symbol) columns.push_back({"symbol"});
  if (window) columns.push_back({"window"});
  for (const GridAxis& axis : result.grid.axes()) columns.push_back({.title = axis.name(), .right = true});
  for (std::size_t i = 0; i < result.metrics.size(); ++i) {
    const bool is_sort = result.metrics[i] == options.sort;
    columns.push_back(
        {.title = metric_info(result.metrics[i]).name, .right = true, .rank = is_sort ? 0 : static_cast<int>(i) + 1});
  }
  TextTable table(std::move(columns));
  for (const std::uint64_t row : rows) {
    std::vector<TextCell> cells;
    const SweepMarket& market = result.markets[result.market_of(row)];
    if (symbol) cells.emplace_back(market.symbol);
    if (window) cells.emplace_back(market.window);
    for (std::size_t axis = 0; axis < result.grid.axes().size(); ++axis) {
      cells.emplace_back(report::parameter_shown(result, row, axis));
    }
    for (std::size_t column = 0; column < result.metrics.size(); ++column) {
      const double value = result.value(row, column);
      cells.emplace_back(report::metric_text(metric_info(result.metrics[column]), value));
    }
    table.add_row(std::move(cells));
  }
  std::string text = report::heading(result, options.style);
  if (options.top != 0) {
    text += "best " + std::to_string(rows.size()) + " by " + metric_info(options.sort).name + "\n";
  }
  text += "\n" + table.render(options.style) + report::failures(result, options.style);
  if (options.overfitting != nullptr) text += "\n" + options.overfitting->text();
  return text;
}

}  // namespace peak
