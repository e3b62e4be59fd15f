#include "report/column_code.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

#include "report/number_text.hpp"

namespace peak::report {
namespace {

constexpr double kLargestScaled = 2251799813685248.0;  // 2^51: a difference of two, zigzagged, is exact in a double
constexpr int kMostDecimals = 9;

void append_varint(std::vector<unsigned char>& out, std::int64_t value) {
  auto zigzag = (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
  for (; zigzag >= 0x80U; zigzag >>= 7U) out.push_back(static_cast<unsigned char>(zigzag | 0x80U));
  out.push_back(static_cast<unsigned char>(zigzag));
}

struct Scaling {
  std::int64_t base = 0;
  std::int64_t multiply = 1;
  double divide = 1;
};

void write_deltas(JsonWriter& json, std::span<const std::int64_t> values, const Scaling& scaling) {
  std::vector<unsigned char> bytes;
  bytes.reserve(values.size() * 3);
  std::int64_t before = 0;
  for (const std::int64_t value : values) {
    const std::int64_t steps = (value - scaling.base) / scaling.multiply;
    append_varint(bytes, steps - before);
    before = steps;
  }
  json.begin_object(JsonWriter::Layout::kOneLine);
  json.text("kind", "delta");
  json.integer("count", static_cast<std::int64_t>(values.size()));
  json.integer("base", scaling.base);
  json.integer("multiply", scaling.multiply);
  json.number("divide", scaling.divide);
  json.text("data", base64(bytes));
  json.end_object();
}

void write_doubles(JsonWriter& json, std::span<const double> values) {
  std::vector<unsigned char> bytes(values.size() * 8);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, &values[i], 8);
    for (std::size_t byte = 0; byte < 8; ++byte) bytes[i * 8 + byte] = static_cast<unsigned char>(word >> (8 * byte));
  }
  json.begin_object(JsonWriter::Layout::kOneLine);
  json.text("kind", "float64");
  json.integer("count", static_cast<std::int64_t>(values.size()));
  json.text("data", base64(bytes));
  json.end_object();
}

}  // namespace

std::string base64(std::span<const unsigned char> bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
    const auto word = static_cast<std::uint32_t>(bytes[i] << 16U) |
                      (left > 1 ? static_cast<std::uint32_t>(bytes[i + 1] << 8U) : 0U) |
                      (left > 2 ? static_cast<std::uint32_t>(bytes[i + 2]) : 0U);
    text += kDigits[word >> 18U];
    text += kDigits[(word >> 12U) & 63U];
    text += left > 1 ? kDigits[(word >> 6U) & 63U] : '=';
    text += left > 2 ? kDigits[word & 63U] : '=';
  }
  return text;
}

void write_rounded(JsonWriter& json, std::span<const double> values, int decimals) {
  const double power = std::pow(10.0, std::clamp(decimals, 0, kMostDecimals));
  std::vector<std::int64_t> scaled;
  scaled.reserve(values.size());
  for (const double value : values) {
    const double rounded = std::round(value * power);
    if (!(std::fabs(rounded) < kLargestScaled)) return write_doubles(json, values);
    scaled.push_back(static_cast<std::int64_t>(rounded));
  }
  write_deltas(json, scaled, {.divide = power});
}

void write_exact(JsonWriter& json, std::span<const double> values) {
  const int decimals = decimal_places(values, kMostDecimals);
  if (decimals < 0) return write_doubles(json, values);
  write_rounded(json, values, decimals);
}

void write_whole(JsonWriter& json, std::span<const std::int64_t> values) {
  if (values.empty()) return write_deltas(json, values, {});
  const std::int64_t base = values.front();
  std::int64_t step = 0;
  for (const std::int64_t value : values) step = std::gcd(step, value - base);
  write_deltas(json, values, {.base = base, .multiply = std::max<std::int64_t>(step, 1)});
}

}  // namespace peak::report
