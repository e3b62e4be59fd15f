#include "peak/value/arrow.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "peak/base/buffer.hpp"
#include "value/column_check.hpp"

namespace peak::value {
namespace {

using Form = ColumnLayout::Form;

/// A C structure that is released once, when the last who needs it is gone.
template <typename Struct>
struct Held {
  Struct held;
  explicit Held(Struct& taken) : held(taken) { taken.release = nullptr; }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() {
    if (held.release != nullptr) held.release(&held);
  }
};

/// Bytes of Arrow's key-value metadata, which carry their own lengths.
std::string_view metadata_of(const char* metadata) {
  if (metadata == nullptr) return {};
  std::int32_t pairs = 0;
  std::memcpy(&pairs, metadata, sizeof pairs);
  const char* place = metadata + sizeof pairs;
  for (std::int64_t i = 0; i < 2 * std::int64_t{pairs}; ++i) {
    std::int32_t size = 0;
    std::memcpy(&size, place, sizeof size);
    place += sizeof size + static_cast<std::size_t>(size < 0 ? 0 : size);
  }
  return {metadata, static_cast<std::size_t>(place - metadata)};
}

/// Writes a batch's columns: each from its first row, so that equal content gives equal bytes whatever it was cut from.
class BatchWriter {
 public:
  BatchWriter(std::shared_ptr<const void> owner, Encoder& out) : owner_(std::move(owner)), out_(out) {}

  Status column(const ArrowSchema& schema, const ArrowArray& array, std::int64_t first, std::int64_t length,
                ArrowNode& node) {
    const ColumnLayout layout = column_layout(schema.format);
    node.format = schema.format;
    node.name = schema.name == nullptr ? "" : schema.name;
    node.metadata = metadata_of(schema.metadata);
    node.flags = schema.flags;
    node.length = length;
    if (layout.form == Form::kUnknown) {
      return unsupported("column '" + node.name + "': Arrow's type '" + node.format +
                         "' cannot be stored; turn it into a plain type first");
    }
    if (array.n_buffers != static_cast<std::int64_t>(layout.buffers()) || array.n_children != schema.n_children ||
        first < 0 || length < 0) {
      return bad_data("column '" + node.name + "': the array is not of its type");
    }
    first += array.offset;
    if (layout.form != Form::kNull) node.buffers.push_back(validity(array, first, node));
    PEAK_RETURN_IF_ERROR(values(schema, array, layout, first, node));
    if (schema.dictionary == nullptr) return {};
    if (array.dictionary == nullptr) return bad_data("column '" + node.name + "': the dictionary is missing");
    return column(*schema.dictionary, *array.dictionary, 0, array.dictionary->length, node.dictionary.emplace_back());
  }

 private:
  const std::byte* buffer(const ArrowArray& array, std::size_t index) const {
    return static_cast<const std::byte*>(array.buffers[index]);
  }

  /// Bits [first, first + length) from bit 0 on, with zeros after the last.
  ByteRun bits(const std::byte* data, std::int64_t first, std::int64_t length) const {
    const auto size = static_cast<std::size_t>((length + 7) / 8);
    const std::byte* const start = data + first / 8;
    const unsigned spare = static_cast<unsigned>(8 * size) - static_cast<unsigned>(length);
    const bool clean = size == 0 || spare == 0 || (std::to_integer<unsigned>(start[size - 1]) >> (8 - spare)) == 0;
    if (first % 8 == 0 && clean) return {start, size, owner_};
    std::string copy(size, '\0');
    for (std::int64_t i = 0; i < length; ++i) {
      const std::int64_t bit = first + i;
      if ((std::to_integer<unsigned>(data[bit / 8]) >> (bit % 8) & 1U) == 0) continue;
      char& target = copy[static_cast<std::size_t>(i / 8)];
      target = static_cast<char>(static_cast<unsigned char>(target) | 1U << (i % 8));
    }
    return ByteRun::own(std::move(copy));
  }

  std::int64_t validity(const ArrowArray& array, std::int64_t first, ArrowNode& node) {
    node.null_count = 0;
    if (array.null_count == 0 || array.buffers[0] == nullptr) return -1;
    ByteRun run = bits(buffer(array, 0), first, node.length);
    std::int64_t valid = 0;
    for (const std::byte byte : run.bytes()) valid += std::popcount(std::to_integer<unsigned>(byte));
    node.null_count = node.length - valid;
    return node.null_count == 0 ? -1 : out_.add_buffer(std::move(run));
  }

