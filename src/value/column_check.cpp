#include "value/column_check.hpp"

#include <charconv>
#include <cstring>
#include <limits>

namespace peak::value {
namespace {

using Form = ColumnLayout::Form;

std::int64_t number_after(std::string_view format, std::size_t place) noexcept {
  std::int64_t number = -1;
  const char* const end = format.data() + format.size();
  if (place >= format.size() || std::from_chars(format.data() + place, end, number).ptr != end) return -1;
  return number;
}

ColumnLayout fixed(std::int64_t width, bool integer = false) { return {Form::kFixed, width, false, integer}; }

/// "d:19,10" has 128 bits, "d:19,10,256" as many as it says.
ColumnLayout decimal_layout(std::string_view format) noexcept {
  const std::size_t comma = format.find(',');
  const std::size_t second = comma == format.npos ? format.npos : format.find(',', comma + 1);
  const std::int64_t bits = second == format.npos ? 128 : number_after(format, second + 1);
  if (comma == format.npos || (bits != 32 && bits != 64 && bits != 128 && bits != 256)) return {};
  return fixed(bits / 8);
}

ColumnLayout time_layout(std::string_view format) noexcept {
  if (format == "tdD" || format == "tts" || format == "ttm" || format == "tiM") return fixed(4);
  if (format == "tdm" || format == "ttu" || format == "ttn" || format == "tiD") return fixed(8);
  if (format == "tin") return fixed(16);
  if (format.size() >= 3 && (format[1] == 's' || format[1] == 'D') && std::strchr("smun", format[2]) != nullptr) {
    return fixed(8);
  }
  return {};
}

ColumnLayout nested_layout(std::string_view format) noexcept {
  if (format == "+l") return {Form::kList, 0, false, false};
  if (format == "+L") return {Form::kList, 0, true, false};
  if (format == "+s") return {Form::kStruct, 0, false, false};
  const std::int64_t size = format.starts_with("+w:") ? number_after(format, 3) : -1;
  if (size >= 0 && size <= std::numeric_limits<std::int32_t>::max()) return {Form::kFixedSizeList, size, false, false};
  return {};
}

Error broken(const char* what) { return bad_data(what); }

const std::byte* data_of(const ArrowNode& column, std::size_t index, const std::vector<ByteRun>& buffers) {
  const std::int64_t buffer = column.buffers[index];
  return buffer < 0 ? nullptr : buffers[static_cast<std::size_t>(buffer)].data;
}

/// Whether buffer `index` of the column is there with at least `bytes` (one that is not needed may be missing).
bool holds(const ArrowNode& column, std::size_t index, std::int64_t bytes, const std::vector<ByteRun>& buffers) {
  const std::int64_t buffer = column.buffers[index];
  if (buffer < 0) return bytes == 0;
  return buffers[static_cast<std::size_t>(buffer)].size >= static_cast<std::uint64_t>(bytes);
}

template <typename Offset>
Status check_offsets(const std::byte* data, std::int64_t length, std::int64_t limit) {
  Offset before = 0;
  std::memcpy(&before, data, sizeof before);
  bool good = before >= 0;
  for (std::int64_t i = 1; i <= length; ++i) {
    Offset next = 0;
    std::memcpy(&next, data + static_cast<std::size_t>(i) * sizeof next, sizeof next);
    good &= next >= before;
    before = next;
  }
  if (!good || before > limit) return broken("offsets that point outside");
  return {};
}

Status check_offsets(const ArrowNode& column, const ColumnLayout& layout, std::int64_t limit,
                     const std::vector<ByteRun>& buffers) {
  const std::int64_t width = layout.large_offsets ? 8 : 4;
  if (column.length == 0 && column.buffers[1] < 0) return {};
  if (!holds(column, 1, (column.length + 1) * width, buffers)) return broken("offsets are missing");
  const std::byte* const data = data_of(column, 1, buffers);
  return layout.large_offsets ? check_offsets<std::int64_t>(data, column.length, limit)
                              : check_offsets<std::int32_t>(data, column.length, limit);
}

bool is_valid(const std::byte* validity, std::int64_t row) {
  return validity == nullptr || (std::to_integer<unsigned>(validity[row / 8]) >> (row % 8) & 1U) != 0;
}

/// Dictionary indices of valid rows lie in the dictionary. Format "c" is int8, "C" uint8 and so on.
Status check_indices(const ArrowNode& column, const ColumnLayout& layout, const std::vector<ByteRun>& buffers) {
  const std::byte* const validity = data_of(column, 0, buffers);
  const std::byte* const data = data_of(column, 1, buffers);
  const auto width = static_cast<std::size_t>(layout.width);
  const bool is_signed = column.format[0] >= 'a';
  const unsigned spare = 64 - 8 * static_cast<unsigned>(width);
  const auto limit = static_cast<std::uint64_t>(column.dictionary[0].length);
  for (std::int64_t row = 0; row < column.length; ++row) {
    if (!is_valid(validity, row)) continue;
    std::uint64_t index = 0;
    std::memcpy(&index, data + static_cast<std::size_t>(row) * width, width);
    const bool negative = is_signed && spare != 64 && (index << spare >> 63) != 0;
    if (negative || index >= limit) return broken("a dictionary index outside the dictionary");
  }
  return {};
}

Status check_children(const ArrowNode& column, const ColumnLayout& layout, const std::vector<ByteRun>& buffers) {
  const bool list = layout.form == Form::kList || layout.form == Form::kFixedSizeList;
  if (list && column.children.size() != 1) return broken("a list without its one child");
  if (!list && layout.form != Form::kStruct && !column.children.empty()) return broken("children where none belong");
  for (const ArrowNode& child : column.children) {
    std::int64_t needed = layout.form == Form::kStruct ? column.length : 0;
    if (layout.form == Form::kFixedSizeList && __builtin_mul_overflow(column.length, layout.width, &needed)) {
      return broken("a list too large");
    }
    if (child.length < needed) return broken("a child with too few rows");
    PEAK_RETURN_IF_ERROR(check_column(child, buffers));
  }
  return {};
}

Status check_values(const ArrowNode& column, const ColumnLayout& layout, const std::vector<ByteRun>& buffers) {
  switch (layout.form) {
    case Form::kFixed: {
      std::int64_t bytes = 0;
      if (__builtin_mul_overflow(column.length, layout.width, &bytes) || !holds(column, 1, bytes, buffers)) {
        return broken("fewer values than rows");
      }
      return {};
    }
    case Form::kBits:
      if (!holds(column, 1, (column.length + 7) / 8, buffers)) return broken("fewer values than rows");
      return {};
    case Form::kVariable: {
      const std::int64_t index = column.buffers[2];
      const auto size = index < 0 ? 0 : static_cast<std::int64_t>(buffers[static_cast<std::size_t>(index)].size);
      return check_offsets(column, layout, size, buffers);
    }
    case Form::kList:
      return check_offsets(column, layout, column.children.empty() ? 0 : column.children[0].length, buffers);
    default: return {};
  }
}

}  // namespace

ColumnLayout column_layout(std::string_view format) noexcept {
  if (format.empty()) return {};
  if (format.size() == 1) {
    switch (format[0]) {
      case 'n': return {Form::kNull, 0, false, false};
      case 'b': return {Form::kBits, 0, false, false};
      case 'c':
      case 'C': return fixed(1, true);
      case 's':
      case 'S': return fixed(2, true);
      case 'i':
      case 'I': return fixed(4, true);
      case 'l':
      case 'L': return fixed(8, true);
      case 'e': return fixed(2);
      case 'f': return fixed(4);
      case 'g': return fixed(8);
      case 'u':
      case 'z': return {Form::kVariable, 0, false, false};
      case 'U':
      case 'Z': return {Form::kVariable, 0, true, false};
      default: return {};
    }
  }
  if (format.starts_with("d:")) return decimal_layout(format);
  if (format.starts_with("w:")) {
    const std::int64_t width = number_after(format, 2);
    return width > 0 && width <= std::numeric_limits<std::int32_t>::max() ? fixed(width) : ColumnLayout{};
  }
  if (format[0] == 't') return time_layout(format);
  if (format[0] == '+') return nested_layout(format);
  return {};
}

Status check_column(const ArrowNode& column, const std::vector<ByteRun>& buffers) {
  const ColumnLayout layout = column_layout(column.format);
  if (layout.form == Form::kUnknown) return broken("an unknown type");
  if (column.buffers.size() != layout.buffers()) return broken("a wrong number of buffers");
  PEAK_RETURN_IF_ERROR(check_metadata(column.metadata));
  if (column.null_count > column.length) return broken("more missing values than rows");
  if (layout.form == Form::kNull) {
    if (!column.children.empty() || !column.dictionary.empty()) return broken("children where none belong");
    return {};
  }
  if (column.null_count != 0 && column.buffers[0] < 0) return broken("missing values without a bitmap");
  if (column.buffers[0] >= 0 && !holds(column, 0, (column.length + 7) / 8, buffers)) return broken("a short bitmap");
  PEAK_RETURN_IF_ERROR(check_children(column, layout, buffers));
  PEAK_RETURN_IF_ERROR(check_values(column, layout, buffers));
  if (column.dictionary.empty()) return {};
  if (!layout.integer) return broken("a dictionary whose indices are no integers");
  PEAK_RETURN_IF_ERROR(check_column(column.dictionary[0], buffers));
  return check_indices(column, layout, buffers);
}

Status check_metadata(std::string_view metadata) {
  if (metadata.empty()) return {};
  const auto take = [&metadata](std::int32_t& number) {
    if (metadata.size() < sizeof number) return false;
    std::memcpy(&number, metadata.data(), sizeof number);
    metadata.remove_prefix(sizeof number);
    return number >= 0;
  };
  std::int32_t pairs = 0;
  if (!take(pairs)) return broken("metadata that end too early");
  for (std::int64_t i = 0; i < 2 * std::int64_t{pairs}; ++i) {
    std::int32_t size = 0;
    if (!take(size) || static_cast<std::size_t>(size) > metadata.size()) return broken("metadata that end too early");
    metadata.remove_prefix(static_cast<std::size_t>(size));
  }
  if (!metadata.empty()) return broken("bytes after the metadata");
  return {};
}

}  // namespace peak::value
