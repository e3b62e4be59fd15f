#include <limits>
#include <utility>
#include <vector>

#include "peak/io/write.hpp"
#include "report/sweep_rows.hpp"

namespace peak {
namespace {

/// Finished rows of a sweep as columns, part by part.
class SweepTable {
 public:
  explicit SweepTable(const SweepResult& result) : result_(result) {
    if (result.complete()) return;
    for (std::uint64_t row = 0; row < result.rows(); ++row) {
      if (result.is_finished(row)) finished_.push_back(row);
    }
  }
  [[nodiscard]] std::uint64_t rows() const { return result_.complete() ? result_.rows() : finished_.size(); }

  [[nodiscard]] Table part(std::uint64_t first, std::uint64_t count) const {
    Table table;
    const auto row_at = [&](std::uint64_t i) { return result_.complete() ? first + i : finished_[first + i]; };
    const auto add_numbers = [&](const std::string& name, auto get) {
      std::vector<double> values(count);
      for (std::uint64_t i = 0; i < count; ++i) values[i] = get(row_at(i));
      table.columns.push_back(Column::own(name, std::move(values)));
    };
    const auto add_texts = [&](const char* name, auto get) {
      std::vector<std::int32_t> codes(count);
      std::vector<std::string> texts;
      for (std::uint64_t i = 0; i < count; ++i) {
        const std::string* text = get(row_at(i));
        if (text != nullptr && (texts.empty() || texts.back() != *text)) texts.push_back(*text);
        codes[i] = text == nullptr ? -1 : static_cast<std::int32_t>(texts.size()) - 1;
      }
      table.columns.push_back(Column::own(name, std::move(codes), std::move(texts)));
    };
    const auto market_of = [&](std::uint64_t row) -> const SweepMarket& {
      return result_.markets[result_.market_of(row)];
    };
    if (report::shows_symbol(result_)) add_texts("symbol", [&](std::uint64_t row) { return &market_of(row).symbol; });
    if (report::shows_window(result_)) add_texts("window", [&](std::uint64_t row) { return &market_of(row).window; });
    for (std::size_t axis = 0; axis < result_.grid.axes().size(); ++axis) {
      const GridAxis& values = result_.grid.axes()[axis];
      if (values.is_text()) {
        add_words(
            table, values, [&](std::uint64_t i) { return result_.grid.index(row_at(i) % result_.grid.size(), axis); },
            count);
        continue;
      }
      add_numbers(values.name(), [&](std::uint64_t row) { return result_.parameter(row, axis); });
    }
    for (std::size_t column = 0; column < result_.metrics.size(); ++column) {
      add_numbers(metric_info(result_.metrics[column]).name,
                  [&](std::uint64_t row) { return result_.value(row, column); });
    }
    if (!result_.failures.empty()) {
      add_texts("error", [&](std::uint64_t row) { return report::failure_of(result_, row); });
    }
    return table;
  }

 private:
  template <typename Index>
  static void add_words(Table& table, const GridAxis& axis, Index index_of, std::uint64_t count) {
    std::vector<std::int32_t> codes(count);
    std::vector<std::string> texts;
    for (std::uint64_t i = 0; i < axis.size(); ++i) texts.push_back(axis.text(i));
    for (std::uint64_t i = 0; i < count; ++i) codes[i] = static_cast<std::int32_t>(index_of(i));
    table.columns.push_back(Column::own(axis.name(), std::move(codes), std::move(texts)));
  }

  const SweepResult& result_;
  std::vector<std::uint64_t> finished_;  // of a sweep that was stopped
};

}  // namespace

Status write_sweep(const SweepResult& result, const std::string& path) {
  if (!path.ends_with(".parquet")) return write_sweep_csv(result, path);
  const SweepTable table(result);
  return io::write_parquet(path, table.rows(), [&](std::uint64_t first, std::uint64_t count) -> Result<Table> {
    return table.part(first, count);
  });
}

}  // namespace peak