  /// Offsets counted from 0, and the part of the values that they name: [begin, end).
  template <typename Offset>
  ByteRun offsets(const std::byte* data, std::int64_t first, std::int64_t length, std::int64_t& begin,
                  std::int64_t& end) const {
    begin = end = 0;
    if (data == nullptr) return ByteRun::own(std::string(sizeof(Offset), '\0'));  // an array without rows
    const auto* const all = reinterpret_cast<const Offset*>(data) + first;
    begin = all[0];
    end = all[length];
    const auto count = static_cast<std::size_t>(length) + 1;
    if (begin == 0) return {reinterpret_cast<const std::byte*>(all), count * sizeof(Offset), owner_};
    std::string copy(count * sizeof(Offset), '\0');
    for (std::size_t i = 0; i < count; ++i) {
      const auto offset = static_cast<Offset>(all[i] - all[0]);
      std::memcpy(copy.data() + i * sizeof offset, &offset, sizeof offset);
    }
    return ByteRun::own(std::move(copy));
  }

  std::int64_t keep_offsets(const ArrowArray& array, const ColumnLayout& layout, std::int64_t first,
                            std::int64_t length, std::int64_t& begin, std::int64_t& end) {
    const std::byte* const data = buffer(array, 1);
    return out_.add_buffer(layout.large_offsets ? offsets<std::int64_t>(data, first, length, begin, end)
                                                : offsets<std::int32_t>(data, first, length, begin, end));
  }

  Status values(const ArrowSchema& schema, const ArrowArray& array, const ColumnLayout& layout, std::int64_t first,
                ArrowNode& node) {
    std::int64_t begin = 0, end = 0;
    switch (layout.form) {
      case Form::kFixed: {
        const std::byte* const data = buffer(array, 1);
        const ByteRun run{data == nullptr ? nullptr : data + first * layout.width,
                          static_cast<std::size_t>(node.length * layout.width), owner_};
        node.buffers.push_back(node.length == 0 ? -1 : out_.add_buffer(run));
        return {};
      }
      case Form::kBits:
        node.buffers.push_back(node.length == 0 ? -1 : out_.add_buffer(bits(buffer(array, 1), first, node.length)));
        return {};
      case Form::kVariable: {
        node.buffers.push_back(keep_offsets(array, layout, first, node.length, begin, end));
        const ByteRun run{end == begin ? nullptr : buffer(array, 2) + begin, static_cast<std::size_t>(end - begin),
                          owner_};
        node.buffers.push_back(end == begin ? -1 : out_.add_buffer(run));
        return {};
      }
      case Form::kList:
        if (array.n_children != 1) return bad_data("column '" + node.name + "': a list without its one child");
        node.buffers.push_back(keep_offsets(array, layout, first, node.length, begin, end));
        return column(*schema.children[0], *array.children[0], begin, end - begin, node.children.emplace_back());
      case Form::kFixedSizeList:
        if (array.n_children != 1) return bad_data("column '" + node.name + "': a list without its one child");
        return column(*schema.children[0], *array.children[0], first * layout.width, node.length * layout.width,
                      node.children.emplace_back());
      case Form::kStruct:
        node.children.resize(static_cast<std::size_t>(array.n_children));
        for (std::size_t i = 0; i < node.children.size(); ++i) {
          PEAK_RETURN_IF_ERROR(column(*schema.children[i], *array.children[i], first, node.length, node.children[i]));
        }
        return {};
      default: return {};
    }
  }

