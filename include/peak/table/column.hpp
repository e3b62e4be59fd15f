// Column and Table: named, typed, immutable runs of values that may belong to anyone.
//
// A Column points at memory and keeps its owner alive (a vector, a mapped file, a numpy array, an Arrow buffer), so
// columns go from file to engine to Python without a copy. Missing numbers are NaN, missing times are kNoTime,
// missing text has code -1: no separate validity bitmap inside the engine.
//
// Threads: immutable after construction, may be read by many threads. Copying a Column copies a pointer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "peak/base/time.hpp"

namespace peak {

enum class ColumnType : unsigned char {
  kFloat64,  ///< double
  kInt64,    ///< std::int64_t
  kTime,     ///< Nanoseconds, UTC
  kBool,     ///< std::uint8_t, 0 or 1
  kText,     ///< std::int32_t codes into dictionary()
};

/// "float64", "int64", "time", "bool", "text".
const char* column_type_name(ColumnType type) noexcept;

class Column {
 public:
  using Owner = std::shared_ptr<const void>;
  using Dictionary = std::shared_ptr<const std::vector<std::string>>;

  Column() = default;
  /// Views that keep `owner` alive; `owner` may be null for memory that outlives everything.
  Column(std::string name, std::span<const double> values, Owner owner);
  Column(std::string name, std::span<const std::int64_t> values, Owner owner, ColumnType type = ColumnType::kInt64);
  Column(std::string name, std::span<const std::uint8_t> values, Owner owner);
  Column(std::string name, std::span<const std::int32_t> codes, Dictionary dictionary, Owner owner);

  /// Columns that take a vector over.
  static Column own(std::string name, std::vector<double> values);
  static Column own(std::string name, std::vector<std::int64_t> values, ColumnType type = ColumnType::kInt64);
  static Column own(std::string name, std::vector<std::uint8_t> values);
  static Column own(std::string name, std::vector<std::int32_t> codes, std::vector<std::string> dictionary);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] ColumnType type() const noexcept { return type_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const Owner& owner() const noexcept { return owner_; }
  [[nodiscard]] std::size_t size_bytes() const noexcept;

  /// The values; each may be called only on a column of that type (int64s also on a time column).
  [[nodiscard]] std::span<const double> float64s() const noexcept { return {static_cast<const double*>(data_), size_}; }
  [[nodiscard]] std::span<const std::int64_t> int64s() const noexcept {
    return {static_cast<const std::int64_t*>(data_), size_};
  }
  [[nodiscard]] std::span<const std::uint8_t> bools() const noexcept {
    return {static_cast<const std::uint8_t*>(data_), size_};
  }
  [[nodiscard]] std::span<const std::int32_t> codes() const noexcept {
    return {static_cast<const std::int32_t*>(data_), size_};
  }
  [[nodiscard]] const Dictionary& dictionary() const noexcept { return dictionary_; }

  [[nodiscard]] Column renamed(std::string name) const&;
  [[nodiscard]] Column renamed(std::string name) &&;
  /// Rows [first, first + count), without a copy; the range must lie inside.
  [[nodiscard]] Column slice(std::size_t first, std::size_t count) const;
  /// The numbers of a float64, int64 or bool column as float64: itself without a copy if it is float64 already.
  [[nodiscard]] Column as_float64() const;

 private:
  std::string name_;
  const void* data_ = nullptr;
  std::size_t size_ = 0;
  Owner owner_;
  Dictionary dictionary_;
  ColumnType type_ = ColumnType::kFloat64;
};

/// Columns of equal length. An aggregate: whoever builds one keeps the lengths equal.
struct Table {
  std::vector<Column> columns;

  [[nodiscard]] std::size_t rows() const noexcept { return columns.empty() ? 0 : columns.front().size(); }
  /// The column of that name: exact match first, then without regard to case; null if there is none.
  [[nodiscard]] const Column* find(std::string_view name) const noexcept;
};

}  // namespace peak
