#include "io/csv_layout.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "io/csv_records.hpp"
#include "io/number.hpp"
#include "io/time_text.hpp"

namespace peak::io {
namespace {

constexpr std::size_t kLinesExamined = 50;
constexpr std::string_view kMark = "\xef\xbb\xbf";

/// The first records of the text under one delimiter.
struct Sample {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> offsets, lines, ends, next_lines;
  std::vector<std::string> texts;
  std::size_t columns = 0;  ///< the most frequent number of cells, of the lower half of the lines for ties
  double agreement = 0;     ///< share of the records that have it
};

std::size_t most_frequent_width(const std::vector<std::vector<std::string>>& rows) {
  // Lines further down count for more: comments and headers stand above the rows.
  std::map<std::size_t, std::size_t> votes;
  for (std::size_t i = 0; i < rows.size(); ++i) votes[rows[i].size()] += i + 1;
  std::size_t best = 0, most = 0;
  for (const auto& [width, count] : votes) {
    if (count > most) {
      best = width;
      most = count;
    }
  }
  return best;
}

Sample take_sample(std::string_view bytes, char delimiter, std::size_t offset, std::size_t line) {
  Sample sample;
  CsvRecords records(bytes, delimiter, offset, line);
  std::vector<std::string_view> cells;
  while (sample.rows.size() < kLinesExamined && records.next(cells)) {
    sample.rows.emplace_back(cells.begin(), cells.end());
    sample.offsets.push_back(records.record_offset());
    sample.lines.push_back(records.line());
    sample.ends.push_back(records.offset());
    sample.next_lines.push_back(records.next_line());
    sample.texts.emplace_back(records.text());
  }
  sample.columns = most_frequent_width(sample.rows);
  const auto same = std::count_if(sample.rows.begin(), sample.rows.end(),
                                  [&](const auto& row) { return row.size() == sample.columns; });
  if (!sample.rows.empty()) sample.agreement = static_cast<double>(same) / static_cast<double>(sample.rows.size());
  return sample;
}

/// The delimiter under which the lines agree best on two columns or more.
Sample choose_delimiter(std::string_view bytes, std::size_t offset, std::size_t line, char& chosen) {
  Sample best;
  double best_score = 0;
  chosen = ',';
  for (const char delimiter : {',', ';', '\t', '|', ' '}) {
    Sample sample = take_sample(bytes, delimiter, offset, line);
    if (sample.columns < 2) continue;
    // A blank parts dates from clocks too: it must win clearly.
    const double score = sample.agreement + std::min<double>(static_cast<double>(sample.columns), 10) * 0.02 -
                         (delimiter == ' ' ? 0.5 : 0.0);
    if (best.rows.empty() || score > best_score + 1e-9) {
      best = std::move(sample);
      best_score = score;
      chosen = delimiter;
    }
  }
  return best.rows.empty() ? take_sample(bytes, ',', offset, line) : best;
}

bool is_clock(std::string_view text) noexcept {
  Nanoseconds time = 0;
  return text.find(':') != std::string_view::npos && parse_clock_text(text, time);
}

bool is_value(std::string_view text) noexcept {
  double number = 0;
  TimeText time;
  if (parse_whole_number(text, number) || is_clock(text)) return true;
  for (const DateOrder order : {DateOrder::kMonthDayYear, DateOrder::kDayMonthYear}) {
    if (parse_time_text(text, order, time)) return true;
  }
  return false;
}

bool has_value(const std::vector<std::string>& row) {
  return std::any_of(row.begin(), row.end(), [](const std::string& cell) { return is_value(cell); });
}

bool looks_like_comment(const std::string& text) {
  return text.starts_with('#') || text.starts_with("//") || text.starts_with('%');
}

/// True if rows below have a date and a clock where this line has one name for both.
bool is_split_header(const Sample& sample, std::size_t row) {
  if (sample.rows[row].size() + 1 != sample.columns || row + 1 >= sample.rows.size()) return false;
  const auto& below = sample.rows[row + 1];
  return below.size() == sample.columns && below.size() > 1 && is_value(below[0]) && is_clock(below[1]);
}

/// The first record that belongs to the table.
std::size_t find_top(const Sample& sample) {
  std::size_t row = 0;
  for (; row + 1 < sample.rows.size(); ++row) {
    const std::size_t width = sample.rows[row].size();
    if (looks_like_comment(sample.texts[row]) && (width != sample.columns || has_value(sample.rows[row]))) continue;
    if (width == sample.columns || is_split_header(sample, row)) break;
    const bool names_without_last = width + 1 == sample.columns && !has_value(sample.rows[row]) &&
                                    sample.rows[row + 1].size() == sample.columns &&
                                    sample.rows[row + 1].back().empty();
    if (names_without_last || has_value(sample.rows[row])) break;
  }
  return row;
}

bool rows_end_empty(const Sample& sample, std::size_t first) {
  if (first >= sample.rows.size()) return false;
  return std::all_of(sample.rows.begin() + static_cast<std::ptrdiff_t>(first), sample.rows.end(),
                     [](const auto& row) { return row.size() > 1 && row.back().empty(); });
}

std::size_t skip_lines(std::string_view bytes, std::size_t offset, std::size_t lines) {
  for (; lines > 0 && offset < bytes.size(); --lines) {
    const std::size_t end = bytes.find('\n', offset);
    offset = end == std::string_view::npos ? bytes.size() : end + 1;
  }
  return offset;
}

Status check_content(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, 4096);
  if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff")) {
    return bad_data("the text is UTF-16; save it as UTF-8");
  }
  const auto control = [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return code < 32 && c != '\t' && c != '\n' && c != '\r' && c != '\f';
  };
  if (std::any_of(head.begin(), head.end(), control)) {
    return bad_data("this is neither text nor a format known here (CSV, JSON, Parquet, Arrow IPC, gzip, zip)");
  }
  if (head.find_first_not_of(" \t\r\n") == std::string_view::npos) return bad_data("the file holds only blank lines");
  return {};
}

