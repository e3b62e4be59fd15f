#include "io/arrow/columns.hpp"

#include <arrow/api.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>
#include <arrow/util/value_parsing.h>

#include <cstdint>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace peak::io {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

using Values = arrow::ChunkedArray;

/// Keeps an Arrow array alive for a Column that points into it.
Column::Owner owner_of(std::shared_ptr<arrow::Array> array) { return std::static_pointer_cast<const void>(array); }

bool is_one_run(const Values& values) { return values.num_chunks() == 1 && values.null_count() == 0; }

/// The numbers of any primitive array as doubles, nulls as NaN.
template <typename ArrowType, typename Convert>
std::vector<double> doubles_of(const Values& values, Convert convert) {
  std::vector<double> out;
  out.reserve(static_cast<std::size_t>(values.length()));
  for (const auto& chunk : values.chunks()) {
    const auto& array = static_cast<const typename arrow::TypeTraits<ArrowType>::ArrayType&>(*chunk);
    for (std::int64_t i = 0; i < array.length(); ++i) out.push_back(array.IsNull(i) ? kMissing : convert(array, i));
  }
  return out;
}

Column float64_column(std::string name, const Values& values) {
  if (is_one_run(values)) {
    const auto& array = static_cast<const arrow::DoubleArray&>(*values.chunk(0));
    const std::span<const double> view(array.raw_values(), static_cast<std::size_t>(array.length()));
    return {std::move(name), view, owner_of(values.chunk(0))};
  }
  return Column::own(std::move(name), doubles_of<arrow::DoubleType>(values, [](const auto& a, std::int64_t i) {
                       return a.Value(i);
                     }));
}

/// Whole numbers: int64 when all fit and none is null, else float64.
template <typename ArrowType>
Column integer_column(std::string name, const Values& values) {
  using Array = typename arrow::TypeTraits<ArrowType>::ArrayType;
  if constexpr (std::is_same_v<ArrowType, arrow::Int64Type>) {
    if (is_one_run(values)) {
      const auto& array = static_cast<const Array&>(*values.chunk(0));
      const std::span<const std::int64_t> view(array.raw_values(), static_cast<std::size_t>(array.length()));
      return {std::move(name), view, owner_of(values.chunk(0))};
    }
  }
  bool fits = values.null_count() == 0;
  std::vector<std::int64_t> out;
  if (fits) out.reserve(static_cast<std::size_t>(values.length()));
  for (int c = 0; fits && c < values.num_chunks(); ++c) {
    const auto& array = static_cast<const Array&>(*values.chunk(c));
    for (std::int64_t i = 0; fits && i < array.length(); ++i) {
      fits = std::in_range<std::int64_t>(array.Value(i));
      if (fits) out.push_back(static_cast<std::int64_t>(array.Value(i)));
    }
  }
  if (fits) return Column::own(std::move(name), std::move(out));
  return Column::own(std::move(name), doubles_of<ArrowType>(values, [](const auto& a, std::int64_t i) {
                       return static_cast<double>(a.Value(i));
                     }));
}

Column bool_column(std::string name, const Values& values) {
  if (values.null_count() != 0) {
    return Column::own(std::move(name), doubles_of<arrow::BooleanType>(values, [](const auto& a, std::int64_t i) {
                         return a.Value(i) ? 1.0 : 0.0;
                       }));
  }
  std::vector<std::uint8_t> out;
  out.reserve(static_cast<std::size_t>(values.length()));
  for (const auto& chunk : values.chunks()) {
    const auto& array = static_cast<const arrow::BooleanArray&>(*chunk);
    for (std::int64_t i = 0; i < array.length(); ++i) out.push_back(array.Value(i) ? 1 : 0);
  }
  return Column::own(std::move(name), std::move(out));
}

