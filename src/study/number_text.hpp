// Numbers and counts as people read them in messages.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>

namespace peak::study {

/// The shortest decimal text that reads back to `value`.
inline std::string shown(double value) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  return {text, end};
}

/// "1,000,000".
inline std::string grouped(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, ",");
  return text;
}

}  // namespace peak::study
