#include "io/number.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <string>
#include <system_error>

namespace peak::io {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

double parse_number_exactly(const char* first, const char* last) noexcept {
#if defined(__cpp_lib_to_chars) && __cpp_lib_to_chars >= 201611L
  double value = 0;
  const auto result = std::from_chars(first, last, value);
  if (result.ec != std::errc::result_out_of_range) return value;
#endif
  // Out of double's range (or no from_chars): strtod knows whether that is 0 or infinity, wherever the point stands.
  const std::string text(first, last);
  return std::strtod(text.c_str(), nullptr);
}

bool parse_whole_number(std::string_view text, double& value) noexcept {
  const char* const end = text.data() + text.size();
  if (!text.empty() && parse_number(text.data(), end, value) == end) return true;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (!equals_ignoring_case(text, "inf") && !equals_ignoring_case(text, "infinity")) return false;
  value = negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  return true;
}

bool parse_integer(std::string_view text, std::int64_t& value) noexcept {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() && !text.empty();
}

bool is_missing(std::string_view text) noexcept {
  if (text.empty()) return true;
  if (text.size() > 4) return false;
  for (const char* word : {"nan", "na", "n/a", "#n/a", "null", "none", "nat", "-", "."}) {
    if (equals_ignoring_case(text, word)) return true;
  }
  return false;
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace peak::io