  std::shared_ptr<const void> owner_;
  Encoder& out_;
};

// ---- the way out
// -------------------------------------------------------------------------------------------------------

/// What an exported schema points at.
struct SchemaParts {
  std::string format, name, metadata;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> pointers;
  ArrowSchema dictionary{};
};

/// What an exported array points at.
struct ArrayParts {
  std::array<const void*, 3> buffers{};
  std::vector<std::shared_ptr<const void>> owners;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> pointers;
  ArrowArray dictionary{};
};

template <typename Struct, typename Parts>
void release(Struct* released) {
  auto* const parts = static_cast<Parts*>(released->private_data);
  for (Struct& child : parts->children) {
    if (child.release != nullptr) child.release(&child);
  }
  if (parts->dictionary.release != nullptr) parts->dictionary.release(&parts->dictionary);
  delete parts;
  released->release = nullptr;
}

void fill_schema(const ArrowNode& node, ArrowSchema& schema) {
  auto parts = std::make_unique<SchemaParts>();
  parts->format = node.format;
  parts->name = node.name;
  parts->metadata = node.metadata;
  parts->children.resize(node.children.size());
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    fill_schema(node.children[i], parts->children[i]);
    parts->pointers.push_back(&parts->children[i]);
  }
  if (!node.dictionary.empty()) fill_schema(node.dictionary[0], parts->dictionary);
  schema = {};
  schema.format = parts->format.c_str();
  schema.name = parts->name.c_str();
  schema.metadata = parts->metadata.empty() ? nullptr : parts->metadata.data();
  schema.flags = node.flags;
  schema.n_children = static_cast<std::int64_t>(node.children.size());
  schema.children = parts->pointers.empty() ? nullptr : parts->pointers.data();
  schema.dictionary = node.dictionary.empty() ? nullptr : &parts->dictionary;
  schema.release = &release<ArrowSchema, SchemaParts>;
  schema.private_data = parts.release();
}

/// Stands in for buffers without bytes, which some readers do not expect to be null.
alignas(kBufferAlignment) constexpr std::array<std::byte, kBufferAlignment> kNoBytes{};

void fill_array(const ArrowNode& node, const std::vector<ByteRun>& buffers, ArrowArray& array) {
  auto parts = std::make_unique<ArrayParts>();
  for (std::size_t i = 0; i < node.buffers.size(); ++i) {
    if (node.buffers[i] < 0) {
      parts->buffers[i] = i == 0 ? nullptr : kNoBytes.data();
      continue;
    }
    const ByteRun& run = buffers[static_cast<std::size_t>(node.buffers[i])];
    parts->buffers[i] = run.size == 0 ? kNoBytes.data() : run.data;
    parts->owners.push_back(run.owner);
  }
  parts->children.resize(node.children.size());
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    fill_array(node.children[i], buffers, parts->children[i]);
    parts->pointers.push_back(&parts->children[i]);
  }
  if (!node.dictionary.empty()) fill_array(node.dictionary[0], buffers, parts->dictionary);
  array = {};
  array.length = node.length;
  array.null_count = node.null_count;
  array.n_buffers = static_cast<std::int64_t>(node.buffers.size());
  array.n_children = static_cast<std::int64_t>(node.children.size());
  array.buffers = parts->buffers.data();
  array.children = parts->pointers.empty() ? nullptr : parts->pointers.data();
  array.dictionary = node.dictionary.empty() ? nullptr : &parts->dictionary;
  array.release = &release<ArrowArray, ArrayParts>;
  array.private_data = parts.release();
}

}  // namespace

Status encode_arrow(ArrowSchema& schema, ArrowArray& array, Encoder& encoder) {
  const Held<ArrowSchema> held_schema(schema);
  const auto held_array = std::make_shared<const Held<ArrowArray>>(array);
  const ArrowSchema& type = held_schema.held;
  const ArrowArray& batch = held_array->held;
  if (type.format == nullptr || std::strcmp(type.format, "+s") != 0 || batch.n_children != type.n_children) {
    return bad_data("the array is no record batch");
  }
  BatchWriter writer(held_array, encoder);
  std::vector<ArrowNode> columns(static_cast<std::size_t>(type.n_children));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    PEAK_RETURN_IF_ERROR(writer.column(*type.children[i], *batch.children[i], batch.offset, batch.length, columns[i]));
  }
  encoder.table(batch.length, metadata_of(type.metadata), columns);
  return {};
}

Status arrow_of_table(const TableParts& table, const std::vector<ByteRun>& buffers, ArrowSchema& schema,
                      ArrowArray& array) {
  ArrowNode batch;
  batch.format = "+s";
  batch.metadata = table.metadata;
  batch.length = table.rows;
  batch.buffers = {-1};
  batch.children = table.columns;
  PEAK_RETURN_IF_ERROR(check_column(batch, buffers));
  fill_schema(batch, schema);
  fill_array(batch, buffers, array);
  return {};
}

}  // namespace peak::value
