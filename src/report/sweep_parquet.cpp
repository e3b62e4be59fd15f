#include <memory>
#include <utility>
#include <vector>

#include "peak/io/write.hpp"
#include "report/sweep_form.hpp"
#include "report/sweep_rows.hpp"

namespace peak::report {
namespace {

/// A group of rows as columns.
class SweepColumns {
 public:
  explicit SweepColumns(const SweepGroup& group) : group_(group), result_(group.result), rows_(group.rows) {}

  [[nodiscard]] Table make() {
    const auto market_of = [&](std::uint64_t row) -> const SweepMarket& {
      return result_.markets[result_.market_of(row)];
    };
    if (shows_symbol(result_)) add_texts("symbol", [&](std::uint64_t row) { return &market_of(row).symbol; });
    if (shows_window(result_)) add_texts("window", [&](std::uint64_t row) { return &market_of(row).window; });
    for (std::size_t axis = 0; axis < result_.grid.axes().size(); ++axis) {
      const GridAxis& values = result_.grid.axes()[axis];
      if (values.is_text()) {
        add_words(axis);
      } else {
        add_numbers(values.name(), [&](std::uint64_t row) { return result_.parameter(row, axis); });
      }
    }
    for (std::size_t column = 0; column < result_.metrics.size(); ++column) {
      add_numbers(metric_info(result_.metrics[column]).name,
                  [&](std::uint64_t row) { return result_.value(row, column); });
    }
    if (group_.errors) add_texts("error", [&](std::uint64_t row) { return group_.failure_of(row); });
    return std::move(table_);
  }

 private:
  template <typename Get>
  void add_numbers(const std::string& name, Get get) {
    std::vector<double> values(rows_.size());
    for (std::size_t i = 0; i < rows_.size(); ++i) values[i] = get(rows_[i]);
    table_.columns.push_back(Column::own(name, std::move(values)));
  }

  template <typename Get>
  void add_texts(const char* name, Get get) {
    std::vector<std::int32_t> codes(rows_.size());
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const std::string* text = get(rows_[i]);
      if (text != nullptr && (texts.empty() || texts.back() != *text)) texts.push_back(*text);
      codes[i] = text == nullptr ? -1 : static_cast<std::int32_t>(texts.size()) - 1;
    }
    table_.columns.push_back(Column::own(name, std::move(codes), std::move(texts)));
  }

  void add_words(std::size_t axis) {
    const GridAxis& values = result_.grid.axes()[axis];
    std::vector<std::int32_t> codes(rows_.size());
    std::vector<std::string> texts;
    for (std::uint64_t i = 0; i < values.size(); ++i) texts.push_back(values.text(i));
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      codes[i] = static_cast<std::int32_t>(result_.grid.index(rows_[i] % result_.grid.size(), axis));
    }
    table_.columns.push_back(Column::own(values.name(), std::move(codes), std::move(texts)));
  }

  const SweepGroup& group_;
  const SweepResult& result_;
  std::span<const std::uint64_t> rows_;
  Table table_;
};

class SweepParquet final : public SweepForm {
 public:
  explicit SweepParquet(const std::string& path) : path_(path) {}

  [[nodiscard]] bool can_begin_again() const override { return true; }
  Status begin() override {
    file_.reset();
    PEAK_ASSIGN_OR_RETURN(file_, io::ParquetFile::create(path_));
    return {};
  }
  Status append(const SweepGroup& group) override { return file_->append(SweepColumns(group).make()); }
  Status commit() override { return file_->commit(); }

 private:
  std::string path_;
  std::unique_ptr<io::ParquetFile> file_;
};

}  // namespace

std::unique_ptr<SweepForm> make_sweep_parquet(const std::string& path) { return std::make_unique<SweepParquet>(path); }

}  // namespace peak::report
