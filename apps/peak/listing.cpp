#include "listing.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace peak::command {
namespace {

constexpr std::size_t kGap = 2;         // between columns, as TextTable leaves it
constexpr std::size_t kNarrowest = 24;  // a sentence in less is no longer readable

/// Columns that the last one has when all others take what they need.
std::size_t room_for_last(const std::vector<TextColumn>& columns, const std::vector<std::vector<std::string>>& rows,
                          int width) {
  std::size_t taken = 0;
  for (std::size_t i = 0; i + 1 < columns.size(); ++i) {
    std::size_t widest = text_width(columns[i].title);
    for (const auto& row : rows) widest = std::max(widest, text_width(row[i]));
    taken += widest + kGap;
  }
  const auto available = static_cast<std::size_t>(std::max(width, 0));
  return available > taken + kNarrowest ? available - taken : kNarrowest;
}

}  // namespace

std::string render_listing(std::vector<TextColumn> columns, const std::vector<std::vector<std::string>>& rows,
                           const TextStyle& style) {
  const std::size_t room = room_for_last(columns, rows, style.width);
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
