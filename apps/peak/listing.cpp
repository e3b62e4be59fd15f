#include "listing.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace peak::command {
namespace {

constexpr std::size_t kGap = 2;         // between columns, as TextTable leaves it
constexpr std::size_t kNarrowest = 24;  // a sentence in less is no longer readable
constexpr int kIndent = 4;              // of a sentence under its row

/// What all columns but the last take, with the gap behind each.
std::size_t room_before_last(const std::vector<TextColumn>& columns,
                             const std::vector<std::vector<std::string>>& rows) {
  std::size_t taken = 0;
  for (std::size_t i = 0; i + 1 < columns.size(); ++i) {
    std::size_t widest = text_width(columns[i].title);
    for (const auto& row : rows) widest = std::max(widest, text_width(row[i]));
    taken += widest + kGap;
  }
  return taken;
}

/// Where the last column has no room beside the others: its sentence under each row.
std::string render_sentences_below(std::vector<TextColumn> columns, const std::vector<std::vector<std::string>>& rows,
                                   std::size_t taken, const TextStyle& style) {
  columns.pop_back();
  TextTable table(std::move(columns));
  for (const auto& row : rows) table.add_row(std::vector<TextCell>(row.begin(), row.end() - 1));
  TextStyle wide = style;
  wide.width = std::max(wide.width, static_cast<int>(taken));
  const std::string lines = table.render(wide);
  const auto line_end = [&](std::size_t from) { return std::min(lines.find('\n', from), lines.size() - 1) + 1; };
  std::size_t start = line_end(line_end(0));  // the titles and the line under them
  std::string text = lines.substr(0, start);
  for (const auto& row : rows) {
    const std::size_t end = line_end(start);
    text += lines.substr(start, end - start);
    start = end;
    text += std::string(kIndent, ' ') + wrapped(row.back(), std::max(style.width, 40) - kIndent, kIndent) + "\n";
  }
  return text + lines.substr(start);
}

}  // namespace

std::string render_listing(std::vector<TextColumn> columns, const std::vector<std::vector<std::string>>& rows,
                           const TextStyle& style) {
  const std::size_t taken = room_before_last(columns, rows);
  const auto available = static_cast<std::size_t>(std::max(style.width, 0));
  if (available < taken + kNarrowest) return render_sentences_below(std::move(columns), rows, taken, style);
  const std::size_t room = available - taken;
  TextTable table(std::move(columns));
  for (const auto& row : rows) {
    std::vector<TextCell> cells(row.begin(), row.end() - 1);
    const std::string sentence = wrapped(row.back(), static_cast<int>(room));
    for (std::size_t start = 0; start != sentence.npos;) {
      const std::size_t end = sentence.find('\n', start);
      cells.emplace_back(sentence.substr(start, end - start));
      table.add_row(std::exchange(cells, std::vector<TextCell>(row.size() - 1)));
      start = end == sentence.npos ? end : end + 1;
    }
  }
  return table.render(style);
}

}  // namespace peak::command
