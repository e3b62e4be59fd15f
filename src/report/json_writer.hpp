// JsonWriter: text of a JSON document, written from front to back.
//
// Small on purpose: a run's JSON is written on every call of the command, and a document tree would cost more than
// the run. The caller keeps keys and values in order; the writer keeps commas, indentation and escapes right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace peak::report {

class JsonWriter {
 public:
  struct Style {
    int indent = 2;          ///< spaces per level; 0: no white space at all
    bool html_safe = false;  ///< `<`, `>` and `&` escaped, so that the text can stand inside a <script> element
  };
  enum class Layout : unsigned char { kLines, kOneLine };

  explicit JsonWriter(Style style) : style_(style) {}

  void begin_object(Layout layout = Layout::kLines) { begin('{', layout); }
  void end_object() { end('}'); }
  void begin_array(Layout layout = Layout::kLines) { begin('[', layout); }
  void end_array() { end(']'); }
  void key(std::string_view name);

  void text(std::string_view value);
  void number(double value);  ///< shortest text that reads back; null unless finite
  void integer(std::int64_t value);
  void boolean(bool value);
  void null();
  void verbatim(std::string_view json);  ///< a value that is JSON already

  // A key with its value.
  void text(std::string_view name, std::string_view value) { key(name), text(value); }
  void number(std::string_view name, double value) { key(name), number(value); }
  void integer(std::string_view name, std::int64_t value) { key(name), integer(value); }
  void boolean(std::string_view name, bool value) { key(name), boolean(value); }

  [[nodiscard]] std::size_t size() const noexcept { return out_.size(); }
  /// What has been written since the last call.
  [[nodiscard]] std::string take() { return std::exchange(out_, {}); }

 private:
  struct Level {
    Layout layout;
    bool empty = true;
  };
  void begin(char bracket, Layout layout);
  void end(char bracket);
  void separate();  ///< comma and line break before the next element
  void new_line();
  void quote(std::string_view value);

  Style style_;
  std::string out_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

/// The shortest decimal text that reads back as the same double: "0.1", "10000", "1e-07"; "nan", "inf" if not finite.
void append_number(std::string& out, double value);

}  // namespace peak::report
