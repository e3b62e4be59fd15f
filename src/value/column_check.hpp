// Column check: whether a column in Arrow's layout keeps Arrow's rules, so that whoever reads it stays within its
// buffers.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/value/encoder.hpp"

namespace peak::value {

/// How the values of a format lie in memory.
struct ColumnLayout {
  enum class Form : unsigned char {
    kUnknown,
    kNull,           ///< no buffers
    kFixed,          ///< validity, values of `width` bytes
    kBits,           ///< validity, one bit a value
    kVariable,       ///< validity, offsets, bytes
    kList,           ///< validity, offsets; one child
    kFixedSizeList,  ///< validity; one child with `width` values to each
    kStruct,         ///< validity; children
  };
  Form form = Form::kUnknown;
  std::int64_t width = 0;      ///< bytes of a value; values of a fixed-size list
  bool large_offsets = false;  ///< offsets of eight bytes instead of four
  bool integer = false;        ///< may be the index of a dictionary
  [[nodiscard]] std::size_t buffers() const noexcept {
    return form == Form::kNull                                     ? 0
           : form == Form::kVariable                               ? 3
           : form == Form::kStruct || form == Form::kFixedSizeList ? 1
                                                                   : 2;
  }
};

/// The layout of an Arrow format text.
[[nodiscard]] ColumnLayout column_layout(std::string_view format) noexcept;

/// Whether buffers hold what the column says: sizes, offsets in order, dictionary indices within the dictionary.
[[nodiscard]] Status check_column(const ArrowNode& column, const std::vector<ByteRun>& buffers);

/// Whether `metadata` is Arrow's binary key-value form (or empty).
[[nodiscard]] Status check_metadata(std::string_view metadata);

}  // namespace peak::value
