#include "table/decimal.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <locale>
#include <sstream>
#include <string>

namespace peak {
namespace {

/// Magnitude in 32-bit limbs, the lowest first.
struct Magnitude {
  std::uint32_t limbs[8] = {};
  int count = 0;
  bool negative = false;
};

Magnitude magnitude_of(const std::uint8_t* bytes, int size_bytes) {
  Magnitude value;
  value.count = size_bytes / 4;
  std::memcpy(value.limbs, bytes, static_cast<std::size_t>(size_bytes));
  value.negative = (bytes[size_bytes - 1] & 0x80) != 0;
  if (!value.negative) return value;
  std::uint64_t carry = 1;
  for (int i = 0; i < value.count; ++i) {
    carry += static_cast<std::uint32_t>(~value.limbs[i]);
    value.limbs[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  return value;
}

/// Divides by ten and gives the remainder: the last digit.
unsigned take_digit(Magnitude& value) {
  std::uint64_t remainder = 0;
  for (int i = value.count - 1; i >= 0; --i) {
    const std::uint64_t part = (remainder << 32) | value.limbs[i];
    value.limbs[i] = static_cast<std::uint32_t>(part / 10);
    remainder = part % 10;
  }
  return static_cast<unsigned>(remainder);
}

bool is_zero(const Magnitude& value) {
  for (const std::uint32_t limb : value.limbs) {
    if (limb != 0) return false;
  }
  return true;
}

/// Through the digits; reads with the C locale whatever the program's locale is.
double parse(Magnitude value, int scale) {
  std::string digits;
  while (!is_zero(value)) digits.insert(digits.begin(), static_cast<char>('0' + take_digit(value)));
  if (digits.empty()) return 0;
  const std::int64_t exponent = -std::int64_t{scale};  // of a damaged file it may be any
  std::istringstream text((value.negative ? "-" : "") + digits + "e" + std::to_string(exponent));
  text.imbue(std::locale::classic());
  double out = std::numeric_limits<double>::quiet_NaN();
  if (text >> out) return out;
  // Out of range a stream gives the largest double, or 0.
  return out == 0 ? out : std::copysign(std::numeric_limits<double>::infinity(), out);
}

}  // namespace

double double_of_decimal(const std::uint8_t* bytes, int size_bytes, int scale) {
  static constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  const Magnitude value = magnitude_of(bytes, size_bytes);
  bool small = scale >= 0 && scale <= 22;
  for (int i = 2; i < value.count; ++i) small = small && value.limbs[i] == 0;
  const std::uint64_t low = value.limbs[0] | (std::uint64_t{value.limbs[1]} << 32);
  if (!small || low > (std::uint64_t{1} << 53)) return parse(value, scale);
  // Both are exact doubles, so that the division rounds once.
  const double out = static_cast<double>(low) / kPowers[scale];
  return value.negative ? -out : out;
}

}  // namespace peak
