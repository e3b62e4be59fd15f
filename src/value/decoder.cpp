#include "peak/value/decoder.hpp"

#include <bit>
#include <cstring>
#include <limits>

#include "value/column_check.hpp"

namespace peak::value {
namespace {

constexpr std::uint64_t kLargestSize = std::uint64_t{1} << 48;
constexpr std::size_t kMostAxes = 64;

}  // namespace

const char* kind_name(Kind kind) noexcept {
  switch (kind) {
    case Kind::kNone: return "none";
    case Kind::kFalse: return "false";
    case Kind::kTrue: return "true";
    case Kind::kInteger: return "integer";
    case Kind::kBigInteger: return "big_integer";
    case Kind::kReal: return "real";
    case Kind::kText: return "text";
    case Kind::kBytes: return "bytes";
    case Kind::kDateTime: return "datetime";
    case Kind::kDate: return "date";
    case Kind::kTimeDelta: return "timedelta";
    case Kind::kDecimal: return "decimal";
    case Kind::kUuid: return "uuid";
    case Kind::kList: return "list";
    case Kind::kTuple: return "tuple";
    case Kind::kDict: return "dict";
    case Kind::kRecord: return "record";
    case Kind::kArray: return "array";
    case Kind::kTable: return "table";
  }
  return "unknown";
}

std::size_t array_item_size(std::string_view type) noexcept {
  if (type.size() < 3 || (type[0] != '<' && type[0] != '>' && type[0] != '|')) return 0;
  const char kind = type[1];
  std::size_t size = 0, place = 2;
  for (; place < type.size() && type[place] >= '0' && type[place] <= '9'; ++place) {
    size = 10 * size + static_cast<std::size_t>(type[place] - '0');
    if (size > std::numeric_limits<std::int32_t>::max()) return 0;
  }
  const std::string_view unit = type.substr(place);
  const bool power = std::has_single_bit(size);
  switch (kind) {
    case 'b': return size == 1 && unit.empty() ? size : 0;
    case 'i':
    case 'u': return power && size <= 8 && unit.empty() ? size : 0;
    case 'f': return power && size >= 2 && size <= 16 && unit.empty() ? size : 0;
    case 'c': return power && size >= 8 && size <= 32 && unit.empty() ? size : 0;
    case 'M':
    case 'm':
      return size == 8 && (unit.empty() || (unit.size() > 2 && unit.front() == '[' && unit.back() == ']')) ? size : 0;
    case 'S':
    case 'V': return unit.empty() ? size : 0;
    case 'U': return unit.empty() ? 4 * size : 0;
    default: return 0;
  }
}

Error Decoder::damaged(const std::string& what) const {
  return bad_data("encoded value, byte " + std::to_string(place_) + ": " + what);
}

Result<std::uint64_t> Decoder::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (left() == 0) return damaged("it ends inside a number");
    const std::uint64_t byte = std::to_integer<std::uint64_t>(encoded_->structure.data[place_++]);
    if (shift == 63 && byte > 1) return damaged("a number above 64 bits");
    value |= (byte & 0x7F) << shift;
    if (byte < 0x80) {
      if (byte == 0 && shift != 0) return damaged("a number longer than it needs to be");
      return value;
    }
  }
  return damaged("a number above 64 bits");
}

Result<std::int64_t> Decoder::whole() {
  PEAK_ASSIGN_OR_RETURN(const std::uint64_t value, varint());
  if (value > kLargestSize) return damaged("a size that cannot be");
  return static_cast<std::int64_t>(value);
}

Result<std::int64_t> Decoder::fixed() {
  if (left() < 8) return damaged("it ends inside a number");
  std::int64_t value = 0;
  std::memcpy(&value, encoded_->structure.data + place_, sizeof value);
  place_ += sizeof value;
  return value;
}

Result<std::string_view> Decoder::run() {
  PEAK_ASSIGN_OR_RETURN(const std::uint64_t size, varint());
  if (size > left()) return damaged("a length past the end");
  const std::string_view text = encoded_->structure.text().substr(place_, static_cast<std::size_t>(size));
  place_ += text.size();
  return text;
}

Result<std::string> Decoder::own_run() {
  PEAK_ASSIGN_OR_RETURN(const std::string_view text, run());
  return std::string(text);
}

void Decoder::leave_finished() noexcept {
  while (!open_.empty() && open_.back().left == 0) open_.pop_back();
}

Status Decoder::enter(std::uint64_t values, bool record) {
  if (open_.size() >= kMaximumDepth) return damaged("nested too deeply");
  open_.push_back({values, record});
  return {};
}

