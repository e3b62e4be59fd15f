#include "peak/value/encoder.hpp"

#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include "peak/value/decoder.hpp"

namespace peak::value {
namespace {

constexpr std::uint8_t tag_of(Kind kind) { return static_cast<std::uint8_t>(kind); }

/// The 64-bit integer that a big one is, if it is one.
bool fits_64_bits(const BigInteger& value, std::int64_t& small) {
  std::size_t size = value.magnitude.size();
  while (size != 0 && value.magnitude[size - 1] == '\0') --size;
  if (size > 8) return false;
  std::uint64_t magnitude = 0;
  std::memcpy(&magnitude, value.magnitude.data(), size);
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 63;
  if (magnitude > kLimit || (magnitude == kLimit && !value.negative)) return false;
  small = static_cast<std::int64_t>(value.negative ? 0 - magnitude : magnitude);
  return true;
}

}  // namespace

void Encoder::fail(const char* why) {
  if (wrong_.empty()) wrong_ = why;
}

void Encoder::varint(std::uint64_t value) {
  while (value >= 0x80) {
    out_.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out_.push_back(static_cast<char>(value));
}

void Encoder::fixed(std::uint64_t value) { out_.append(reinterpret_cast<const char*>(&value), sizeof value); }

void Encoder::run(std::string_view bytes) {
  varint(bytes.size());
  out_.append(bytes);
}

bool Encoder::start_value(std::uint8_t tag) {
  if (!wrong_.empty()) return false;
  while (!open_.empty() && open_.back().left == 0) open_.pop_back();
  if (open_.empty()) {
    if (root_done_) {
      fail("a second value follows the first");
      return false;
    }
    root_done_ = true;
  } else {
    Open& open = open_.back();
    if (open.record && !open.named) {
      fail("a record's value comes before the name of its field");
      return false;
    }
    open.named = false;
    --open.left;
  }
  out_.push_back(static_cast<char>(tag));
  return true;
}

void Encoder::begin(std::uint8_t tag, std::size_t values, bool record) {
  if (tag != 0 && !start_value(tag)) return;
  if (open_.size() >= kMaximumDepth) return fail("the value is nested too deeply (more than 128 levels)");
  open_.push_back({values, record, false});
}

void Encoder::none() { start_value(tag_of(Kind::kNone)); }
void Encoder::boolean(bool value) { start_value(tag_of(value ? Kind::kTrue : Kind::kFalse)); }

void Encoder::integer(std::int64_t value) {
  if (start_value(tag_of(Kind::kInteger))) fixed(static_cast<std::uint64_t>(value));
}

void Encoder::big_integer(const BigInteger& value) {
  std::int64_t small = 0;
  if (fits_64_bits(value, small)) return integer(small);
  if (!start_value(tag_of(Kind::kBigInteger))) return;
  std::string_view magnitude = value.magnitude;
  while (magnitude.back() == '\0') magnitude.remove_suffix(1);
  out_.push_back(value.negative ? 1 : 0);
  run(magnitude);
}

void Encoder::real(double value) {
  if (start_value(tag_of(Kind::kReal))) fixed(std::bit_cast<std::uint64_t>(value));
}

void Encoder::text(std::string_view utf8) {
  if (start_value(tag_of(Kind::kText))) run(utf8);
}

void Encoder::bytes(std::string_view value) {
  if (start_value(tag_of(Kind::kBytes))) run(value);
}

void Encoder::date(std::int64_t days) {
  if (start_value(tag_of(Kind::kDate))) fixed(static_cast<std::uint64_t>(days));
}

void Encoder::datetime(const DateTime& value) {
  if (!start_value(tag_of(Kind::kDateTime))) return;
  fixed(static_cast<std::uint64_t>(value.wall_microseconds));
  out_.push_back(static_cast<char>(value.zone));
  out_.push_back(value.fold ? 1 : 0);
  fixed(static_cast<std::uint64_t>(value.offset_microseconds));
  run(value.zone_name);
}

void Encoder::timedelta(const TimeDelta& value) {
  if (!start_value(tag_of(Kind::kTimeDelta))) return;
  fixed(static_cast<std::uint64_t>(value.days));
  fixed(static_cast<std::uint64_t>(value.microseconds));
}

void Encoder::decimal(std::string_view text) {
  if (start_value(tag_of(Kind::kDecimal))) run(text);
}

void Encoder::uuid(std::span<const std::byte, 16> value) {
  if (start_value(tag_of(Kind::kUuid))) out_.append(reinterpret_cast<const char*>(value.data()), value.size());
}

void Encoder::begin_list(std::size_t size) {
  begin(tag_of(Kind::kList), size, false);
  if (wrong_.empty()) varint(size);
}

void Encoder::begin_tuple(std::size_t size) {
  begin(tag_of(Kind::kTuple), size, false);
  if (wrong_.empty()) varint(size);
}

void Encoder::begin_dict(std::size_t size) {
  begin(tag_of(Kind::kDict), 2 * size, false);
  if (wrong_.empty()) varint(size);
}

void Encoder::begin_record(std::string_view type, std::size_t fields) {
  begin(tag_of(Kind::kRecord), fields, true);
  if (!wrong_.empty()) return;
  run(type);
  varint(fields);
}

void Encoder::field(std::string_view name) {
  while (!open_.empty() && open_.back().left == 0) open_.pop_back();
  if (open_.empty() || !open_.back().record || open_.back().named)
    return fail("field() outside a record's place for one");
  open_.back().named = true;
  run(name);
}

void Encoder::array(const ArrayInfo& info, ByteRun data) {
  std::size_t bytes = array_item_size(info.type);
  bool fits = bytes != 0;
  for (const std::int64_t length : info.shape) {
    fits = fits && length >= 0 && !__builtin_mul_overflow(bytes, static_cast<std::size_t>(length), &bytes);
  }
  if (!fits || bytes != data.size) return fail("an array's bytes do not match its type and shape");
  if (!start_value(tag_of(Kind::kArray))) return;
  run(info.type);
  out_.push_back(info.column_major ? 1 : 0);
  varint(info.shape.size());
  for (const std::int64_t length : info.shape) varint(static_cast<std::uint64_t>(length));
  varint(static_cast<std::uint64_t>(add_buffer(std::move(data))));
}

std::int64_t Encoder::add_buffer(ByteRun data) {
  buffers_.push_back(std::move(data));
  return static_cast<std::int64_t>(buffers_.size()) - 1;
}

void Encoder::table(std::int64_t rows, std::string_view metadata, const std::vector<ArrowNode>& columns) {
  if (!start_value(tag_of(Kind::kTable))) return;
  varint(static_cast<std::uint64_t>(rows));
  run(metadata);
  varint(columns.size());
  for (const ArrowNode& column : columns) node(column, 0);
}

void Encoder::node(const ArrowNode& node, std::size_t depth) {
  if (depth >= kMaximumDepth) return fail("a column is nested too deeply (more than 128 levels)");
  run(node.format);
  run(node.name);
  run(node.metadata);
  varint(static_cast<std::uint64_t>(node.flags));
  varint(static_cast<std::uint64_t>(node.length));
  varint(static_cast<std::uint64_t>(node.null_count));
  varint(node.buffers.size());
  for (const std::int64_t buffer : node.buffers) varint(static_cast<std::uint64_t>(buffer + 1));
  varint(node.children.size());
  for (const ArrowNode& child : node.children) this->node(child, depth + 1);
  varint(node.dictionary.size());
  for (const ArrowNode& values : node.dictionary) this->node(values, depth + 1);
}

Result<Encoded> Encoder::finish() {
  std::string wrong = std::exchange(wrong_, {});
  if (wrong.empty() && !root_done_) wrong = "no value was written";
  for (const Open& open : open_) {
    if (wrong.empty() && open.left != 0) wrong = "a container got fewer values than it announced";
  }
  Encoded encoded{ByteRun::own(std::exchange(out_, {})), std::exchange(buffers_, {})};
  open_.clear();
  root_done_ = false;
  if (!wrong.empty()) return invalid_argument("encoding a value: " + wrong);
  return encoded;
}

}  // namespace peak::value