std::int64_t low_half(const arrow::Decimal256& value) {
  return static_cast<std::int64_t>(value.little_endian_array()[0]);
}
std::int64_t low_half(const arrow::Decimal128& value) { return static_cast<std::int64_t>(value.low_bits()); }
std::int64_t low_half(const arrow::Decimal64& value) { return value.value(); }
std::int64_t low_half(const arrow::Decimal32& value) { return value.value(); }

/// The double nearest to a decimal. Dividing two exact doubles rounds once; what is larger goes through its digits.
template <typename Decimal>
double double_of_decimal(const std::uint8_t* bytes, std::int32_t scale) {
  static constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  const Decimal value(bytes);
  const std::int64_t low = low_half(value);
  if (low >= -kExact && low <= kExact && value == Decimal(low) && scale >= 0 && scale <= 22) {
    return static_cast<double>(low) / kPowers[scale];
  }
  const std::string text = value.ToString(scale);
  double out = kMissing;
  return arrow::internal::StringToFloat(text.data(), text.size(), '.', &out) ? out : kMissing;
}

template <typename ArrowType, typename Decimal>
Column decimal_column(std::string name, const Values& values) {
  const std::int32_t scale = static_cast<const arrow::DecimalType&>(*values.type()).scale();
  return Column::own(std::move(name), doubles_of<ArrowType>(values, [scale](const auto& a, std::int64_t i) {
                       return double_of_decimal<Decimal>(a.GetValue(i), scale);
                     }));
}

std::int64_t nanoseconds_in(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND: return kNanosecondsPerSecond;
    case arrow::TimeUnit::MILLI: return 1'000'000;
    case arrow::TimeUnit::MICRO: return 1'000;
    case arrow::TimeUnit::NANO: return 1;
  }
  return 1;
}

/// Counts of `unit_ns` nanoseconds as nanoseconds; nulls as kNoTime.
template <typename ArrowType>
Result<Column> scaled_column(std::string name, const Values& values, std::int64_t unit_ns, ColumnType type) {
  using Array = typename arrow::TypeTraits<ArrowType>::ArrayType;
  if constexpr (sizeof(typename ArrowType::c_type) == sizeof(std::int64_t)) {
    if (unit_ns == 1 && is_one_run(values)) {
      const auto& array = static_cast<const Array&>(*values.chunk(0));
      const std::span<const std::int64_t> view(array.raw_values(), static_cast<std::size_t>(array.length()));
      return Column(std::move(name), view, owner_of(values.chunk(0)), type);
    }
  }
  std::vector<std::int64_t> out;
  out.reserve(static_cast<std::size_t>(values.length()));
  const std::int64_t highest = std::numeric_limits<std::int64_t>::max() / unit_ns;
  for (const auto& chunk : values.chunks()) {
    const auto& array = static_cast<const Array&>(*chunk);
    for (std::int64_t i = 0; i < array.length(); ++i) {
      const std::int64_t value = array.IsNull(i) ? kNoTime : static_cast<std::int64_t>(array.Value(i));
      if (value == kNoTime) {
        out.push_back(kNoTime);
      } else if (value > highest || value < -highest) {
        return bad_data("column '" + name + "', row " + std::to_string(out.size()) +
                        ": a time outside of 1677 to 2262, which nanoseconds cannot hold");
      } else {
        out.push_back(value * unit_ns);
      }
    }
  }
  return Column::own(std::move(name), std::move(out), type);
}

Result<Column> timestamp_column(std::string name, const Values& values) {
  const auto unit = static_cast<const arrow::TimestampType&>(*values.type()).unit();
  return scaled_column<arrow::TimestampType>(std::move(name), values, nanoseconds_in(unit), ColumnType::kTime);
}