Result<Kind> Decoder::next() {
  leave_finished();
  if (open_.empty()) {
    if (root_read_) return damaged("bytes after the value");
    root_read_ = true;
  } else {
    --open_.back().left;
  }
  if (left() == 0) return damaged("it ends where a value should be");
  last_ = static_cast<Kind>(encoded_->structure.data[place_]);
  if (std::strcmp(kind_name(last_), "unknown") == 0) return damaged("an unknown kind of value");
  ++place_;
  return last_;
}

Status Decoder::finish() const {
  for (const Open& open : open_) {
    if (open.left != 0) return damaged("values are left unread");
  }
  if (!root_read_ || !at_end()) return damaged("bytes are left unread");
  return {};
}

Result<std::int64_t> Decoder::integer() { return fixed(); }
Result<std::int64_t> Decoder::date() { return fixed(); }
Result<std::string_view> Decoder::text() { return run(); }

Result<double> Decoder::real() {
  PEAK_ASSIGN_OR_RETURN(const std::int64_t bits, fixed());
  return std::bit_cast<double>(bits);
}

Result<BigInteger> Decoder::big_integer() {
  if (left() == 0) return damaged("it ends inside a number");
  const std::byte sign = encoded_->structure.data[place_++];
  if (sign > std::byte{1}) return damaged("a sign that is none");
  PEAK_ASSIGN_OR_RETURN(const std::string_view magnitude, run());
  if (magnitude.size() < 8 || magnitude.back() == '\0') return damaged("a large integer that is not large");
  return BigInteger{sign == std::byte{1}, std::string(magnitude)};
}

Result<DateTime> Decoder::datetime() {
  DateTime value;
  PEAK_ASSIGN_OR_RETURN(value.wall_microseconds, fixed());
  if (left() < 2) return damaged("it ends inside a time");
  const auto zone = std::to_integer<unsigned char>(encoded_->structure.data[place_]);
  const auto fold = std::to_integer<unsigned char>(encoded_->structure.data[place_ + 1]);
  if (zone > 2 || fold > 1) return damaged("a time zone that is none");
  place_ += 2;
  value.zone = static_cast<DateTime::Zone>(zone);
  value.fold = fold == 1;
  PEAK_ASSIGN_OR_RETURN(value.offset_microseconds, fixed());
  PEAK_ASSIGN_OR_RETURN(value.zone_name, own_run());
  return value;
}

Result<TimeDelta> Decoder::timedelta() {
  TimeDelta value;
  PEAK_ASSIGN_OR_RETURN(value.days, fixed());
  PEAK_ASSIGN_OR_RETURN(value.microseconds, fixed());
  return value;
}

Result<std::span<const std::byte, 16>> Decoder::uuid() {
  if (left() < 16) return damaged("it ends inside a uuid");
  const std::span<const std::byte, 16> bytes(encoded_->structure.data + place_, 16);
  place_ += 16;
  return bytes;
}

Result<std::size_t> Decoder::count() {
  const bool record = last_ == Kind::kRecord;
  const std::uint64_t bytes_each = last_ == Kind::kDict || record ? 2 : 1;  // a name, like a value, takes at least one
  PEAK_ASSIGN_OR_RETURN(const std::uint64_t count, varint());
  if (count > left() / bytes_each) return damaged("more values than bytes");
  PEAK_RETURN_IF_ERROR(enter(last_ == Kind::kDict ? 2 * count : count, record));
  return static_cast<std::size_t>(count);
}

Result<std::string_view> Decoder::record_type() { return run(); }
Result<std::string_view> Decoder::field_name() { return run(); }

Result<Decoder::Array> Decoder::array() {
  Array array;
  PEAK_ASSIGN_OR_RETURN(array.info.type, own_run());
  std::size_t bytes = array_item_size(array.info.type);
  if (bytes == 0) return damaged("an array of an unknown type");
  if (left() == 0 || encoded_->structure.data[place_] > std::byte{1}) return damaged("an array's order is neither");
  array.info.column_major = encoded_->structure.data[place_++] == std::byte{1};
  PEAK_ASSIGN_OR_RETURN(const std::uint64_t axes, varint());
  if (axes > kMostAxes) return damaged("an array with too many axes");
  for (std::uint64_t i = 0; i < axes; ++i) {
    PEAK_ASSIGN_OR_RETURN(const std::int64_t length, whole());
    if (__builtin_mul_overflow(bytes, static_cast<std::size_t>(length), &bytes)) return damaged("an array too large");
    array.info.shape.push_back(length);
  }
  PEAK_ASSIGN_OR_RETURN(const std::uint64_t index, varint());
  if (index >= encoded_->buffers.size()) return damaged("a buffer that is not there");
  array.data = encoded_->buffers[static_cast<std::size_t>(index)];
  if (array.data.size != bytes) return damaged("an array whose bytes do not match its shape");
  return array;
}

