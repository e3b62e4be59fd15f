// Number: decimal text to the nearest double, and the words for "no number".
//
// Prices have few digits: a number with at most 2^53 as its digits and a power of ten up to 22 is one exact integer and
// one exact power of ten, so a single multiplication or division rounds it correctly (W. Clinger, "How to Read Floating
// Point Numbers Accurately", 1990). All other numbers take the library's exact way. Both give the bits of strtod.
#pragma once

#include <cstdint>
#include <string_view>

namespace peak::io {

/// The exact way, for a number without a sign between the two ends.
double parse_number_exactly(const char* first, const char* last) noexcept;

inline constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                          1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/// Reads the decimal number that starts at `first` ("12", "-.5", "1e-5"); returns where it ends, `first` if there is
/// none.
inline const char* parse_number(const char* first, const char* last, double& value) noexcept {
  const char* p = first;
  const bool negative = p != last && *p == '-';
  if (p != last && (*p == '-' || *p == '+')) ++p;
  const char* const start = p;
  std::uint64_t digits = 0;
  while (p != last && static_cast<unsigned char>(*p - '0') < 10)
    digits = digits * 10 + static_cast<unsigned char>(*p++ - '0');
  std::ptrdiff_t digit_count = p - start;
  int exponent = 0;
  if (p != last && *p == '.') {
    const char* const fraction = ++p;
    while (p != last && static_cast<unsigned char>(*p - '0') < 10) {
      digits = digits * 10 + static_cast<unsigned char>(*p++ - '0');
    }
    exponent = static_cast<int>(fraction - p);
    digit_count += p - fraction;
  }
  if (digit_count == 0) return first;
  bool plain = digit_count <= 19;  // else `digits` may have wrapped round
  if (p != last && (*p == 'e' || *p == 'E')) {
    const char* q = p + 1;
    if (q != last && (*q == '-' || *q == '+')) ++q;
    if (q != last && static_cast<unsigned char>(*q - '0') < 10) {
      while (q != last && static_cast<unsigned char>(*q - '0') < 10) ++q;
      p = q;
      plain = false;
    }
  }
  double magnitude;
  if (plain && digits <= (std::uint64_t{1} << 53) && exponent >= -22) {
    magnitude = static_cast<double>(digits) / kPowersOfTen[-exponent];
  } else {
    magnitude = parse_number_exactly(start, p);
  }
  value = negative ? -magnitude : magnitude;
  return p;
}

/// The whole text as a number, "inf" and "infinity" included; false if it is none.
bool parse_whole_number(std::string_view text, double& value) noexcept;

/// The whole text as an integer that fits.
bool parse_integer(std::string_view text, std::int64_t& value) noexcept;

/// True for an empty text and the usual words for a value that is not there: nan, na, n/a, #n/a, null, none, nat, -, .
bool is_missing(std::string_view text) noexcept;

/// The text without blanks at its ends.
std::string_view trimmed(std::string_view text) noexcept;

/// ASCII comparison without regard to case.
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace peak::io
