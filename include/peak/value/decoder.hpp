// Decoder: reads an encoded value piece by piece, and is safe on any bytes.
//
//   Decoder decoder(encoded);
//   while next() gives a kind: ask the member of that kind for the value, or count() for how many values follow.
//
// The caller walks containers itself (count() says how many values follow; a dict has 2 * count(), a record calls
// field_name() before each), so that Python objects are made without a second form in between. to_value() in
// value/value.hpp is such a walk.
//
// Failure    kBadData with the byte's place for anything that is not a whole value: unknown kinds, lengths past the
//            end, nesting deeper than kMaximumDepth, arrays whose buffer does not match type and shape, columns whose
//            buffers are too short for their rows or whose offsets point outside. Sizes are checked before memory is
//            asked for, so a small input cannot ask for a large one.
// Ownership  texts are views into the structure; buffers share their owner.
// Threads    one Decoder belongs to one thread; many may read one Encoded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/value/encoder.hpp"

namespace peak::value {

/// The first byte of each value in the structure.
enum class Kind : std::uint8_t {
  kNone = 0x00,
  kFalse = 0x01,
  kTrue = 0x02,
  kInteger = 0x03,  ///< eight bytes
  kBigInteger = 0x04,
  kReal = 0x05,
  kText = 0x06,
  kBytes = 0x07,
  kDateTime = 0x08,
  kDate = 0x09,
  kTimeDelta = 0x0a,
  kDecimal = 0x0b,
  kUuid = 0x0c,
  kList = 0x10,
  kTuple = 0x11,
  kDict = 0x12,
  kRecord = 0x13,
  kArray = 0x20,
  kTable = 0x21,
};

/// "none", "integer", "table", ...; "unknown" for a byte that is no kind.
[[nodiscard]] const char* kind_name(Kind kind) noexcept;

/// A table's parts. Column buffers are checked against lengths and offsets.
struct TableParts {
  std::int64_t rows = 0;
  std::string metadata;
  std::vector<ArrowNode> columns;
};

class Decoder {
 public:
  /// `encoded` must live as long as the decoder.
  explicit Decoder(const Encoded& encoded) : encoded_(&encoded) {}

  /// The kind of the next value, whose content is to be taken next with the member for that kind.
  [[nodiscard]] Result<Kind> next();
  [[nodiscard]] bool at_end() const noexcept { return place_ == encoded_->structure.size; }
  /// Success when the value was read to its end.
  [[nodiscard]] Status finish() const;

  [[nodiscard]] Result<std::int64_t> integer();
  [[nodiscard]] Result<BigInteger> big_integer();
  [[nodiscard]] Result<double> real();
  [[nodiscard]] Result<std::string_view> text();  ///< for kText, kBytes and kDecimal
  [[nodiscard]] Result<std::int64_t> date();
  [[nodiscard]] Result<DateTime> datetime();
  [[nodiscard]] Result<TimeDelta> timedelta();
  [[nodiscard]] Result<std::span<const std::byte, 16>> uuid();
  /// For kList, kTuple, kDict: how many elements follow; never more than bytes that are left.
  [[nodiscard]] Result<std::size_t> count();
  /// For kRecord: the type's name, before count().
  [[nodiscard]] Result<std::string_view> record_type();
  [[nodiscard]] Result<std::string_view> field_name();
  /// For kArray: what it is, and its bytes.
  struct Array {
    ArrayInfo info;
    ByteRun data;
  };
  [[nodiscard]] Result<Array> array();
  [[nodiscard]] Result<TableParts> table();
  [[nodiscard]] const ByteRun& buffer(std::int64_t index) const {
    return encoded_->buffers[static_cast<std::size_t>(index)];
  }
  /// Passes over the content of the value whose kind next() gave.
  [[nodiscard]] Status skip(Kind kind);

 private:
  [[nodiscard]] Error damaged(const std::string& what) const;
  [[nodiscard]] std::size_t left() const noexcept { return encoded_->structure.size - place_; }
  [[nodiscard]] Result<std::uint64_t> varint();
  [[nodiscard]] Result<std::int64_t> fixed();
  [[nodiscard]] Result<std::string_view> run();
  [[nodiscard]] Result<std::int64_t> whole();  ///< a varint that is a size: not above 2^48
  [[nodiscard]] Result<std::string> own_run();
  [[nodiscard]] Status node(ArrowNode& node, std::size_t depth);
  [[nodiscard]] Status enter(std::uint64_t values, bool record);
  void leave_finished() noexcept;
  [[nodiscard]] Status skip_one(Kind kind);

  struct Open {
    std::uint64_t left = 0;  ///< values still to come
    bool record = false;
  };
  const Encoded* encoded_;
  std::size_t place_ = 0;
  std::vector<Open> open_;
  Kind last_ = Kind::kNone;
  bool root_read_ = false;
};

/// Bytes of one element of an array type ("<f8": 8, "<U12": 48); 0 if the type text is not one that arrays may have.
[[nodiscard]] std::size_t array_item_size(std::string_view type) noexcept;

}  // namespace peak::value
