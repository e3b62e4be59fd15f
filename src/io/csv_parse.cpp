#include "io/csv_parse.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "io/csv_column.hpp"
#include "io/csv_records.hpp"
#include "io/number.hpp"
#include "peak/parallel/thread_pool.hpp"

namespace peak::io {
namespace {

constexpr std::size_t kPartBytes = std::size_t{1} << 20;  // at least so much is worth a part
constexpr std::size_t kPartsPerThread = 4;                // so that threads end together

Error ragged(std::size_t line, std::size_t expected, bool too_many) {
  return bad_data("line " + std::to_string(line) + " has " + (too_many ? "more" : "fewer") + " than " +
                  std::to_string(expected) + " cells");
}

/// The pass over the rows. Plain cells are read where they stand; a row with quotes, blanks in odd places or other rare
/// things is given to CsvRecords, the plain reader, as a whole.
class CsvPass {
 public:
  /// From bytes[first] on, where line number `line` begins; the columns have room for `room` rows.
  CsvPass(std::string_view bytes, std::size_t first, std::size_t line, const CsvLayout& layout,
          std::vector<CsvColumn> columns, std::size_t room)
      : bytes_(bytes),
        first_(first),
        line_(line),
        layout_(layout),
        width_(columns.size()),
        columns_(std::move(columns)),
        room_(room) {
    for (std::size_t i = 0; i < width_; ++i) {
      if (columns_[i].kind() == CellKind::kDate) date_ = i;
      if (columns_[i].kind() == CellKind::kClock) clock_ = i;
      if (columns_[i].time().needs_order()) ordered_.push_back({i, kNoTime});
    }
  }

