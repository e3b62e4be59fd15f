#include "report/json_writer.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>

namespace peak::report {
namespace {

constexpr char kHex[] = "0123456789abcdef";

bool is_continuation(std::string_view text, std::size_t i) {
  return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U;
}

/// Bytes of the UTF-8 character that starts at i; 0 if there is none (RFC 3629: no overlong forms, no surrogates).
std::size_t character_length(std::string_view text, std::size_t i) {
  const auto first = static_cast<unsigned char>(text[i]);
  const auto second = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
  if (first < 0x80U) return 1;
  if (first < 0xC2U || first > 0xF4U || !is_continuation(text, i + 1)) return 0;
  if (first < 0xE0U) return 2;
  if (!is_continuation(text, i + 2)) return 0;
  if ((first == 0xE0U && second < 0xA0U) || (first == 0xEDU && second > 0x9FU)) return 0;
  if (first < 0xF0U) return 3;
  if (!is_continuation(text, i + 3)) return 0;
  if ((first == 0xF0U && second < 0x90U) || (first == 0xF4U && second > 0x8FU)) return 0;
  return 4;
}

void append_code_unit(std::string& out, unsigned char byte) {
  out += "\\u00";
  out += kHex[byte >> 4U];
  out += kHex[byte & 15U];
}

}  // namespace

void append_number(std::string& out, double value) {
  char digits[32];
  const auto written = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, written.ptr);
}

void JsonWriter::begin(char bracket, Layout layout) {
  separate();
  out_ += bracket;
  const bool inside_line = !levels_.empty() && levels_.back().layout == Layout::kOneLine;
  levels_.push_back({inside_line ? Layout::kOneLine : layout});
}

void JsonWriter::end(char bracket) {
  const Level level = levels_.back();
  levels_.pop_back();
  if (!level.empty && level.layout == Layout::kLines) new_line();
  out_ += bracket;
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (levels_.empty()) return;
  Level& level = levels_.back();
  if (!level.empty) out_ += ',';
  if (level.layout == Layout::kLines) {
    new_line();
  } else if (!level.empty && style_.indent > 0) {
    out_ += ' ';
  }
  level.empty = false;
}

void JsonWriter::new_line() {
  if (style_.indent <= 0) return;
  out_ += '\n';
  out_.append(levels_.size() * static_cast<std::size_t>(style_.indent), ' ');
}

void JsonWriter::key(std::string_view name) {
  separate();
  quote(name);
  out_ += style_.indent > 0 ? ": " : ":";
  after_key_ = true;
}

void JsonWriter::text(std::string_view value) {
  separate();
  quote(value);
}

void JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  append_number(out_, value);
}

void JsonWriter::integer(std::int64_t value) {
  separate();
  out_ += std::to_string(value);
}

void JsonWriter::boolean(bool value) { verbatim(value ? "true" : "false"); }

void JsonWriter::null() { verbatim("null"); }

void JsonWriter::verbatim(std::string_view json) {
  separate();
  out_ += json;
}

void JsonWriter::quote(std::string_view value) {
  out_ += '"';
  for (std::size_t i = 0; i < value.size();) {
    const auto byte = static_cast<unsigned char>(value[i]);
    const std::size_t length = character_length(value, i);
    if (length == 0) {
      out_ += "\xEF\xBF\xBD";  // U+FFFD
    } else if (byte == '"' || byte == '\\') {
      out_ += '\\';
      out_ += value[i];
    } else if (byte == '\n') {
      out_ += "\\n";
    } else if (byte == '\t') {
      out_ += "\\t";
    } else if (byte < 0x20U || byte == 0x7FU || (style_.html_safe && (byte == '<' || byte == '>' || byte == '&'))) {
      append_code_unit(out_, byte);
    } else {
      out_.append(value, i, length);
    }
    i += length == 0 ? 1 : length;
  }
  out_ += '"';
}

}  // namespace peak::report
