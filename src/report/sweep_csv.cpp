#include "report/csv_text.hpp"
#include "report/sweep_rows.hpp"
#include "report/whole_file.hpp"

namespace peak {
namespace {

constexpr std::size_t kPiece = 1 << 18;  // bytes of text that are kept before they are written

}  // namespace

Status write_sweep_csv(const SweepResult& result, const std::string& path) {
  PEAK_ASSIGN_OR_RETURN(report::WholeFile file, report::WholeFile::create(path));
  const bool symbol = report::shows_symbol(result), window = report::shows_window(result);
  report::CsvText csv;
  if (symbol) csv.text("symbol");
  if (window) csv.text("window");
  for (const GridAxis& axis : result.grid.axes()) csv.text(axis.name());
  for (const Metric metric : result.metrics) csv.text(metric_info(metric).name);
  if (!result.failures.empty()) csv.text("error");
  csv.end_line();
  for (std::uint64_t row = 0; row < result.rows(); ++row) {
    if (!result.is_finished(row)) continue;
    const SweepMarket& market = result.markets[result.market_of(row)];
    if (symbol) csv.text(market.symbol);
    if (window) csv.text(market.window);
    for (std::size_t axis = 0; axis < result.grid.axes().size(); ++axis) {
      if (result.grid.axes()[axis].is_text()) {
        csv.text(result.parameter_text(row, axis));
      } else {
        csv.number(result.parameter(row, axis));
      }
    }
    for (std::size_t column = 0; column < result.metrics.size(); ++column) csv.number(result.value(row, column));
    if (!result.failures.empty()) {
      const std::string* failure = report::failure_of(result, row);
      csv.text(failure == nullptr ? std::string_view() : std::string_view(*failure));
    }
    csv.end_line();
    if (csv.size() >= kPiece) PEAK_RETURN_IF_ERROR(file.append(csv.take()));
  }
  PEAK_RETURN_IF_ERROR(file.append(csv.take()));
  return file.commit();
}

}  // namespace peak