/// Where the last line end of [first, last) is; npos if there is none.
std::size_t last_line_end(std::string_view bytes, std::size_t first, std::size_t last) {
  const std::string_view window = bytes.substr(first, last - first);
  std::size_t at = window.find_last_of('\n');
  if (at == std::string_view::npos) at = window.find_last_of('\r');
  return at == std::string_view::npos ? at : first + at;
}

/// Names from a header line, one for each column of the rows.
std::vector<std::string> header_names(const Sample& sample, std::size_t top, std::size_t columns, bool split) {
  std::vector<std::string> names = sample.rows[top];
  if (names[0].starts_with('#')) names[0] = trimmed(std::string_view(names[0]).substr(1));
  if (split) names.insert(names.begin() + 1, std::string());
  while (names.size() > columns && names.back().empty()) names.pop_back();
  if (names.size() < columns) names.resize(columns);
  return names;
}

/// Says what stands above the rows, and where they begin.
Status place_header(const Sample& sample, const ReadOptions& options, CsvLayout& layout) {
  const std::size_t top = options.skip_lines ? 0 : find_top(sample);
  const auto& top_row = sample.rows[top];
  for (std::size_t i = 0; i < top; ++i) layout.comment_lines.push_back(sample.texts[i]);
  layout.header = options.header.value_or(!has_value(top_row));
  const std::size_t first = layout.header ? top + 1 : top;
  layout.split_time = layout.header && is_split_header(sample, top);
  std::size_t columns = first < sample.rows.size() ? sample.columns : top_row.size();
  layout.trailing_delimiter = !layout.split_time && rows_end_empty(sample, first) &&
                              (!layout.header || top_row.size() < columns || top_row.back().empty());
  if (layout.trailing_delimiter) --columns;
  layout.names =
      layout.header ? header_names(sample, top, columns, layout.split_time) : std::vector<std::string>(columns);
  layout.data_offset = layout.header ? sample.ends[top] : sample.offsets[top];
  layout.data_line = layout.header ? sample.next_lines[top] : sample.lines[top];
  if (layout.names.size() <= columns) return {};
  return bad_data("line " + std::to_string(sample.lines[top]) + " names " + std::to_string(layout.names.size()) +
                  " columns, but the rows have " + std::to_string(columns) + " cells");
}

}  // namespace

Status check_line_lengths(std::string_view bytes, std::size_t line, const ReadOptions& options) {
  // From a line's start as far as a line may go, and back to the last line end on the way: few steps, however many
  // lines there are.
  for (std::size_t start = 0; bytes.size() - start > options.max_line_bytes;) {
    const std::size_t end = last_line_end(bytes, start, start + options.max_line_bytes + 1);
    if (end == std::string_view::npos) {
      line += static_cast<std::size_t>(std::count(bytes.data(), bytes.data() + start, '\n'));
      return bad_data(
          "line " + std::to_string(line) +
          " is longer than max_line_bytes = " + std::to_string(options.max_line_bytes) +
          " bytes: is this a table, and were its line ends kept? Set a larger max_line_bytes if it is meant");
    }
    start = end + 1;
  }
  return {};
}

Result<CsvLayout> find_csv_layout(std::string_view bytes, const ReadOptions& options) {
  CsvLayout layout;
  std::size_t offset = 0;
  layout.byte_order_mark = bytes.starts_with(kMark);
  if (layout.byte_order_mark) offset = kMark.size();
  PEAK_RETURN_IF_ERROR(check_content(bytes.substr(offset)));
  PEAK_RETURN_IF_ERROR(check_line_lengths(bytes, 1, options));
  const std::size_t skipped = options.skip_lines.value_or(0);
  offset = skip_lines(bytes, offset, skipped);
  Sample sample;
  if (options.delimiter) {
    layout.delimiter = *options.delimiter;
    if (std::string_view("\"\r\n").find(layout.delimiter) != std::string_view::npos) {
      return invalid_argument("delimiter: a quote or a line end cannot part cells");
    }
    sample = take_sample(bytes, layout.delimiter, offset, skipped + 1);
  } else {
    sample = choose_delimiter(bytes, offset, skipped + 1, layout.delimiter);
  }
  if (sample.rows.empty()) return bad_data("no rows are left after skip_lines = " + std::to_string(skipped));
  if (sample.columns > kMostCells) {
    return unsupported("a table of more than " + std::to_string(kMostCells) + " columns; at most so many are read");
  }
  PEAK_RETURN_IF_ERROR(place_header(sample, options, layout));
  return layout;
}

}  // namespace peak::io
