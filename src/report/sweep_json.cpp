#include "peak/report/json.hpp"
#include "report/json_sections.hpp"
#include "report/json_writer.hpp"
#include "report/sweep_rows.hpp"

namespace peak {
namespace report {
namespace {

using Layout = JsonWriter::Layout;

void add_markets(JsonWriter& json, const SweepResult& result, const SweepReportOptions& options) {
  json.key("data");
  json.begin_array();
  for (std::size_t i = 0; i < result.markets.size(); ++i) {
    const SweepMarket& market = result.markets[i];
    const auto time = market.bars.time();
    json.begin_object(Layout::kOneLine);
    json.key("path");
    if (i < options.data_paths.size()) {
      json.text(options.data_paths[i]);
    } else {
      json.null();
    }
    json.text("symbol", market.symbol);
    json.text("window", market.window);
    json.integer("rows", static_cast<std::int64_t>(market.bars.size()));
    json.key("start");
    time.empty() ? json.null() : json.text(format_time(time.front()));
    json.key("end");
    time.empty() ? json.null() : json.text(format_time(time.back()));
    json.number("periods_per_year", i < result.periods_per_year.size() ? result.periods_per_year[i] : 0);
    json.text("fingerprint", market.bars.fingerprint().hex());
    json.end_object();
  }
  json.end_array();
}

void add_grid(JsonWriter& json, const SweepResult& result) {
  json.key("grid");
  json.begin_object();
  for (const GridAxis& axis : result.grid.axes()) {
    json.key(axis.name());
    json.begin_object(Layout::kOneLine);
    json.integer("values", static_cast<std::int64_t>(axis.size()));
    if (axis.is_text()) {
      json.text("first", axis.text(0));
      json.text("last", axis.text(axis.size() - 1));
    } else {
      json.number("first", axis[0]);
      json.number("last", axis[axis.size() - 1]);
    }
    json.end_object();
  }
  json.end_object();
  json.key("where");
  result.grid.options().where.empty() ? json.null() : json.text(result.grid.options().where);
}

void add_row(JsonWriter& json, const SweepResult& result, std::uint64_t row) {
  json.begin_object(Layout::kOneLine);
  const SweepMarket& market = result.markets[result.market_of(row)];
  if (shows_symbol(result)) json.text("symbol", market.symbol);
  if (shows_window(result)) json.text("window", market.window);
  for (std::size_t axis = 0; axis < result.grid.axes().size(); ++axis) {
    const GridAxis& values = result.grid.axes()[axis];
    if (values.is_text()) {
      json.text(values.name(), result.parameter_text(row, axis));
    } else {
      json.number(values.name(), result.parameter(row, axis));
    }
  }
  for (std::size_t column = 0; column < result.metrics.size(); ++column) {
    json.number(metric_info(result.metrics[column]).name, result.value(row, column));
  }
  if (const std::string* failure = failure_of(result, row)) json.text("error", *failure);
  json.end_object();
}

void add_overfitting(JsonWriter& json, const Overfitting* found) {
  json.key("overfitting");
  if (found == nullptr) return json.null();
  json.begin_object();
  json.integer("trials", static_cast<std::int64_t>(found->trials));
  json.number("effective_trials", found->effective_trials);
  json.number("average_correlation", found->average_correlation);
  json.number("best_sharpe", found->best_sharpe);
  json.number("luck_sharpe", found->luck_sharpe);
  json.number("probabilistic_sharpe", found->probabilistic_sharpe);
  json.number("deflated_sharpe", found->deflated_sharpe);
  json.number("minimum_track_record_years", found->minimum_track_record_years);
  json.number("pbo", found->pbo);
  json.integer("blocks", static_cast<std::int64_t>(found->blocks));
  json.number("reality_check_p", found->reality_check_p);
  json.number("spa_p", found->spa_p);
  json.integer("tested_trials", static_cast<std::int64_t>(found->tested_trials));
  json.key("stability");
  found->neighbourhood ? json.number(found->neighbourhood->stability) : json.null();
  json.text("verdict", found->verdict());
  json.key("notes");
  json.begin_array();
  for (const std::string& note : found->notes) json.text(note);
  json.end_array();
  json.end_object();
}

}  // namespace
}  // namespace report

Result<std::string> sweep_json(const SweepResult& result, const SweepReportOptions& options) {
  using report::JsonWriter;
  PEAK_ASSIGN_OR_RETURN(const auto rows, report::shown_rows(result, options));
  JsonWriter json({});
  json.begin_object();
  json.text("strategy", result.strategy.name);
  json.integer("combinations", static_cast<std::int64_t>(result.rows()));
  json.integer("computed", static_cast<std::int64_t>(result.computed));
  json.integer("reused", static_cast<std::int64_t>(result.reused));
  json.number("elapsed_s", result.elapsed_s);
  json.boolean("complete", result.complete());
  report::add_markets(json, result, options);
  report::add_grid(json, result);
  json.text("sort", metric_info(options.sort).name);
  json.key("rows");
  json.begin_array();
  for (const std::uint64_t row : rows) report::add_row(json, result, row);
  json.end_array();
  json.key("best");
  if (const auto best = result.best(options.sort); best.ok()) {
    report::add_row(json, result, *best);
  } else {
    json.null();
  }
  report::add_overfitting(json, options.overfitting);
  json.integer("failed", static_cast<std::int64_t>(result.failures.size()));
  json.text("plan", result.plan);
  json.text("engine_version", engine_version());
  json.integer("engine_semantics", kEngineSemanticsVersion);
  json.end_object();
  return json.take();
}

}  // namespace peak
