// Encoder: writes a value piece by piece into its canonical form.
//
//   Encoder encoder;
//   encoder.begin_dict(1);
//   encoder.text("prices");
//   encoder.array({.type = "<f8", .shape = {3}}, buffer);
//   Result<Encoded> value = encoder.finish();
//
// Containers say how many elements follow: list and tuple n values, dict n times key and value, record n times field
// name (given by field()) and value. finish() refuses an unfinished value, so a wrong count cannot be stored.
//
// Failure    A call that does not fit (a second root value, nesting deeper than kMaximumDepth, an array whose buffer
//            does not match its shape) makes finish() give kInvalidArgument; the calls themselves do not fail.
// Threads    one Encoder belongs to one thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/value/encoded.hpp"

namespace peak::value {

/// Values nest no deeper than this, so that readers need no more stack than they have.
inline constexpr std::size_t kMaximumDepth = 128;

/// A point in time as calendars write it. Python's datetime.
struct DateTime {
  enum class Zone : unsigned char {
    kNone,    ///< no zone: a wall clock
    kOffset,  ///< a fixed distance from UTC
    kNamed,   ///< an IANA name such as "America/New_York"
  };
  std::int64_t wall_microseconds = 0;    ///< since 1970-01-01T00:00:00 on the wall clock of the zone
  std::int64_t offset_microseconds = 0;  ///< for kOffset: east of UTC
  std::string zone_name;                 ///< for kNamed; for kOffset the name it was given, or empty
  Zone zone = Zone::kNone;
  bool fold = false;  ///< the second of two equal wall clock times
  friend bool operator==(const DateTime&, const DateTime&) = default;
};

/// A length of time of any size Python's timedelta has.
struct TimeDelta {
  std::int64_t days = 0;
  std::int64_t microseconds = 0;  ///< 0 .. 86,399,999,999
  friend bool operator==(const TimeDelta&, const TimeDelta&) = default;
};

/// An integer that 64 bits do not hold: sign and magnitude, little-endian without leading zero bytes at the top.
struct BigInteger {
  bool negative = false;
  std::string magnitude;
  friend bool operator==(const BigInteger&, const BigInteger&) = default;
};

/// What an array is, without its numbers.
struct ArrayInfo {
  std::string type;                 ///< numpy's type text: "<f8", "|b1", "<M8[ns]", "<U12", "|V16"
  std::vector<std::int64_t> shape;  ///< lengths of the axes; none for a scalar array
  bool column_major = false;        ///< Fortran order
  friend bool operator==(const ArrayInfo&, const ArrayInfo&) = default;
};

/// One column (or child of one) in the layout of the Arrow C data interface; see value/arrow.hpp for the way in and
/// out.
struct ArrowNode {
  std::string format;  ///< Arrow's format text: "g", "tsn:UTC", "u", "+s"
  std::string name;
  std::string metadata;    ///< Arrow's binary key-value form, or empty
  std::int64_t flags = 0;  ///< ARROW_FLAG_*
  std::int64_t length = 0;
  std::int64_t null_count = 0;
  std::vector<std::int64_t> buffers;  ///< indices into Encoded::buffers; -1 for one that is not there
  std::vector<ArrowNode> children;
  std::vector<ArrowNode> dictionary;  ///< none or one
};

class Encoder {
 public:
  void none();
  void boolean(bool value);
  void integer(std::int64_t value);
  /// Any size; what fits 64 bits is written as integer() writes it.
  void big_integer(const BigInteger& value);
  void real(double value);           ///< all bits kept: NaN payloads, -0.0
  void text(std::string_view utf8);  ///< bytes as given; not checked to be UTF-8
  void bytes(std::string_view value);
  void date(std::int64_t days);  ///< days since 1970-01-01
  void datetime(const DateTime& value);
  void timedelta(const TimeDelta& value);
  void decimal(std::string_view text);  ///< as Python's str(Decimal): "1.10", "-0", "NaN", "1E+9"
  void uuid(std::span<const std::byte, 16> value);

  void begin_list(std::size_t size);
  void begin_tuple(std::size_t size);
  void begin_dict(std::size_t size);  ///< order is kept; sort before where order must not enter a key
  /// A value of a named class: dataclasses, frames, series, anything with named parts.
  void begin_record(std::string_view type, std::size_t fields);
  void field(std::string_view name);  ///< before each value of a record

  /// An array; `data` must hold exactly its bytes, without gaps.
  void array(const ArrayInfo& info, ByteRun data);
  /// A table: `columns` name buffers that were given to add_buffer().
  void table(std::int64_t rows, std::string_view metadata, const std::vector<ArrowNode>& columns);
  /// Keeps a buffer for a table; its index.
  std::int64_t add_buffer(ByteRun data);

  /// The value, if it is whole. The encoder is empty afterwards.
  [[nodiscard]] Result<Encoded> finish();

 private:
  void begin(std::uint8_t tag, std::size_t values, bool record);
  bool start_value(std::uint8_t tag);
  void varint(std::uint64_t value);
  void fixed(std::uint64_t value);
  void run(std::string_view bytes);
  void node(const ArrowNode& node, std::size_t depth);
  void fail(const char* why);

  struct Open {
    std::uint64_t left = 0;  ///< values still to come
    bool record = false;
    bool named = false;  ///< field() was called for the next value
  };
  std::string out_;
  std::vector<ByteRun> buffers_;
  std::vector<Open> open_;
  std::string wrong_;
  bool root_done_ = false;
};

}  // namespace peak::value