  Status run() {
    const char* const end = bytes_.data() + bytes_.size();
    const char* p = bytes_.data() + first_;
    std::size_t line = line_;
    while (p != end && !misfit_) {
      if (rows_ == room_) return internal_error("more rows than there is room for");
      for (OrderedTime& time : ordered_) time.before = columns_[time.column].time().previous();
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

  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  [[nodiscard]] std::optional<Misfit>& misfit() noexcept { return misfit_; }
  [[nodiscard]] std::vector<CsvColumn>& columns() noexcept { return columns_; }

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
    // The quick way may have read a time of this row already.
    for (const OrderedTime& time : ordered_) columns_[time.column].time().go_on_after(time.before);
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

  /// A column whose times depend on those before, and the last one before the present row.
  struct OrderedTime {
    std::size_t column;
    Nanoseconds before;
  };

  std::string_view bytes_;
  std::size_t first_, line_;
  const CsvLayout& layout_;
  std::size_t width_;
  std::vector<CsvColumn> columns_;
  std::size_t room_;
  std::size_t date_ = 0, clock_ = 0;
  std::size_t rows_ = 0;
  std::vector<OrderedTime> ordered_;
  std::vector<std::string_view> cells_;
  std::optional<Misfit> misfit_;
};

std::vector<CsvColumn> columns_for(const std::vector<ColumnPlan>& plans, std::size_t rows) {
  std::vector<CsvColumn> columns;
  columns.reserve(plans.size());
  for (const ColumnPlan& plan : plans) columns.emplace_back(plan, rows);
  return columns;
}

Status check_memory(const std::vector<CsvColumn>& columns) {
  const auto has_memory = [](const CsvColumn& column) { return column.has_memory(); };
  if (std::all_of(columns.begin(), columns.end(), has_memory)) return {};
  return io_error("not enough memory for the columns");
}

ParsedCsv finished(std::vector<CsvColumn>& columns, std::size_t rows) {
  ParsedCsv result;
  for (CsvColumn& column : columns) {
    result.last.push_back(column.time().previous());
    if (column.kind() == CellKind::kClock || column.kind() == CellKind::kSkipped) continue;
    result.missing.push_back(column.missing());
    result.columns.push_back(std::move(column).finish(rows));
  }
  return result;
}

/// Places behind line ends that part the rows into pieces of about one size; the first row and the end among them.
std::vector<std::size_t> cuts_of(std::string_view bytes, std::size_t first) {
  std::vector<std::size_t> cuts = {first};
  const std::size_t most = ThreadPool::shared().size() > 1 ? ThreadPool::shared().size() * kPartsPerThread : 1;
  const std::size_t parts = std::min(most, (bytes.size() - first) / kPartBytes);
  for (std::size_t i = 1; i < parts; ++i) {
    const std::size_t end = bytes.find('\n', first + (bytes.size() - first) / parts * i);
    if (end != std::string_view::npos && end + 1 > cuts.back()) cuts.push_back(end + 1);
  }
  if (cuts.back() != bytes.size()) cuts.push_back(bytes.size());
  return cuts;
}

/// All parts at once, each as if it began with a row and each line were one. They do, and are, unless a quoted cell
/// holds a line end, a line is blank or ends by CR alone; then, as for any fault, there is no result and one pass from
/// the first row on must tell.
std::optional<ParsedCsv> parse_in_parts(std::string_view bytes, const CsvLayout& layout,
                                        const std::vector<ColumnPlan>& plans, const std::vector<std::size_t>& cuts) {
  const std::size_t count = cuts.size() - 1;
  std::vector<std::size_t> rows(count), firsts(count);
  ThreadPool& pool = ThreadPool::shared();
  const auto count_rows = [&](std::size_t i) {
    rows[i] = count_of('\n', bytes.substr(cuts[i], cuts[i + 1] - cuts[i])) + (i + 1 == count ? 1 : 0);
  };
  if (!pool.parallel_for(count, count_rows, {.grain = 1}).ok()) return std::nullopt;
  std::size_t room = 0;
  for (std::size_t i = 0; i < count; ++i) firsts[i] = std::exchange(room, room + rows[i]);
  std::vector<CsvColumn> columns = columns_for(plans, room);
  if (!check_memory(columns).ok()) return std::nullopt;
  std::vector<CsvPass> passes;
  passes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<CsvColumn> part;
    for (const CsvColumn& column : columns) {
      part.push_back(column.part(firsts[i]));
      if (i != 0) part.back().time().go_on_after(kNoTime);
    }
    passes.emplace_back(bytes.substr(0, cuts[i + 1]), cuts[i], 0, layout, std::move(part), rows[i]);
  }
  const auto run = [&](std::size_t i) -> Status {
    PEAK_RETURN_IF_ERROR(passes[i].run());
    const auto is_unsure = [](const CsvColumn& column) { return column.time().began_unsure(); };
    const std::vector<CsvColumn>& read = passes[i].columns();
    // Which of the hours that clocks show twice it is, the part before tells.
    if (i != 0 && std::any_of(read.begin(), read.end(), is_unsure)) return bad_data("a part begins in doubt");
    const bool whole = !passes[i].misfit() && (passes[i].rows() == rows[i] || i + 1 == count);
    return whole ? Status() : Status(bad_data("not a row to each line"));
  };
  if (!pool.parallel_for(count, run, {.grain = 1}).ok()) return std::nullopt;
  rows.back() = passes.back().rows();
  for (std::size_t k = 0; k < columns.size(); ++k) {
    std::vector<const CsvColumn*> parts;
    for (CsvPass& pass : passes) parts.push_back(&pass.columns()[k]);
    columns[k].join(parts, rows);
  }
  return finished(columns, firsts.back() + rows.back());
}

}  // namespace

std::size_t count_of(char c, std::string_view bytes) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kLow = 0x7f7f7f7f7f7f7f7f;
  const std::uint64_t pattern = kOnes * static_cast<unsigned char>(c);
  std::size_t count = 0, at = 0;
  // Eight bytes at a time: the high bit of those that are equal, added up byte by byte while no byte overflows.
  while (bytes.size() - at >= 8) {
    const std::size_t words = std::min<std::size_t>((bytes.size() - at) / 8, 255);
    std::uint64_t sums = 0;
    for (std::size_t i = 0; i < words; ++i) {
      std::uint64_t word;
      std::memcpy(&word, bytes.data() + at + 8 * i, 8);
      word ^= pattern;
      sums += (~(((word & kLow) + kLow) | word | kLow)) >> 7;
    }
    at += 8 * words;
    for (; sums != 0; sums >>= 8) count += sums & 255;
  }
  for (; at < bytes.size(); ++at) count += bytes[at] == c ? 1U : 0U;
  return count;
}

Result<ParsedCsv> parse_csv(std::string_view bytes, const CsvLayout& layout, const std::vector<ColumnPlan>& plans) {
  const std::vector<std::size_t> cuts = cuts_of(bytes, layout.data_offset);
  if (cuts.size() > 2) {
    if (auto parsed = parse_in_parts(bytes, layout, plans, cuts)) return *std::move(parsed);
  }
  const std::string_view rows = bytes.substr(layout.data_offset);
  // Each row takes at least a line end and the delimiters between its cells.
  const std::size_t room = std::min(count_of('\n', rows) + count_of('\r', rows) + 1, rows.size() / plans.size() + 1);
  std::vector<CsvColumn> columns = columns_for(plans, room);
  PEAK_RETURN_IF_ERROR(check_memory(columns));
  CsvPass pass(bytes, layout.data_offset, layout.data_line, layout, std::move(columns), room);
  PEAK_RETURN_IF_ERROR(pass.run());
  if (pass.misfit()) {
    ParsedCsv result;
    result.misfit = std::move(pass.misfit());
    return result;
  }
  return finished(pass.columns(), pass.rows());
}

}  // namespace peak::io
