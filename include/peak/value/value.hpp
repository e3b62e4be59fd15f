// Value: any value that the cache keeps, as C++ sees it.
//
// Purpose    What C++ programs put into and get out of the cache. Python objects do not pass through it: they are
//            written with Encoder and read with Decoder directly.
// Ownership  Values are immutable once shared; arrays and tables share their memory, so copying one is cheap.
// Failure    encode() refuses nothing that a Value can hold but nesting deeper than kMaximumDepth (kInvalidArgument);
//            to_value() gives kBadData for bytes that are not a value.
// Threads    as any value type.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "peak/base/hash.hpp"
#include "peak/base/status.hpp"
#include "peak/table/column.hpp"
#include "peak/value/decoder.hpp"
#include "peak/value/encoder.hpp"

namespace peak::value {

struct Value;

struct None {
  friend bool operator==(None, None) = default;
};
struct Text {
  std::string utf8;
  friend bool operator==(const Text&, const Text&) = default;
};
struct Bytes {
  std::string data;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};
struct CalendarDate {
  std::int64_t days = 0;  ///< since 1970-01-01
  friend bool operator==(const CalendarDate&, const CalendarDate&) = default;
};
struct Decimal {
  std::string text;
  friend bool operator==(const Decimal&, const Decimal&) = default;
};
struct Uuid {
  std::array<std::byte, 16> bytes{};
  friend bool operator==(const Uuid&, const Uuid&) = default;
};
struct List {
  std::vector<Value> items;
};
struct Tuple {
  std::vector<Value> items;
};
/// Pairs in the order in which they were put in.
struct Dict {
  std::vector<std::pair<Value, Value>> items;
};
struct Record {
  std::string type;
  std::vector<std::pair<std::string, Value>> fields;
};
struct Array {
  ArrayInfo info;
  ByteRun data;
};
/// Columns as the engine has them, or any Arrow table as nodes and buffers.
struct Columns {
  TableParts parts;
  std::vector<ByteRun> buffers;
};

struct Value {
  using Content = std::variant<None, bool, std::int64_t, BigInteger, double, Text, Bytes, DateTime, CalendarDate,
                               TimeDelta, Decimal, Uuid, List, Tuple, Dict, Record, Array, Columns>;
  Content content;

  Value() = default;
  template <typename T>
  requires(!std::is_same_v<std::remove_cvref_t<T>, Value>) Value(T&& value) : content(std::forward<T>(value)) {}
  Value(const char* text) : content(Text{text}) {}
  Value(int value) : content(std::int64_t{value}) {}

  template <typename T>
  [[nodiscard]] const T* as() const noexcept {
    return std::get_if<T>(&content);
  }
};

/// An array of numbers that shares the memory of `owner` (null: a copy is made).
[[nodiscard]] Value array_of(std::span<const double> numbers, std::shared_ptr<const void> owner = nullptr);

[[nodiscard]] Result<Encoded> encode(const Value& value);
void encode(const Value& value, Encoder& encoder);
[[nodiscard]] Result<Value> to_value(const Encoded& encoded);

/// The engine's columns as a table value, without copying numbers, and back. Text columns become Arrow dictionaries.
/// Back: kBadData for columns of other types than the engine has.
[[nodiscard]] Value value_of_table(const Table& table);
[[nodiscard]] Result<Table> table_of_value(const Value& value);

/// content_hash() of the encoded value.
[[nodiscard]] Result<Hash128> content_hash(const Value& value);

}  // namespace peak::value