/// Codes into one dictionary for all chunks, texts in the order in which they first appear.
class TextBuilder {
 public:
  explicit TextBuilder(std::int64_t rows) { codes_.reserve(static_cast<std::size_t>(rows)); }
  void add_missing() { codes_.push_back(-1); }
  void add_code(std::int32_t code) { codes_.push_back(code); }
  std::int32_t code_of(std::string_view text) {
    const auto [at, fresh] = known_.try_emplace(std::string(text), static_cast<std::int32_t>(dictionary_.size()));
    if (fresh) dictionary_.emplace_back(text);
    return at->second;
  }
  Column finish(std::string name) && {
    return Column::own(std::move(name), std::move(codes_), std::move(dictionary_));
  }

 private:
  std::vector<std::int32_t> codes_;
  std::vector<std::string> dictionary_;
  std::unordered_map<std::string, std::int32_t> known_;
};

template <typename Array>
Column text_column(std::string name, const Values& values) {
  TextBuilder builder(values.length());
  for (const auto& chunk : values.chunks()) {
    const auto& array = static_cast<const Array&>(*chunk);
    for (std::int64_t i = 0; i < array.length(); ++i) {
      if (array.IsNull(i)) {
        builder.add_missing();
      } else {
        builder.add_code(builder.code_of(array.GetView(i)));
      }
    }
  }
  return std::move(builder).finish(std::move(name));
}

/// The texts of a dictionary array's values, whichever of the text types holds them.
template <typename Array>
void add_dictionary_chunk(const arrow::DictionaryArray& array, TextBuilder& builder) {
  const auto& texts = static_cast<const Array&>(*array.dictionary());
  for (std::int64_t i = 0; i < array.length(); ++i) {
    const std::int64_t index = array.IsNull(i) ? -1 : array.GetValueIndex(i);
    if (index < 0 || texts.IsNull(index)) {
      builder.add_missing();
    } else {
      builder.add_code(builder.code_of(texts.GetView(index)));
    }
  }
}

Result<Column> column_of(const std::string& name, const std::shared_ptr<Values>& values);

Result<Column> dictionary_column(const std::string& name, const std::shared_ptr<Values>& values) {
  const auto kind = static_cast<const arrow::DictionaryType&>(*values->type()).value_type()->id();
  TextBuilder builder(values->length());
  for (const auto& chunk : values->chunks()) {
    const auto& array = static_cast<const arrow::DictionaryArray&>(*chunk);
    switch (kind) {
      case arrow::Type::STRING: add_dictionary_chunk<arrow::StringArray>(array, builder); break;
      case arrow::Type::LARGE_STRING: add_dictionary_chunk<arrow::LargeStringArray>(array, builder); break;
      case arrow::Type::STRING_VIEW: add_dictionary_chunk<arrow::StringViewArray>(array, builder); break;
      default: return unsupported("a dictionary of " + values->type()->ToString());
    }
  }
  return std::move(builder).finish(name);
}

Result<Column> extension_column(const std::string& name, const Values& values) {
  arrow::ArrayVector chunks;
  for (const auto& chunk : values.chunks()) {
    chunks.push_back(static_cast<const arrow::ExtensionArray&>(*chunk).storage());
  }
  const auto& type = static_cast<const arrow::ExtensionType&>(*values.type()).storage_type();
  return column_of(name, std::make_shared<Values>(std::move(chunks), type));
}

