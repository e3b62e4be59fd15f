// CSV column: one column's memory while a file is being read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/csv_parse.hpp"
#include "peak/table/column.hpp"

namespace peak::io {

/// Room for `rows` values of eight bytes (codes of text take four); nothing is set to zero beforehand.
class CsvColumn {
 public:
  CsvColumn(const ColumnPlan& plan, std::size_t rows);

  /// The rows from `first` on, to be filled by itself: the same memory, a dictionary of its own.
  [[nodiscard]] CsvColumn part(std::size_t first) const;
  /// Takes over what parts of `rows` rows each have found, the first rows first; all are filled.
  void join(const std::vector<const CsvColumn*>& parts, const std::vector<std::size_t>& rows);

  [[nodiscard]] CellKind kind() const noexcept { return kind_; }
  /// False if there was no memory for the column; nothing may be stored then.
  [[nodiscard]] bool has_memory() const noexcept {
    return kind_ == CellKind::kClock || kind_ == CellKind::kSkipped || floats_ != nullptr || integers_ != nullptr ||
           codes_ != nullptr;
  }
  [[nodiscard]] double* floats() noexcept { return floats_.get(); }
  [[nodiscard]] std::int64_t* integers() noexcept { return integers_.get(); }
  [[nodiscard]] TimeParser& time() noexcept { return time_; }
  [[nodiscard]] const TimeParser& time() const noexcept { return time_; }
  [[nodiscard]] std::size_t missing() const noexcept { return missing_; }

  /// A cell of any kind but clock, as trimmed text without quotes; false if it does not fit.
  bool store(std::size_t row, std::string_view text);
  /// A date whose clock has been seen too.
  bool store_time(std::size_t row, std::string_view date, std::string_view clock);

  /// The column of the first `rows` values.
  [[nodiscard]] Column finish(std::size_t rows) &&;

 private:
  bool store_missing(std::size_t row);
  std::int32_t code_of(std::string_view text);

  std::string name_;
  CellKind kind_;
  TimeParser time_;
  std::shared_ptr<double[]> floats_;
  std::shared_ptr<std::int64_t[]> integers_;
  std::shared_ptr<std::int32_t[]> codes_;
  std::shared_ptr<std::vector<std::string>> dictionary_;
  std::unordered_map<std::string, std::int32_t> code_by_text_;
  std::string last_text_;
  std::int32_t last_code_ = -1;
  std::size_t missing_ = 0;
};

}  // namespace peak::io