Status Decoder::node(ArrowNode& node, std::size_t depth) {
  if (depth >= kMaximumDepth) return damaged("a column nested too deeply");
  PEAK_ASSIGN_OR_RETURN(node.format, own_run());
  PEAK_ASSIGN_OR_RETURN(node.name, own_run());
  PEAK_ASSIGN_OR_RETURN(node.metadata, own_run());
  PEAK_ASSIGN_OR_RETURN(node.flags, whole());
  PEAK_ASSIGN_OR_RETURN(node.length, whole());
  PEAK_ASSIGN_OR_RETURN(node.null_count, whole());
  PEAK_ASSIGN_OR_RETURN(const std::int64_t buffers, whole());
  if (buffers > 3) return damaged("a column with too many buffers");
  for (std::int64_t i = 0; i < buffers; ++i) {
    PEAK_ASSIGN_OR_RETURN(const std::int64_t index, whole());
    if (index > static_cast<std::int64_t>(encoded_->buffers.size())) return damaged("a buffer that is not there");
    node.buffers.push_back(index - 1);
  }
  for (std::vector<ArrowNode>* const inner : {&node.children, &node.dictionary}) {
    PEAK_ASSIGN_OR_RETURN(const std::int64_t count, whole());
    if (count > static_cast<std::int64_t>(left())) return damaged("more columns than bytes");
    if (inner == &node.dictionary && count > 1) return damaged("a column with two dictionaries");
    for (std::int64_t i = 0; i < count; ++i) PEAK_RETURN_IF_ERROR(this->node(inner->emplace_back(), depth + 1));
  }
  return {};
}

Result<TableParts> Decoder::table() {
  TableParts table;
  PEAK_ASSIGN_OR_RETURN(table.rows, whole());
  PEAK_ASSIGN_OR_RETURN(table.metadata, own_run());
  if (const Status sound = check_metadata(table.metadata); !sound.ok()) return damaged(sound.error().message);
  PEAK_ASSIGN_OR_RETURN(const std::int64_t columns, whole());
  if (columns > static_cast<std::int64_t>(left())) return damaged("more columns than bytes");
  for (std::int64_t i = 0; i < columns; ++i) {
    PEAK_RETURN_IF_ERROR(node(table.columns.emplace_back(), 0));
    const ArrowNode& column = table.columns.back();
    if (column.length != table.rows) return damaged("a column of another length than its table");
    if (const Status sound = check_column(column, encoded_->buffers); !sound.ok()) {
      return damaged("column '" + column.name + "': " + sound.error().message);
    }
  }
  return table;
}

Status Decoder::skip_one(Kind kind) {
  const auto read = [](const auto& result) -> Status {
    if (!result.ok()) return result.error();
    return {};
  };
  switch (kind) {
    case Kind::kNone:
    case Kind::kFalse:
    case Kind::kTrue: return {};
    case Kind::kInteger:
    case Kind::kReal:
    case Kind::kDate: return read(fixed());
    case Kind::kBigInteger: return read(big_integer());
    case Kind::kText:
    case Kind::kBytes:
    case Kind::kDecimal: return read(run());
    case Kind::kDateTime: return read(datetime());
    case Kind::kTimeDelta: return read(timedelta());
    case Kind::kUuid: return read(uuid());
    case Kind::kRecord: PEAK_RETURN_IF_ERROR(read(record_type())); return read(count());
    case Kind::kList:
    case Kind::kTuple:
    case Kind::kDict: return read(count());
    case Kind::kArray: return read(array());
    case Kind::kTable: return read(table());
  }
  return damaged("an unknown kind of value");
}

Status Decoder::skip(Kind kind) {
  const std::size_t outside = open_.size();
  PEAK_RETURN_IF_ERROR(skip_one(kind));
  while (open_.size() > outside) {
    leave_finished();
    if (open_.size() <= outside) break;
    if (open_.back().record) {
      if (auto name = field_name(); !name.ok()) return name.error();
    }
    PEAK_ASSIGN_OR_RETURN(const Kind inner, next());
    PEAK_RETURN_IF_ERROR(skip_one(inner));
  }
  return {};
}

}  // namespace peak::value
