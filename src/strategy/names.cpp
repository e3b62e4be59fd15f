#include "strategy/names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace peak {

bool is_signal_name(std::string_view name) noexcept {
  return name == "entry" || name == "exit" || name == "short_entry" || name == "short_exit";
}

Status check_name(const char* what, const std::string& name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const bool is_plain = !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
  });
  if (!is_plain) {
    return invalid_argument(std::string(what) + " '" + name +
                            "': a name is made of letters, digits and _ and begins with no digit");
  }
  constexpr std::array<std::string_view, 10> kTaken{"and",  "or",   "not", "if",    "else",
                                                    "open", "high", "low", "close", "volume"};
  if (std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end()) {
    return invalid_argument(std::string(what) + " '" + name + "': this name belongs to the language; choose another");
  }
  return {};
}

std::string shown(double value) {
  char text[40];
  const double size = std::fabs(value);
  const bool is_plain = size == 0 || (size >= 1e-5 && size < 1e15);  // both forms read back to the same double
  const auto end = is_plain ? std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr
                            : std::to_chars(text, text + sizeof text, value).ptr;
  return std::string(text, end);
}

}  // namespace peak
