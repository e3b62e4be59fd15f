#include "io/csv.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <utility>

#include "io/csv_layout.hpp"
#include "io/csv_parse.hpp"
#include "io/csv_plan.hpp"
#include "io/csv_records.hpp"

namespace peak::io {
namespace {

constexpr std::size_t kTextShown = 80;

std::string shortened(std::string_view text) {
  return text.size() <= kTextShown ? std::string(text) : std::string(text.substr(0, kTextShown)) + "...";
}

Error misfit_error(const Misfit& misfit, const CsvPlan& plan, const CsvLayout& layout, const ReadOptions& options) {
  const ColumnPlan& column = plan.columns[misfit.column];
  std::string message = "line " + std::to_string(misfit.line) + ", column '" + column.name + "': '" +
                        shortened(misfit.text) + "' is not ";
  if (column.kind == CellKind::kTime || column.kind == CellKind::kDate) {
    message += "a time of the form " + column.time.format().description;
  } else {
    message += "a number";
  }
  if (misfit.line == layout.data_line && !layout.header && !options.header) {
    message += "; if this line is a header, set header to true";
  }
  return bad_data(std::move(message));
}

bool is_essential(const CsvPlan& plan, std::size_t column) {
  return plan.roles.is_number(column) || plan.roles.time == column;
}

void describe(LoadedTable& loaded, const CsvLayout& layout, const CsvPlan& plan,
              const std::vector<std::size_t>& missing) {
  Detected& detected = loaded.detected;
  detected.format = Format::kCsv;
  detected.delimiter = layout.delimiter;
  detected.header = layout.header;
  detected.byte_order_mark = layout.byte_order_mark;
  detected.comment_lines = layout.comment_lines;
  detected.notes = plan.notes;
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const ColumnPlan& column = plan.columns[i];
    if (plan.roles.time == i) {
      detected.time_columns.insert(detected.time_columns.begin(), column.name);
      detected.time_format = column.time.format().description;
    }
    if (column.kind == CellKind::kSkipped) continue;
    if (column.kind == CellKind::kClock) {
      detected.time_columns.push_back(column.name.empty() ? "#" + std::to_string(i + 1) : column.name);
      continue;
    }
    const std::size_t place = detected.columns.size();
    const Column& made = loaded.table.columns[place];
    detected.columns.push_back({made.name(), made.type(), missing[place], plan.roles.name_of(i)});
  }
}

Status skip_unwanted(CsvPlan& plan, const ReadOptions& options, const ChooseColumns& choose) {
  if (options.select.empty()) return {};
  std::vector<std::string> names;
  for (const ColumnPlan& column : plan.columns) names.push_back(column.name);
  PEAK_ASSIGN_OR_RETURN(const ChosenColumns chosen, choose(names));
  std::vector<bool> wanted(names.size(), false);
  for (const std::size_t column : chosen.columns) wanted[column] = true;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!wanted[i] && plan.roles.time != i && plan.roles.clock != i) plan.columns[i].kind = CellKind::kSkipped;
  }
  return {};
}

}  // namespace

Result<LoadedTable> read_csv(const Source& source, const ReadOptions& options, const ChooseColumns& choose) {
  PEAK_ASSIGN_OR_RETURN(const CsvLayout layout, find_csv_layout(source.bytes, options));
  PEAK_ASSIGN_OR_RETURN(const TimeZone zone, TimeZone::find(options.time_zone));
  const std::string_view name = file_name(source.member.empty() ? source.path : source.member);
  PEAK_ASSIGN_OR_RETURN(CsvPlan plan, plan_csv(source.bytes, layout, options, name, zone));
  PEAK_RETURN_IF_ERROR(skip_unwanted(plan, options, choose));
  PEAK_ASSIGN_OR_RETURN(ParsedCsv parsed, parse_csv(source.bytes, layout, plan.columns));
  if (parsed.misfit && !is_essential(plan, parsed.misfit->column)) {
    widen_plan(source.bytes, layout, plan);
    PEAK_ASSIGN_OR_RETURN(parsed, parse_csv(source.bytes, layout, plan.columns));
  }
  if (parsed.misfit) return misfit_error(*parsed.misfit, plan, layout, options);
  LoadedTable loaded;
  loaded.table.columns = std::move(parsed.columns);
  describe(loaded, layout, plan, parsed.missing);
  return loaded;
}

