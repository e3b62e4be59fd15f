// NarrowColumn: a column in as few bytes as its values allow, each of which comes back as the same bits.
//
// Forms
//     plain       as it was: numbers that no other form holds
//     constant    one value
//     steps       whole numbers and times that rise by the same amount: the first and the step
//     whole       distances of 1, 2 or 4 bytes from the smallest; times in the largest unit that holds all of them
//     deltas      distances of 1, 2 or 4 bytes from the row before, with a full value every 1,024 rows
//     codes       up to 65,536 different values, each once, and codes of 1 or 2 bytes
//     runs        values that stay for many rows: each once, with the row where it begins
//     sparse      one value nearly everywhere: the others with their rows
//     float32     numbers that are each a float32
// Decimals (prices) are scaled to whole numbers, `places` tells by how many digits, and texts are codes into a
// dictionary; both then take any of these forms. The form is the one of the fewest bytes, and it is checked that each
// value comes back.
//
// Reading     any row costs at most a block of 1,024; whole columns come back at gigabytes a second. Sums, extremes,
// the
//             places of times are found without making the column wide again: read() fills a block that stays in the
//             processor's cache.
// Missing     NaN (one kind: the usual quiet one; a column with others stays plain), kNoTime, code -1.
// Threads     immutable; may be read by many threads. Copies share their memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/table/column.hpp"

namespace peak {

enum class NarrowForm : unsigned char {
  kPlain,
  kConstant,
  kSteps,
  kWhole,
  kDeltas,
  kCodes,
  kRuns,
  kSparse,
  kFloat32,
};

/// "plain", "constant", "steps", "whole", "deltas", "codes", "runs", "sparse", "float32".
const char* narrow_form_name(NarrowForm form) noexcept;

class NarrowColumn {
 public:
  /// Looks at every value. A plain column shares the memory of `column`, all others have their own.
  explicit NarrowColumn(const Column& column);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] ColumnType type() const noexcept { return type_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] NarrowForm form() const noexcept { return form_; }
  /// By how many digits decimals are scaled to whole numbers; -1 for what is not.
  [[nodiscard]] int places() const noexcept { return places_; }
  /// Of the values in this form, their dictionary included.
  [[nodiscard]] std::size_t size_bytes() const noexcept;

  /// Rows [first, first + values.size()), which must lie inside, of a float64 column.
  void read(std::size_t first, std::span<double> values) const;
  /// The same of an int64 or time column.
  void read(std::size_t first, std::span<std::int64_t> values) const;
  /// The same of a text column's codes, and of bools as 0 and 1.
  void read(std::size_t first, std::span<std::int32_t> codes) const;

  /// The column, or rows [first, first + count) of it, as it was.
  [[nodiscard]] Column widen() const { return widen(0, size_); }
  [[nodiscard]] Column widen(std::size_t first, std::size_t count) const;

  /// Of a time column in order: the first row that is not before `time`; size() if there is none.
  [[nodiscard]] std::size_t first_at_or_after(Nanoseconds time) const;

 private:
  friend class NarrowMaker;

  void read_whole(std::size_t first, std::span<std::int64_t> values) const;
  void read_deltas(std::size_t first, std::span<std::int64_t> values) const;
  void read_runs(std::size_t first, std::span<std::int64_t> values) const;
  void read_sparse(std::size_t first, std::span<std::int64_t> values) const;

  std::string name_;
  ColumnType type_ = ColumnType::kFloat64;
  NarrowForm form_ = NarrowForm::kPlain;
  std::int8_t places_ = -1;
  bool has_missing_ = false;
  std::uint8_t width_ = 0;  ///< bytes of a distance or code
  std::size_t size_ = 0;
  std::int64_t base_ = 0;  ///< what distances are from; the first of steps; what a sparse column is full of
  std::int64_t unit_ = 1;  ///< of distances; the step of steps
  Column plain_;
  std::shared_ptr<const std::vector<std::uint8_t>> narrow_;  ///< distances or codes, `width_` bytes each; float32
  std::shared_ptr<const std::vector<std::int64_t>> values_;  ///< a dictionary; values of runs; full values
  std::shared_ptr<const std::vector<std::uint32_t>> rows_;   ///< where runs begin; where a sparse column's values are
  Column::Dictionary texts_;
};

/// Columns of equal length in narrow form.
struct NarrowTable {
  std::vector<NarrowColumn> columns;

  [[nodiscard]] std::size_t rows() const noexcept { return columns.empty() ? 0 : columns.front().size(); }
  [[nodiscard]] std::size_t size_bytes() const noexcept;
  /// As Table::find.
  [[nodiscard]] const NarrowColumn* find(std::string_view name) const noexcept;
  [[nodiscard]] Table widen() const { return widen(0, rows()); }
  [[nodiscard]] Table widen(std::size_t first, std::size_t count) const;
};

[[nodiscard]] NarrowTable narrow(const Table& table);

/// What a column of numbers comes to without its missing ones, block by block on the narrow form. The sum is exact and
/// rounded once (base/exact_sum.hpp); without values it is 0 and the extremes are NaN.
struct ColumnSummary {
  std::size_t present = 0, missing = 0;
  double sum = 0, minimum = 0, maximum = 0;
};

/// kInvalidArgument for a column that holds no numbers.
[[nodiscard]] Result<ColumnSummary> summary(const NarrowColumn& column);

}  // namespace peak
