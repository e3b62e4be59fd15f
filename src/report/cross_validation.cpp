#include <algorithm>

#include "peak/report/studies.hpp"
#include "report/number_text.hpp"
#include "report/study_source.hpp"

namespace peak {
namespace report {
namespace {

using Layout = JsonWriter::Layout;

void add_parameters(JsonWriter& json, const Grid& grid, std::size_t row) {
  json.begin_object(Layout::kOneLine);
  for (std::size_t axis = 0; axis < grid.axes().size(); ++axis) {
    const GridAxis& values = grid.axes()[axis];
    if (values.is_text()) {
      json.text(values.name(), values.text(grid.index(row, axis)));
    } else {
      json.number(values.name(), grid.value(row, axis));
    }
  }
  json.end_object();
}

}  // namespace
}  // namespace report

std::string cross_validation_json(const CrossValidation& result, const Grid& grid, const StudySource& source) {
  using report::JsonWriter;
  JsonWriter json({});
  report::begin_study(json, source);
  report::count(json, "combinations", result.combinations);
  json.number("periods_per_year", result.periods_per_year);
  json.number("mean_sharpe", result.mean_sharpe);
  json.number("deviation_sharpe", result.deviation_sharpe);
  json.number("negative_share", result.negative_share);
  json.number("mean_train_sharpe", result.mean_train_sharpe);
  json.key("paths");
  json.begin_array();
  for (const CrossValidationPath& path : result.paths) {
    json.begin_object(report::Layout::kOneLine);
    json.number("sharpe", path.sharpe);
    json.number("total_return", path.total_return);
    json.number("max_drawdown", path.max_drawdown);
    json.end_object();
  }
  json.end_array();
  json.key("splits");
  json.begin_array();
  for (const CrossValidationSplit& split : result.splits) {
    json.begin_object(report::Layout::kOneLine);
    json.key("test_groups");
    json.begin_array(report::Layout::kOneLine);
    for (const std::size_t group : split.test) json.integer(static_cast<std::int64_t>(group));
    json.end_array();
    json.key("params");
    report::add_parameters(json, grid, split.row);
    json.number("train_sharpe", split.train_sharpe);
    json.number("test_sharpe", split.test_sharpe);
    json.end_object();
  }
  json.end_array();
  return report::end_study(json);
}

std::string format_cross_validation(const CrossValidation& result, const TextStyle& style) {
  using report::grouped_text;
  using report::percent_text;
  std::string text = std::to_string(result.combinations) + " combinations, " + std::to_string(result.splits.size()) +
                     " splits, " + std::to_string(result.paths.size()) + " paths out of sample\n\n";
  TextTable table({{.title = "path"},
                   report::number_column("Sharpe"),
                   report::number_column("return"),
                   report::number_column("drawdown")});
  std::vector<const CrossValidationPath*> paths;
  for (const CrossValidationPath& path : result.paths) paths.push_back(&path);
  std::stable_sort(paths.begin(), paths.end(), [](const auto* a, const auto* b) { return a->sharpe < b->sharpe; });
  const auto add = [&](const char* name, const CrossValidationPath& path) {
    table.add_row(
        {name, grouped_text(path.sharpe, 2), percent_text(path.total_return), percent_text(path.max_drawdown)});
  };
  add("worst", *paths.front());
  add("median", *paths[paths.size() / 2]);
  add("best", *paths.back());
  text += table.render(style) + "\nSharpe ratio on average " + grouped_text(result.mean_sharpe, 2) +
          " out of sample, deviation " + grouped_text(result.deviation_sharpe, 2) + "; " +
          grouped_text(result.mean_train_sharpe, 2) + " in training. " + percent_text(result.negative_share) +
          " of the paths are at or below zero.\n";
  return text;
}

}  // namespace peak
