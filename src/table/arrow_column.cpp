#include "table/arrow_column.hpp"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "peak/base/time.hpp"
#include "table/decimal.hpp"

namespace peak {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
using Runs = std::span<const ArrowRun>;

bool bit_at(const void* bits, std::int64_t index) {
  const auto* bytes = static_cast<const std::uint8_t*>(bits);
  return ((bytes[index / 8] >> (index % 8)) & 1) != 0;
}

bool has_nulls(const ArrowRun& run) {
  const void* validity = run.array->n_buffers > 0 ? run.array->buffers[0] : nullptr;
  if (validity == nullptr || run.array->null_count == 0) return false;
  for (std::int64_t i = 0; i < run.length; ++i) {
    if (!bit_at(validity, run.first + i)) return true;
  }
  return false;
}

bool any_nulls(const Runs& runs) {
  for (const ArrowRun& run : runs) {
    if (has_nulls(run)) return true;
  }
  return false;
}

std::size_t rows_of(const Runs& runs) {
  std::int64_t rows = 0;
  for (const ArrowRun& run : runs) rows += run.length;
  return static_cast<std::size_t>(rows);
}

template <typename T>
const T* values_of(const ArrowRun& run) {
  return static_cast<const T*>(run.array->buffers[1]) + run.first;
}

/// From any address: Arrow recommends aligned buffers and does not demand them; in a file that was mapped or forged
/// they may lie anywhere.
template <typename T>
T value_at(const void* values, std::int64_t index) {
  T value;
  std::memcpy(&value, static_cast<const char*>(values) + index * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  return value;
}

/// Calls add(value) or miss() for each element in turn.
template <typename T, typename Add, typename Miss>
void for_each(const Runs& runs, Add add, Miss miss) {
  for (const ArrowRun& run : runs) {
    if (run.length == 0) continue;
    const void* const values = run.array->buffers[1];
    const void* validity = has_nulls(run) ? run.array->buffers[0] : nullptr;
    for (std::int64_t i = 0; i < run.length; ++i) {
      if (validity != nullptr && !bit_at(validity, run.first + i)) {
        miss();
      } else {
        add(value_at<T>(values, run.first + i));
      }
    }
  }
}

/// The elements as they lie in memory, if that is possible: one run, nothing missing.
template <typename T>
bool is_viewable(const Runs& runs) {
  return runs.size() == 1 && runs.front().length > 0 && !has_nulls(runs.front()) &&
         reinterpret_cast<std::uintptr_t>(values_of<T>(runs.front())) % alignof(T) == 0;
}

template <typename T>
std::span<const T> view_of(const ArrowRun& run) {
  return {values_of<T>(run), static_cast<std::size_t>(run.length)};
}

template <typename T, typename Convert>
Column float64_column(const std::string& name, const Runs& runs, Convert convert) {
  if constexpr (std::is_same_v<T, double>) {
    if (is_viewable<double>(runs)) return {name, view_of<double>(runs.front()), runs.front().owner};
  }
  std::vector<double> out;
  out.reserve(rows_of(runs));
  for_each<T>(
      runs, [&](const T& value) { out.push_back(convert(value)); }, [&] { out.push_back(kMissing); });
  return Column::own(name, std::move(out));
}

template <typename T>
Column integer_column(const std::string& name, const Runs& runs) {
  if constexpr (std::is_same_v<T, std::int64_t>) {
    if (is_viewable<T>(runs)) return {name, view_of<T>(runs.front()), runs.front().owner};
  }
  bool fits = !any_nulls(runs);
  if (fits && std::is_same_v<T, std::uint64_t>) {
    const auto check = [&](T value) { fits = fits && std::in_range<std::int64_t>(value); };
    for_each<T>(runs, check, [] {});
  }
  if (!fits) return float64_column<T>(name, runs, [](T value) { return static_cast<double>(value); });
  std::vector<std::int64_t> out;
  out.reserve(rows_of(runs));
  for_each<T>(
      runs, [&](T value) { out.push_back(static_cast<std::int64_t>(value)); }, [] {});
  return Column::own(name, std::move(out));
}

Column bool_column(const std::string& name, const Runs& runs) {
  const bool missing = any_nulls(runs);
  std::vector<double> numbers;
  std::vector<std::uint8_t> truths;
  for (const ArrowRun& run : runs) {
    for (std::int64_t i = run.first; i < run.first + run.length; ++i) {
      const bool truth = bit_at(run.array->buffers[1], i);
      const bool valid = !missing || run.array->buffers[0] == nullptr || bit_at(run.array->buffers[0], i);
      if (missing) {
        numbers.push_back(valid ? static_cast<double>(truth) : kMissing);
      } else {
        truths.push_back(truth ? 1 : 0);
      }
    }
  }
  return missing ? Column::own(name, std::move(numbers)) : Column::own(name, std::move(truths));
}

/// Counts of `unit_ns` nanoseconds since 1970 as times.
template <typename T>
Result<Column> time_column(const std::string& name, const Runs& runs, std::int64_t unit_ns) {
  if constexpr (std::is_same_v<T, std::int64_t>) {
    if (unit_ns == 1 && is_viewable<T>(runs)) {
      return Column(name, view_of<T>(runs.front()), runs.front().owner, ColumnType::kTime);
    }
  }
  const std::int64_t highest = std::numeric_limits<std::int64_t>::max() / unit_ns;
  std::vector<std::int64_t> out;
  out.reserve(rows_of(runs));
  std::size_t bad_row = 0;
  bool bad = false;
  const auto add = [&](T value) {
    const auto count = static_cast<std::int64_t>(value);
    const bool none = count == kNoTime;
    if (!none && (count > highest || count < -highest) && !bad) {
      bad = true;
      bad_row = out.size();
    }
    out.push_back(none || bad ? kNoTime : count * unit_ns);
  };
  for_each<T>(runs, add, [&] { out.push_back(kNoTime); });
  if (bad) {
    return bad_data("column '" + name + "', row " + std::to_string(bad_row) +
                    ": a time outside of 1677 to 2262, which nanoseconds cannot hold");
  }
  return Column::own(name, std::move(out), ColumnType::kTime);
}

/// Codes into one dictionary for all runs, texts in the order in which they first appear.
class TextBuilder {
 public:
  explicit TextBuilder(std::size_t rows) { codes_.reserve(rows); }
  void add_missing() { codes_.push_back(-1); }
  void add(std::string_view text) {
    const auto fresh_code = static_cast<std::int32_t>(dictionary_.size());
    const auto [at, fresh] = known_.try_emplace(std::string(text), fresh_code);
    if (fresh) dictionary_.emplace_back(text);
    codes_.push_back(at->second);
  }
  Column finish(const std::string& name) && { return Column::own(name, std::move(codes_), std::move(dictionary_)); }

 private:
  std::vector<std::int32_t> codes_;
  std::vector<std::string> dictionary_;
  std::unordered_map<std::string, std::int32_t> known_;
};

template <typename Offset>
std::string_view offset_text(const ArrowArray& array, std::int64_t index) {
  const auto begin = value_at<Offset>(array.buffers[1], index);
  const auto end = value_at<Offset>(array.buffers[1], index + 1);
  return {static_cast<const char*>(array.buffers[2]) + begin, static_cast<std::size_t>(end - begin)};
}

/// Sixteen bytes for each text: its length, then up to 12 bytes of it, or 4 of prefix, a buffer's number, an offset.
std::string_view view_text(const ArrowArray& array, std::int64_t index) {
  const auto* view = static_cast<const char*>(array.buffers[1]) + 16 * index;
  std::int32_t words[4];
  std::memcpy(words, view, sizeof words);
  const auto length = static_cast<std::size_t>(words[0]);
  if (length <= 12) return {view + 4, length};
  return {static_cast<const char*>(array.buffers[2 + words[2]]) + words[3], length};
}

using TextAt = std::string_view (*)(const ArrowArray&, std::int64_t);
TextAt text_reader(std::string_view format) {
  if (format == "u") return offset_text<std::int32_t>;
  if (format == "U") return offset_text<std::int64_t>;
  if (format == "vu") return view_text;
  return nullptr;
}

bool is_null(const ArrowArray& array, std::int64_t index) {
  return array.null_count != 0 && array.buffers[0] != nullptr && !bit_at(array.buffers[0], index);
}

Column text_column(const std::string& name, const Runs& runs, TextAt text_at) {
  TextBuilder builder(rows_of(runs));
  for (const ArrowRun& run : runs) {
    for (std::int64_t i = run.first; i < run.first + run.length; ++i) {
      if (is_null(*run.array, i)) {
        builder.add_missing();
      } else {
        builder.add(text_at(*run.array, i));
      }
    }
  }
  return std::move(builder).finish(name);
}

template <typename Index>
Result<Column> dictionary_column(const std::string& name, const Runs& runs, TextAt text_at) {
  TextBuilder builder(rows_of(runs));
  for (const ArrowRun& run : runs) {
    const ArrowArray& texts = *run.array->dictionary;
    const auto add = [&](Index index) {
      const auto at = static_cast<std::int64_t>(index);
      if (at < 0 || at >= texts.length || is_null(texts, texts.offset + at)) {
        builder.add_missing();
      } else {
        builder.add(text_at(texts, texts.offset + at));
      }
    };
    for_each<Index>({&run, 1}, add, [&] { builder.add_missing(); });
  }
  return std::move(builder).finish(name);
}

/// IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction.
double double_of_half(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 31) return fraction != 0 ? kMissing : sign * std::numeric_limits<double>::infinity();
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

template <std::size_t kBytes>
Column decimal_column(const std::string& name, const Runs& runs, int scale) {
  struct Bytes {
    std::uint8_t values[kBytes];
  };
  return float64_column<Bytes>(
      name, runs, [scale](const Bytes& bytes) { return double_of_decimal(bytes.values, int{kBytes}, scale); });
}

/// "d:19,10" or "d:19,10,256": precision, scale, bits.
Result<Column> decimal_column(const std::string& name, const Runs& runs, const std::string& format) {
  int precision = 0, scale = 0, bits = 128;
  if (std::sscanf(format.c_str(), "d:%d,%d,%d", &precision, &scale, &bits) < 2) return unsupported("type " + format);
  switch (bits) {
    case 32: return decimal_column<4>(name, runs, scale);
    case 64: return decimal_column<8>(name, runs, scale);
    case 128: return decimal_column<16>(name, runs, scale);
    case 256: return decimal_column<32>(name, runs, scale);
    default: return unsupported("type " + format);
  }
}

Result<Column> timestamp_column(const std::string& name, const Runs& runs, const std::string& format) {
  switch (format[2]) {
    case 's': return time_column<std::int64_t>(name, runs, kNanosecondsPerSecond);
    case 'm': return time_column<std::int64_t>(name, runs, 1'000'000);
    case 'u': return time_column<std::int64_t>(name, runs, 1'000);
    default: return time_column<std::int64_t>(name, runs, 1);
  }
}

Result<Column> dictionary_column(const std::string& name, const ArrowSchema& type, const Runs& runs) {
  const TextAt text_at = text_reader(type.dictionary->format);
  if (text_at == nullptr) return unsupported("a dictionary of something else than text");
  switch (type.format[0]) {
    case 'c': return dictionary_column<std::int8_t>(name, runs, text_at);
    case 'C': return dictionary_column<std::uint8_t>(name, runs, text_at);
    case 's': return dictionary_column<std::int16_t>(name, runs, text_at);
    case 'S': return dictionary_column<std::uint16_t>(name, runs, text_at);
    case 'i': return dictionary_column<std::int32_t>(name, runs, text_at);
    case 'I': return dictionary_column<std::uint32_t>(name, runs, text_at);
    case 'l': return dictionary_column<std::int64_t>(name, runs, text_at);
    case 'L': return dictionary_column<std::uint64_t>(name, runs, text_at);
    default: return unsupported("a dictionary with indices of format " + std::string(type.format));
  }
}

Result<Column> number_column(const std::string& name, char format, const Runs& runs) {
  switch (format) {
    case 'g': return float64_column<double>(name, runs, [](double value) { return value; });
    case 'f': return float64_column<float>(name, runs, [](float value) { return static_cast<double>(value); });
    case 'e': return float64_column<std::uint16_t>(name, runs, double_of_half);
    case 'l': return integer_column<std::int64_t>(name, runs);
    case 'L': return integer_column<std::uint64_t>(name, runs);
    case 'i': return integer_column<std::int32_t>(name, runs);
    case 'I': return integer_column<std::uint32_t>(name, runs);
    case 's': return integer_column<std::int16_t>(name, runs);
    case 'S': return integer_column<std::uint16_t>(name, runs);
    case 'c': return integer_column<std::int8_t>(name, runs);
    case 'C': return integer_column<std::uint8_t>(name, runs);
    case 'b': return bool_column(name, runs);
    case 'n': return Column::own(name, std::vector<double>(rows_of(runs), kMissing));
    default: return unsupported(std::string("Arrow type of format '") + format + "'");
  }
}

}  // namespace

Result<Column> column_from_arrow(const std::string& name, const ArrowSchema& type, const std::vector<ArrowRun>& runs) {
  const std::string format = type.format;
  if (type.dictionary != nullptr) return dictionary_column(name, type, runs);
  if (const TextAt text_at = text_reader(format)) return text_column(name, runs, text_at);
  if (format.starts_with("ts") && format.size() >= 4) return timestamp_column(name, runs, format);
  if (format == "tdD") return time_column<std::int32_t>(name, runs, kNanosecondsPerDay);
  if (format == "tdm") return time_column<std::int64_t>(name, runs, 1'000'000);
  if (format.starts_with("d:")) return decimal_column(name, runs, format);
  if (format.size() == 1) return number_column(name, format[0], runs);
  return unsupported("Arrow type of format '" + format + "'");
}

std::string arrow_time_zone(const ArrowSchema& type) {
  const std::string_view format = type.format;
  return format.starts_with("ts") && format.size() > 4 ? std::string(format.substr(4)) : std::string();
}

}  // namespace peak