namespace {

constexpr std::size_t kBlockBytes = std::size_t{16} << 20;

/// Where the last record that is whole ends; npos if none is. A line end between quotes ends no record. Quotes are
/// counted once, however many line ends lie between them.
std::size_t end_of_records(std::string_view text) {
  std::size_t end = text.find_last_of('\n');
  if (end == std::string_view::npos) return end;
  const auto quotes_in = [&](std::size_t first, std::size_t last) {
    const char* const begin = text.data();
    return std::count(begin + first, begin + last, '"');
  };
  for (auto quotes = quotes_in(0, end); quotes % 2 != 0;) {
    const std::size_t before = end == 0 ? std::string_view::npos : text.find_last_of('\n', end - 1);
    if (before == std::string_view::npos) return before;
    quotes -= quotes_in(before, end);
    end = before;
  }
  return end + 1;
}

}  // namespace

Status read_csv_pieces(const std::string& path, const ReadOptions& options, const ChooseColumns& choose,
                       const std::function<Status(LoadedTable piece)>& take) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return io_error("cannot be read");
  PEAK_ASSIGN_OR_RETURN(const TimeZone zone, TimeZone::find(options.time_zone));
  std::string text;
  std::optional<CsvLayout> layout;
  std::optional<CsvPlan> plan;
  for (bool at_end = false; !at_end;) {
    const std::size_t left = text.size();
    text.resize(left + kBlockBytes);
    file.read(text.data() + left, static_cast<std::streamsize>(kBlockBytes));
    text.resize(left + static_cast<std::size_t>(file.gcount()));
    if (file.bad()) return io_error("cannot be read to its end");
    at_end = file.eof();
    const std::size_t end = at_end ? text.size() : end_of_records(text);
    if (layout) PEAK_RETURN_IF_ERROR(check_line_lengths(text, layout->data_line, options));
    if (end == std::string::npos) {
      if (!layout) PEAK_RETURN_IF_ERROR(check_line_lengths(text, 1, options));
      if (text.size() > options.max_bytes) return bad_data("a record is longer than max_bytes");
      continue;
    }
    const std::string_view records(text.data(), end);
    if (!plan) {
      PEAK_ASSIGN_OR_RETURN(layout, find_csv_layout(records, options));
      PEAK_ASSIGN_OR_RETURN(plan, plan_csv(records, *layout, options, file_name(path), zone));
      PEAK_RETURN_IF_ERROR(skip_unwanted(*plan, options, choose));
    }
    if (layout->data_offset < records.size()) {
      PEAK_ASSIGN_OR_RETURN(ParsedCsv parsed, parse_csv(records, *layout, plan->columns));
      if (parsed.misfit) return misfit_error(*parsed.misfit, *plan, *layout, options);
      for (std::size_t i = 0; i < parsed.last.size(); ++i) plan->columns[i].time.go_on_after(parsed.last[i]);
      LoadedTable piece;
      piece.table.columns = std::move(parsed.columns);
      describe(piece, *layout, *plan, parsed.missing);
      if (piece.table.rows() != 0) PEAK_RETURN_IF_ERROR(take(std::move(piece)));
    }
    const std::string_view read = records.substr(layout->data_offset);
    layout->data_line += static_cast<std::size_t>(std::count(read.begin(), read.end(), '\n'));
    layout->data_offset = 0;
    text.erase(0, end);
  }
  return {};
}

std::string describe_csv_row(const Source& source, const ReadOptions& options, std::size_t row) {
  const auto layout = find_csv_layout(source.bytes, options);
  if (!layout.ok()) return "row " + std::to_string(row);
  CsvRecords records(source.bytes, layout->delimiter, layout->data_offset, layout->data_line);
  std::vector<std::string_view> cells;
  for (std::size_t i = 0; i <= row; ++i) {
    if (!records.next(cells)) return "row " + std::to_string(row);
  }
  return "line " + std::to_string(records.line()) + ": " + shortened(records.text());
}

}  // namespace peak::io
