#include "expression/number_text.hpp"

#include <charconv>
#include <cmath>
#include <system_error>

#ifndef __cpp_lib_to_chars  // some libc++ cannot read doubles with from_chars
#include <locale>
#include <sstream>
#endif

namespace peak::expression {

std::string format_number(double value) {
  char text[40];
  const double size = std::fabs(value);
  const bool is_plain = size == 0 || (size >= 1e-5 && size < 1e15);  // both forms read back to the same double
  const auto end = is_plain ? std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr
                            : std::to_chars(text, text + sizeof text, value).ptr;
  return std::string(text, end);
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
#ifdef __cpp_lib_to_chars
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
#else
  std::istringstream stream{std::string(text)};
  stream.imbue(std::locale::classic());
  stream >> value;
  if (stream.fail() || stream.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
#endif
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace peak::expression
