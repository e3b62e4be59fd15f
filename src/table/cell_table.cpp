#include "peak/table/cell_table.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace peak {
namespace {

constexpr std::int64_t kExactWhole = std::int64_t{1} << 53;
constexpr double kMissingCell = std::numeric_limits<double>::quiet_NaN();

bool is_exact(std::int64_t value) noexcept { return value >= -kExactWhole && value <= kExactWhole; }

std::string shortest(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value);
  return {text, end.ptr};
}

std::int32_t code_of(std::vector<std::string>& dictionary, std::unordered_map<std::string, std::int32_t>& codes,
                     std::string text) {
  const auto [place, is_new] = codes.try_emplace(std::move(text), static_cast<std::int32_t>(dictionary.size()));
  if (is_new) dictionary.push_back(place->first);
  return place->second;
}

}  // namespace

void CellTable::begin(const std::vector<std::string>& names) {
  columns_.clear();
  at_ = bytes_ = 0;
  for (const std::string& name : names) columns_.emplace_back().name = name;
}

CellTable::Cells& CellTable::next(std::size_t bytes) {
  Cells& cells = columns_[at_];
  at_ = at_ + 1 == columns_.size() ? 0 : at_ + 1;
  bytes_ += bytes;
  ++cells.rows;
  return cells;
}

void CellTable::put_missing(Cells& cells) {
  cells.has_missing = true;
  switch (cells.kind) {
    case Kind::kWhole:
      cells.whole.push_back(0);
      cells.missing_rows.push_back(cells.rows - 1);
      break;
    case Kind::kNumber: cells.numbers.push_back(kMissingCell); break;
    case Kind::kText: cells.codes.push_back(-1); break;
    case Kind::kNothing:
    case Kind::kBytes: break;
  }
}

/// Whole numbers as numbers, or as text where a number would not keep one of them.
void CellTable::become_numbers(Cells& cells) {
  if (cells.kind == Kind::kNothing) cells.numbers.assign(cells.rows - 1, kMissingCell);
  if (cells.kind == Kind::kWhole) {
    for (const std::int64_t value : cells.whole) {
      if (!is_exact(value)) return become_text(cells);
    }
    cells.numbers.assign(cells.whole.begin(), cells.whole.end());
    for (const std::size_t row : cells.missing_rows) cells.numbers[row] = kMissingCell;
    cells.whole = {};
    cells.missing_rows = {};
  }
  if (cells.kind != Kind::kText) cells.kind = Kind::kNumber;
}

void CellTable::become_text(Cells& cells) {
  if (cells.kind == Kind::kNothing) cells.codes.assign(cells.rows - 1, -1);
  if (cells.kind == Kind::kWhole) {
    std::size_t next_missing = 0;
    for (std::size_t row = 0; row < cells.whole.size(); ++row) {
      const bool missing = next_missing < cells.missing_rows.size() && cells.missing_rows[next_missing] == row;
      next_missing += missing ? 1U : 0U;
      cells.codes.push_back(missing ? -1
                                    : code_of(cells.dictionary, cells.code_by_text, std::to_string(cells.whole[row])));
    }
  }
  for (const double value : cells.numbers) {
    cells.codes.push_back(std::isnan(value) ? -1 : code_of(cells.dictionary, cells.code_by_text, shortest(value)));
  }
  cells.whole = {};
  cells.missing_rows = {};
  cells.numbers = {};
  cells.kind = Kind::kText;
}

void CellTable::put_text(Cells& cells, std::string_view text) {
  if (cells.kind != Kind::kText) become_text(cells);
  const std::size_t known = cells.dictionary.size();
  cells.codes.push_back(code_of(cells.dictionary, cells.code_by_text, std::string(text)));
  if (cells.dictionary.size() != known) bytes_ += 2 * text.size();
}

void CellTable::add_missing() { put_missing(next(8)); }

void CellTable::add(std::int64_t value) {
  Cells& cells = next(8);
  if (cells.kind == Kind::kBytes) return;
  if (cells.kind == Kind::kNothing) {
    cells.whole.assign(cells.rows - 1, 0);
    for (std::size_t row = 0; row + 1 < cells.rows; ++row) cells.missing_rows.push_back(row);
    cells.kind = Kind::kWhole;
  }
  if (cells.kind == Kind::kNumber && !is_exact(value)) become_text(cells);
  switch (cells.kind) {
    case Kind::kWhole: cells.whole.push_back(value); break;
    case Kind::kNumber: cells.numbers.push_back(static_cast<double>(value)); break;
    default: put_text(cells, std::to_string(value));
  }
}

void CellTable::add(double value) {
  Cells& cells = next(8);
  if (cells.kind == Kind::kBytes) return;
  if (cells.kind == Kind::kNothing || cells.kind == Kind::kWhole) become_numbers(cells);
  if (cells.kind == Kind::kNumber) {
    cells.numbers.push_back(value);
  } else {
    put_text(cells, shortest(value));
  }
}

void CellTable::add(std::string_view value) {
  Cells& cells = next(4);
  if (cells.kind != Kind::kBytes) put_text(cells, value);
}

void CellTable::add_bytes() { next(0).kind = Kind::kBytes; }

Result<Table> CellTable::finish(std::vector<std::string>& notes) && {
  if (is_full()) {
    return bad_data("holds more than " + std::to_string(max_bytes_) + " bytes (max_bytes); raise it if that is meant");
  }
  Table table;
  for (Cells& cells : columns_) {
    if (cells.kind == Kind::kBytes) {
      notes.push_back("column '" + cells.name + "' holds bytes and is left out");
      continue;
    }
    const bool has_nothing = cells.kind == Kind::kNothing;
    if (has_nothing) cells.numbers.assign(cells.rows, kMissingCell);
    if (cells.kind == Kind::kWhole && cells.has_missing) become_numbers(cells);
    if (cells.kind == Kind::kWhole) {
      table.columns.push_back(Column::own(std::move(cells.name), std::move(cells.whole)));
    } else if (cells.kind == Kind::kText) {
      table.columns.push_back(Column::own(std::move(cells.name), std::move(cells.codes), std::move(cells.dictionary)));
    } else {
      table.columns.push_back(Column::own(std::move(cells.name), std::move(cells.numbers)));
    }
  }
  return table;
}

}  // namespace peak
