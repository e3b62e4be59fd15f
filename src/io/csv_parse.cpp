#include "io/csv_parse.hpp"

#include <algorithm>
#include <cstring>

#include "io/csv_column.hpp"
#include "io/csv_records.hpp"
#include "io/number.hpp"

namespace peak::io {
namespace {

std::size_t count_line_ends(std::string_view bytes) noexcept {
  return static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n') +
                                  std::count(bytes.begin(), bytes.end(), '\r'));
}

Error ragged(std::size_t line, std::size_t expected, bool too_many) {
  return bad_data("line " + std::to_string(line) + " has " + (too_many ? "more" : "fewer") + " than " +
                  std::to_string(expected) + " cells");
}

/// The pass over the rows. Plain cells are read where they stand; a row with quotes, blanks in odd places or other rare
/// things is given to CsvRecords, the plain reader, as a whole.
class CsvPass {
 public:
  CsvPass(std::string_view bytes, const CsvLayout& layout, const std::vector<ColumnPlan>& plans)
      : bytes_(bytes), layout_(layout), width_(plans.size()) {
    const std::size_t size = bytes.size() - layout.data_offset;
    // Each row takes at least a line end and the delimiters between its cells.
    const std::size_t rows = std::min(count_line_ends(bytes.substr(layout.data_offset)) + 1, size / width_ + 1);
    columns_.reserve(width_);
    for (std::size_t i = 0; i < width_; ++i) {
      columns_.emplace_back(plans[i], rows);
      if (plans[i].kind == CellKind::kDate) date_ = i;
      if (plans[i].kind == CellKind::kClock) clock_ = i;
    }
  }

  Status run() {
    const auto has_memory = [](const CsvColumn& column) { return column.has_memory(); };
    if (!std::all_of(columns_.begin(), columns_.end(), has_memory))
      return io_error("not enough memory for the columns");
    const char* const end = bytes_.data() + bytes_.size();
    const char* p = bytes_.data() + layout_.data_offset;
    std::size_t line = layout_.data_line;
    while (p != end && !misfit_) {
      const char* const next = quick_row(p, end);
      if (next != nullptr) {
        p = next;
        ++line;
        ++rows_;
        continue;
      }
      PEAK_RETURN_IF_ERROR(plain_row(p, line));
    }
    return {};
  }

  ParsedCsv finish() && {
    ParsedCsv result;
    result.misfit = std::move(misfit_);
    if (result.misfit) return result;
    for (CsvColumn& column : columns_) {
      if (column.kind() == CellKind::kClock || column.kind() == CellKind::kSkipped) continue;
      result.missing.push_back(column.missing());
      result.columns.push_back(std::move(column).finish(rows_));
    }
    return result;
  }

 private:
  /// One row without anything unusual: where the next one begins, or null if the plain reader must look at it.
  const char* quick_row(const char* p, const char* end) {
    const char delimiter = layout_.delimiter;
    if (delimiter == ' ') return nullptr;
    std::string_view date;
    for (std::size_t i = 0; i < width_; ++i) {
      if (i != 0) {
        if (p == end || *p != delimiter) return nullptr;
        ++p;
      }
      CsvColumn& column = columns_[i];
      const char* cell_end;
      if (column.kind() == CellKind::kFloat) {
        cell_end = parse_number(p, end, column.floats()[rows_]);
        if (cell_end == p) return nullptr;
      } else {
        cell_end = p;
        while (cell_end != end && *cell_end != delimiter && *cell_end != '\n' && *cell_end != '\r') ++cell_end;
        const std::string_view text(p, static_cast<std::size_t>(cell_end - p));
        if (column.kind() == CellKind::kSkipped) {
          if (text.find('"') != std::string_view::npos) return nullptr;
          p = cell_end;
          continue;
        }
        if (text.empty() || text.front() <= ' ' || text.back() <= ' ' || text.front() == '"') return nullptr;
        switch (column.kind()) {
          case CellKind::kInteger:
            if (!parse_integer(text, column.integers()[rows_])) return nullptr;
            break;
          case CellKind::kTime:
            if (!column.time().parse(text, column.integers()[rows_])) return nullptr;
            break;
          case CellKind::kText: column.store(rows_, text); break;
          case CellKind::kDate: date = text; break;
          default:
            if (date_ > i || !columns_[date_].store_time(rows_, date, text)) return nullptr;
        }
      }
      p = cell_end;
    }
    if (layout_.trailing_delimiter && p != end && *p == delimiter) ++p;
    if (p == end) return p;
    if (*p == '\r') ++p;
    if (p == end || *p != '\n') return nullptr;
    return p + 1;
  }

  Status plain_row(const char*& p, std::size_t& line) {
    CsvRecords records(bytes_, layout_.delimiter, static_cast<std::size_t>(p - bytes_.data()), line);
    const bool found = records.next(cells_);
    p = bytes_.data() + records.offset();
    line = records.next_line();
    if (!found) return {};
    if (records.quote_is_open()) {
      return bad_data("line " + std::to_string(records.line()) + ": a quote is opened and never closed");
    }
    if (layout_.trailing_delimiter && cells_.size() == width_ + 1 && cells_.back().empty()) cells_.pop_back();
    if (cells_.size() != width_) return ragged(records.line(), width_, cells_.size() > width_);
    for (std::size_t i = 0; i < width_; ++i) {
      const CellKind kind = columns_[i].kind();
      if (kind == CellKind::kClock || kind == CellKind::kSkipped) continue;
      const bool fits = kind == CellKind::kDate ? columns_[i].store_time(rows_, cells_[i], cells_[clock_])
                                                : columns_[i].store(rows_, cells_[i]);
      if (fits) continue;
      std::string text(cells_[i]);
      if (kind == CellKind::kDate) text.append(" ").append(cells_[clock_]);
      misfit_ = Misfit{i, records.line(), std::move(text)};
      return {};
    }
    ++rows_;
    return {};
  }

  std::string_view bytes_;
  const CsvLayout& layout_;
  std::size_t width_;
  std::vector<CsvColumn> columns_;
  std::size_t date_ = 0, clock_ = 0;
  std::size_t rows_ = 0;
  std::vector<std::string_view> cells_;
  std::optional<Misfit> misfit_;
};

}  // namespace

Result<ParsedCsv> parse_csv(std::string_view bytes, const CsvLayout& layout, const std::vector<ColumnPlan>& plans) {
  CsvPass pass(bytes, layout, plans);
  PEAK_RETURN_IF_ERROR(pass.run());
  return std::move(pass).finish();
}

}  // namespace peak::io
