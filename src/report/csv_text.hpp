// CsvText: the text of a CSV file, written from front to back. NaN and missing bars and times are empty fields.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "peak/base/time.hpp"
#include "peak/trading/order.hpp"
#include "report/json_writer.hpp"

namespace peak::report {

/// One line after the other; fields are separated as they are added.
class CsvText {
 public:
  CsvText() = default;
  explicit CsvText(std::string_view header) : out_(header) { out_ += '\n'; }

  void text(std::string_view value) {
    separate();
    if (value.find_first_of("\",\r\n") == std::string_view::npos) {
      out_ += value;
      return;
    }
    out_ += '"';
    for (const char c : value) {
      if (c == '"') out_ += '"';
      out_ += c;
    }
    out_ += '"';
  }
  void number(double value) {
    separate();
    if (!std::isnan(value)) append_number(out_, value);
  }
  void bar(std::int64_t value) { text(value == kNoBar ? std::string() : std::to_string(value)); }
  void time(Nanoseconds value) { text(value == kNoTime ? std::string() : format_time(value)); }
  void boolean(bool value) { text(value ? "true" : "false"); }
  void end_line() {
    out_ += '\n';
    first_ = true;
  }
  [[nodiscard]] std::size_t size() const noexcept { return out_.size(); }
  /// What has been written since the last call.
  [[nodiscard]] std::string take() { return std::exchange(out_, {}); }

 private:
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  std::string out_;
  bool first_ = true;
};

}  // namespace peak::report
