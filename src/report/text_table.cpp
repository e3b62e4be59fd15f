#include "peak/report/text_table.hpp"

#include <algorithm>
#include <utility>

namespace peak {
namespace {

constexpr std::size_t kGap = 2;  // spaces between columns

const char* tone_code(TextTone tone) noexcept {
  switch (tone) {
    case TextTone::kPlain: return "";
    case TextTone::kGood: return "\x1b[32m";
    case TextTone::kBad: return "\x1b[31m";
    case TextTone::kQuiet: return "\x1b[2m";
    case TextTone::kStrong: return "\x1b[1m";
    case TextTone::kWarning: return "\x1b[33m";
  }
  return "";
}

bool starts_character(char byte) noexcept { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

/// The first `width` columns of text.
std::string_view cut(std::string_view text, std::size_t width) noexcept {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (starts_character(text[i]) && columns++ == width) return text.substr(0, i);
  }
  return text;
}

struct Layout {
  std::vector<std::size_t> shown;   // indices of columns
  std::vector<std::size_t> widths;  // of each column, shown or not

  [[nodiscard]] std::size_t total() const {
    std::size_t sum = 0;
    for (const std::size_t column : shown) sum += widths[column] + kGap;
    return sum == 0 ? 0 : sum - kGap;
  }
};

/// Leaves out columns by rank until the rest fits, then narrows the last one.
void fit(Layout& layout, const std::vector<TextColumn>& columns, std::size_t width) {
  while (layout.total() > width) {
    const auto worst = std::max_element(layout.shown.begin(), layout.shown.end(), [&](std::size_t a, std::size_t b) {
      return columns[a].rank < columns[b].rank;
    });
    if (columns[*worst].rank == 0) break;
    layout.shown.erase(worst);
  }
  const std::size_t total = layout.total();
  if (total <= width || layout.shown.empty()) return;
  std::size_t& last = layout.widths[layout.shown.back()];
  last -= std::min(last > 8 ? last - 8 : 0, total - width);
}

void append_cell(std::string& out, const TextCell& cell, std::size_t width, bool right, bool last,
                 const TextStyle& style) {
  const std::string_view text = cut(cell.text, width);
  const std::string padding(width - std::min(width, text_width(text)), ' ');
  if (right) out += padding;
  out += toned(text, cell.tone, style);
  if (!right && !last) out += padding;
  if (!last) out.append(kGap, ' ');
}

}  // namespace

std::size_t text_width(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string toned(std::string_view text, TextTone tone, const TextStyle& style) {
  if (!style.colour || tone == TextTone::kPlain || text.empty()) return std::string(text);
  return std::string(tone_code(tone)).append(text).append("\x1b[0m");
}

std::string wrapped(std::string_view text, int width, int indent) {
  const auto room = static_cast<std::size_t>(std::max(width, indent + 10));
  const std::size_t lead = std::min(text.find_first_not_of(' '), text.size());
  std::string out(text.substr(0, lead));
  text.remove_prefix(lead);
  std::size_t used = lead;  // columns of the present line
  bool begun = false;       // the line has a word
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    const std::size_t length = text_width(word);
    if (begun && used + 1 + length > room) {
      out += '\n';
      out.append(static_cast<std::size_t>(indent), ' ');
      used = static_cast<std::size_t>(indent);
    } else if (begun) {
      out += ' ';
      ++used;
    }
    out += word;
    used += length;
    begun = true;
  }
  return out;
}

void TextTable::add_row(std::vector<TextCell> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string TextTable::render(const TextStyle& style) const {
  Layout layout;
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    std::size_t width = text_width(columns_[column].title);
    for (const auto& row : rows_) width = std::max(width, text_width(row[column].text));
    layout.widths.push_back(width);
    layout.shown.push_back(column);
  }
  fit(layout, columns_, static_cast<std::size_t>(std::max(style.width, 20)));

  std::string out;
  const auto append_row = [&](const auto& cell_of) {
    for (const std::size_t column : layout.shown) {
      append_cell(out, cell_of(column), layout.widths[column], columns_[column].right, column == layout.shown.back(),
                  style);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  };
  append_row([&](std::size_t column) { return TextCell(columns_[column].title, TextTone::kStrong); });
  std::string rule;
  for (std::size_t i = 0; i < layout.total(); ++i) rule += style.unicode ? "─" : "-";
  out += toned(rule, TextTone::kQuiet, style) + '\n';
  for (const auto& row : rows_) append_row([&](std::size_t column) -> const TextCell& { return row[column]; });
  return out;
}

}  // namespace peak