/// kUnsupported for a type that a column cannot hold.
Result<Column> column_of(const std::string& name, const std::shared_ptr<Values>& values) {
  const auto as_is = [](const auto& a, std::int64_t i) { return static_cast<double>(a.Value(i)); };
  switch (values->type()->id()) {
    case arrow::Type::DOUBLE: return float64_column(name, *values);
    case arrow::Type::FLOAT: return Column::own(name, doubles_of<arrow::FloatType>(*values, as_is));
    case arrow::Type::HALF_FLOAT:
      return Column::own(name, doubles_of<arrow::HalfFloatType>(*values, [](const auto& a, std::int64_t i) {
                           return arrow::util::Float16::FromBits(a.Value(i)).ToDouble();
                         }));
    case arrow::Type::INT64: return integer_column<arrow::Int64Type>(name, *values);
    case arrow::Type::INT32: return integer_column<arrow::Int32Type>(name, *values);
    case arrow::Type::INT16: return integer_column<arrow::Int16Type>(name, *values);
    case arrow::Type::INT8: return integer_column<arrow::Int8Type>(name, *values);
    case arrow::Type::UINT64: return integer_column<arrow::UInt64Type>(name, *values);
    case arrow::Type::UINT32: return integer_column<arrow::UInt32Type>(name, *values);
    case arrow::Type::UINT16: return integer_column<arrow::UInt16Type>(name, *values);
    case arrow::Type::UINT8: return integer_column<arrow::UInt8Type>(name, *values);
    case arrow::Type::BOOL: return bool_column(name, *values);
    case arrow::Type::DECIMAL32: return decimal_column<arrow::Decimal32Type, arrow::Decimal32>(name, *values);
    case arrow::Type::DECIMAL64: return decimal_column<arrow::Decimal64Type, arrow::Decimal64>(name, *values);
    case arrow::Type::DECIMAL128: return decimal_column<arrow::Decimal128Type, arrow::Decimal128>(name, *values);
    case arrow::Type::DECIMAL256: return decimal_column<arrow::Decimal256Type, arrow::Decimal256>(name, *values);
    case arrow::Type::TIMESTAMP: return timestamp_column(name, *values);
    case arrow::Type::DATE32:
      return scaled_column<arrow::Date32Type>(name, *values, kNanosecondsPerDay, ColumnType::kTime);
    case arrow::Type::DATE64: return scaled_column<arrow::Date64Type>(name, *values, 1'000'000, ColumnType::kTime);
    case arrow::Type::STRING: return text_column<arrow::StringArray>(name, *values);
    case arrow::Type::LARGE_STRING: return text_column<arrow::LargeStringArray>(name, *values);
    case arrow::Type::STRING_VIEW: return text_column<arrow::StringViewArray>(name, *values);
    case arrow::Type::DICTIONARY: return dictionary_column(name, values);
    case arrow::Type::EXTENSION: return extension_column(name, *values);
    case arrow::Type::NA:
      return Column::own(name, std::vector<double>(static_cast<std::size_t>(values->length()), kMissing));
    default: return unsupported("type " + values->type()->ToString());
  }
}

}  // namespace

Error arrow_error(const arrow::Status& status, const std::string& source) {
  if (status.IsOutOfMemory()) return io_error(source + ": not enough memory to read it (" + status.message() + ")");
  if (status.IsNotImplemented()) return unsupported(source + ": " + status.message());
  if (status.IsIOError()) return bad_data(source + ": cannot be read, is it cut or damaged? (" + status.message() + ")");
  return bad_data(source + ": damaged (" + status.message() + ")");
}

Result<LoadedTable> load_columns(const arrow::Table& table, const std::string& source) {
  LoadedTable loaded;
  bool zone_found = false;
  for (int i = 0; i < table.num_columns(); ++i) {
    const std::string& name = table.field(i)->name();
    const std::shared_ptr<Values>& values = table.column(i);
    Result<Column> column = column_of(name, values);
    if (!column.ok()) {
      if (column.error().code != ErrorCode::kUnsupported) return std::move(column).error().within(source);
      loaded.detected.notes.push_back("column '" + name + "' is left out: " + column.error().message);
      continue;
    }
    if (!zone_found && values->type()->id() == arrow::Type::TIMESTAMP) {
      const std::string& zone = static_cast<const arrow::TimestampType&>(*values->type()).timezone();
      zone_found = !zone.empty();
      if (zone_found) loaded.detected.time_zone = zone;
    }
    loaded.table.columns.push_back(std::move(column).value());
  }
  loaded.detected.rows = static_cast<std::size_t>(table.num_rows());
  return loaded;
}

}  // namespace peak::io
