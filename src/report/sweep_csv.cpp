#include <optional>
#include <utility>

#include "report/csv_text.hpp"
#include "report/sweep_form.hpp"
#include "report/sweep_rows.hpp"
#include "report/whole_file.hpp"

namespace peak::report {
namespace {

constexpr std::size_t kPiece = 1 << 18;  // bytes of text that are kept before they are written

class SweepCsv final : public SweepForm {
 public:
  explicit SweepCsv(const std::string& path) : path_(path) {}

  [[nodiscard]] bool can_begin_again() const override { return file_->is_beside(); }

  Status begin() override {
    file_.reset();
    PEAK_ASSIGN_OR_RETURN(file_, WholeFile::create(path_));
    has_head_ = false;
    return {};
  }

  Status append(const SweepGroup& group) override {
    if (!has_head_) add_head(group);
    for (const std::uint64_t row : group.rows) {
      add_row(group, row);
      if (csv_.size() >= kPiece) PEAK_RETURN_IF_ERROR(file_->append(csv_.take()));
    }
    return file_->append(csv_.take());
  }

  Status commit() override { return file_->commit(); }

 private:
  void add_head(const SweepGroup& group) {
    has_head_ = true;
    symbol_ = shows_symbol(group.result);
    window_ = shows_window(group.result);
    if (symbol_) csv_.text("symbol");
    if (window_) csv_.text("window");
    for (const GridAxis& axis : group.result.grid.axes()) csv_.text(axis.name());
    for (const Metric metric : group.result.metrics) csv_.text(metric_info(metric).name);
    if (group.errors) csv_.text("error");
    csv_.end_line();
  }

  void add_row(const SweepGroup& group, std::uint64_t row) {
    const SweepResult& result = group.result;
    const SweepMarket& market = result.markets[result.market_of(row)];
    if (symbol_) csv_.text(market.symbol);
    if (window_) csv_.text(market.window);
    for (std::size_t axis = 0; axis < result.grid.axes().size(); ++axis) {
      if (result.grid.axes()[axis].is_text()) {
        csv_.text(result.parameter_text(row, axis));
      } else {
        csv_.number(result.parameter(row, axis));
      }
    }
    for (std::size_t column = 0; column < result.metrics.size(); ++column) csv_.number(result.value(row, column));
    if (group.errors) {
      const std::string* failure = group.failure_of(row);
      csv_.text(failure == nullptr ? std::string_view() : std::string_view(*failure));
    }
    csv_.end_line();
  }

  std::string path_;
  std::optional<WholeFile> file_;
  CsvText csv_;
  bool has_head_ = false, symbol_ = false, window_ = false;
};

}  // namespace

std::unique_ptr<SweepForm> make_sweep_csv(const std::string& path) { return std::make_unique<SweepCsv>(path); }

}  // namespace peak::report
