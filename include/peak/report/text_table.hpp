// TextTable: aligned columns for a terminal.
//
//     TextTable table({{"name"}, {.title = "default", .right = true}});
//     table.add_row({"fast", "10"});
//     std::fputs(table.render({.width = 80}).c_str(), stdout);
//
// Width     of a text is its number of code points; characters of double width are not treated as such.
// Threads   a table belongs to one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace peak {

/// How text for a terminal is made. The caller knows the terminal; the library asks nothing of it.
struct TextStyle {
  int width = 80;       ///< columns that the terminal has; what does not fit is left out or wrapped
  bool colour = false;  ///< ANSI colours
  bool unicode = true;  ///< lines and dashes outside ASCII
};

/// What a cell's colour says.
enum class TextTone : unsigned char { kPlain, kGood, kBad, kQuiet, kStrong, kWarning };

/// `text` in the tone's colour, or as it is when the style has no colours.
[[nodiscard]] std::string toned(std::string_view text, TextTone tone, const TextStyle& style);

/// `text` in lines of at most `width`, broken at spaces, every line but the first indented by `indent` spaces.
[[nodiscard]] std::string wrapped(std::string_view text, int width, int indent = 0);

/// How many columns `text` takes.
[[nodiscard]] std::size_t text_width(std::string_view text) noexcept;

struct TextColumn {
  std::string title{};
  bool right = false;  ///< aligned right, as numbers are
  int rank = 0;        ///< when the table is too wide, columns of the highest rank are left out first; 0 never
};

struct TextCell {
  std::string text{};
  TextTone tone = TextTone::kPlain;

  TextCell() = default;
  TextCell(std::string cell_text, TextTone cell_tone = TextTone::kPlain)  // NOLINT: a text is a cell
      : text(std::move(cell_text)), tone(cell_tone) {}
  TextCell(const char* cell_text) : text(cell_text) {}  // NOLINT
};

class TextTable {
 public:
  explicit TextTable(std::vector<TextColumn> columns) : columns_(std::move(columns)) {}
  /// One cell for each column; missing ones are empty, further ones are dropped.
  void add_row(std::vector<TextCell> cells);
  [[nodiscard]] std::size_t rows() const noexcept { return rows_.size(); }
  /// Header, rule and rows, each with a line break. The last column is cut when it still does not fit.
  [[nodiscard]] std::string render(const TextStyle& style) const;

 private:
  std::vector<TextColumn> columns_;
  std::vector<std::vector<TextCell>> rows_;
};

}  // namespace peak
