#include "peak/value/value.hpp"

#include <cstring>

#include "peak/base/buffer.hpp"
#include "peak/value/arrow.hpp"

namespace peak::value {
namespace {

/// Writes one value; containers call it again for what they hold.
struct Writer {
  Encoder& out;

  void write(const Value& value) const {
    std::visit([this](const auto& content) { (*this)(content); }, value.content);
  }
  void write_all(const std::vector<Value>& items) const {
    for (const Value& item : items) write(item);
  }
  void operator()(None) const { out.none(); }
  void operator()(bool value) const { out.boolean(value); }
  void operator()(std::int64_t value) const { out.integer(value); }
  void operator()(const BigInteger& value) const { out.big_integer(value); }
  void operator()(double value) const { out.real(value); }
  void operator()(const Text& value) const { out.text(value.utf8); }
  void operator()(const Bytes& value) const { out.bytes(value.data); }
  void operator()(const DateTime& value) const { out.datetime(value); }
  void operator()(const CalendarDate& value) const { out.date(value.days); }
  void operator()(const TimeDelta& value) const { out.timedelta(value); }
  void operator()(const Decimal& value) const { out.decimal(value.text); }
  void operator()(const Uuid& value) const { out.uuid(value.bytes); }
  void operator()(const Array& value) const { out.array(value.info, value.data); }
  void operator()(const List& value) const {
    out.begin_list(value.items.size());
    write_all(value.items);
  }
  void operator()(const Tuple& value) const {
    out.begin_tuple(value.items.size());
    write_all(value.items);
  }
  void operator()(const Dict& value) const {
    out.begin_dict(value.items.size());
    for (const auto& [key, item] : value.items) {
      write(key);
      write(item);
    }
  }
  void operator()(const Record& value) const {
    out.begin_record(value.type, value.fields.size());
    for (const auto& [name, item] : value.fields) {
      out.field(name);
      write(item);
    }
  }
  void operator()(const Columns& value) const {
    std::vector<std::int64_t> places;
    for (const ByteRun& buffer : value.buffers) places.push_back(out.add_buffer(buffer));
    std::vector<ArrowNode> columns = value.parts.columns;
    for (ArrowNode& column : columns) renumber(column, places);
    out.table(value.parts.rows, value.parts.metadata, columns);
  }

  static void renumber(ArrowNode& node, const std::vector<std::int64_t>& places) {
    for (std::int64_t& buffer : node.buffers) {
      if (buffer >= 0) buffer = places[static_cast<std::size_t>(buffer)];
    }
    for (ArrowNode& child : node.children) renumber(child, places);
    for (ArrowNode& values : node.dictionary) renumber(values, places);
  }
};

/// The buffers that a table's columns name, counted anew from 0, so that the table stands alone.
class OwnBuffers {
 public:
  OwnBuffers(const Decoder& decoder, std::vector<ByteRun>& buffers) : decoder_(decoder), buffers_(buffers) {}

  void take(ArrowNode& node) {
    for (std::int64_t& buffer : node.buffers) {
      if (buffer < 0) continue;
      buffers_.push_back(decoder_.buffer(buffer));
      buffer = static_cast<std::int64_t>(buffers_.size()) - 1;
    }
    for (ArrowNode& child : node.children) take(child);
    for (ArrowNode& values : node.dictionary) take(values);
  }

