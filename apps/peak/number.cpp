#include "number.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "report/json_writer.hpp"

namespace peak::command {

Result<double> parse_number(const std::string& text, const std::string& what) {
  // strtod, as libc++ has no from_chars for doubles; a leading blank would be skipped, so it is refused here.
  char* end = nullptr;
  const bool blank = text.empty() || text[0] == ' ' || text[0] == '\t' || text[0] == '\n';
  const double value = blank ? 0 : std::strtod(text.c_str(), &end);
  if (blank || end != text.c_str() + text.size()) {
    const bool percent = !text.empty() && text.back() == '%';
    return invalid_argument(what + ": '" + text + "' is not a number" +
                            (percent ? "; write a fraction, such as 0.001 for 0.1 %" : ""));
  }
  return value;
}

Result<std::size_t> parse_count(const std::string& text, const std::string& what) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return invalid_argument(what + ": '" + text + "' is not a whole number of 0 or more");
  }
  return value;
}

std::string format_number(double value) {
  std::string text;
  constexpr double kLargestWrittenOut = 1e15;  // 10000000 reads better than 1e+07
  if (std::fabs(value) < kLargestWrittenOut && value == std::trunc(value)) {
    return std::to_string(static_cast<long long>(value));
  }
  report::append_number(text, value);
  return text;
}

}  // namespace peak::command