 private:
  const Decoder& decoder_;
  std::vector<ByteRun>& buffers_;
};

Result<Value> read_value(Decoder& decoder);

Result<std::vector<Value>> read_values(Decoder& decoder) {
  PEAK_ASSIGN_OR_RETURN(const std::size_t count, decoder.count());
  std::vector<Value> items;
  for (std::size_t i = 0; i < count; ++i) {
    PEAK_ASSIGN_OR_RETURN(items.emplace_back(), read_value(decoder));
  }
  return items;
}

Result<Value> read_dict(Decoder& decoder) {
  PEAK_ASSIGN_OR_RETURN(const std::size_t count, decoder.count());
  Dict dict;
  for (std::size_t i = 0; i < count; ++i) {
    PEAK_ASSIGN_OR_RETURN(Value key, read_value(decoder));
    PEAK_ASSIGN_OR_RETURN(Value item, read_value(decoder));
    dict.items.emplace_back(std::move(key), std::move(item));
  }
  return Value(std::move(dict));
}

Result<Value> read_record(Decoder& decoder) {
  Record record;
  PEAK_ASSIGN_OR_RETURN(const std::string_view type, decoder.record_type());
  record.type = type;
  PEAK_ASSIGN_OR_RETURN(const std::size_t count, decoder.count());
  for (std::size_t i = 0; i < count; ++i) {
    PEAK_ASSIGN_OR_RETURN(const std::string_view name, decoder.field_name());
    PEAK_ASSIGN_OR_RETURN(Value item, read_value(decoder));
    record.fields.emplace_back(std::string(name), std::move(item));
  }
  return Value(std::move(record));
}

Result<Value> read_table(Decoder& decoder) {
  Columns columns;
  PEAK_ASSIGN_OR_RETURN(columns.parts, decoder.table());
  OwnBuffers buffers(decoder, columns.buffers);
  for (ArrowNode& column : columns.parts.columns) buffers.take(column);
  return Value(std::move(columns));
}

/// A Value from what a member of the decoder gave.
template <typename Read, typename Make>
Result<Value> made(Read read, Make make) {
  if (!read.ok()) return std::move(read).error();
  return Value(make(std::move(*read)));
}

Result<Value> read_value(Decoder& decoder) {
  const auto same = [](auto value) { return value; };
  PEAK_ASSIGN_OR_RETURN(const Kind kind, decoder.next());
  switch (kind) {
    case Kind::kNone: return Value();
    case Kind::kFalse: return Value(false);
    case Kind::kTrue: return Value(true);
    case Kind::kInteger: return made(decoder.integer(), same);
    case Kind::kBigInteger: return made(decoder.big_integer(), same);
    case Kind::kReal: return made(decoder.real(), same);
    case Kind::kText: return made(decoder.text(), [](std::string_view text) { return Text{std::string(text)}; });
    case Kind::kBytes: return made(decoder.text(), [](std::string_view text) { return Bytes{std::string(text)}; });
    case Kind::kDateTime: return made(decoder.datetime(), same);
    case Kind::kDate: return made(decoder.date(), [](std::int64_t days) { return CalendarDate{days}; });
    case Kind::kTimeDelta: return made(decoder.timedelta(), same);
    case Kind::kDecimal: return made(decoder.text(), [](std::string_view text) { return Decimal{std::string(text)}; });
    case Kind::kUuid:
      return made(decoder.uuid(), [](std::span<const std::byte, 16> bytes) {
        Uuid uuid;
        std::copy(bytes.begin(), bytes.end(), uuid.bytes.begin());
        return uuid;
      });
    case Kind::kList:
      return made(read_values(decoder), [](std::vector<Value> items) { return List{std::move(items)}; });
    case Kind::kTuple:
      return made(read_values(decoder), [](std::vector<Value> items) { return Tuple{std::move(items)}; });
    case Kind::kDict: return read_dict(decoder);
    case Kind::kRecord: return read_record(decoder);
    case Kind::kArray:
      return made(decoder.array(), [](Decoder::Array array) {
        return Array{std::move(array.info), std::move(array.data)};
      });
    case Kind::kTable: return read_table(decoder);
  }
  return bad_data("encoded value: an unknown kind");
}

}  // namespace

Value array_of(std::span<const double> numbers, std::shared_ptr<const void> owner) {
  ByteRun data{reinterpret_cast<const std::byte*>(numbers.data()), numbers.size_bytes(), owner};
  if (owner == nullptr) data = ByteRun::copy_of(data.bytes());
  return Array{{.type = "<f8", .shape = {static_cast<std::int64_t>(numbers.size())}}, std::move(data)};
}

void encode(const Value& value, Encoder& encoder) { Writer{encoder}.write(value); }

Result<Encoded> encode(const Value& value) {
  Encoder encoder;
  encode(value, encoder);
  return encoder.finish();
}

Result<Value> to_value(const Encoded& encoded) {
  Decoder decoder(encoded);
  PEAK_ASSIGN_OR_RETURN(Value value, read_value(decoder));
  PEAK_RETURN_IF_ERROR(decoder.finish());
  return value;
}

Result<Hash128> content_hash(const Value& value) {
  PEAK_ASSIGN_OR_RETURN(const Encoded encoded, encode(value));
  return content_hash(encoded);
}

}  // namespace peak::value
