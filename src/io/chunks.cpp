#include "peak/io/chunks.hpp"

#include <algorithm>
#include <utility>

#include "io/arrow_module.hpp"
#include "io/csv.hpp"
#include "io/selection.hpp"
#include "io/source.hpp"
#include "io/table_time.hpp"

namespace peak::io {
namespace {

Status read_pieces(const Source& source, Format format, std::size_t rows, const ReadOptions& options,
                   const ChooseColumns& choose, const TakeChunk& take) {
  if (format == Format::kCsv) return read_csv_pieces(source.path, options, choose, take);
  PEAK_ASSIGN_OR_RETURN(const ArrowModule* module, arrow_module());
  const auto read = format == Format::kParquet ? module->read_parquet_pieces : module->read_ipc_pieces;
  return read(source.path, rows, options, choose, take);
}

Result<Format> format_in_pieces(const Source& source, const ReadOptions& options) {
  const Format format = options.format.value_or(format_of(source.bytes));
  const bool in_pieces = format == Format::kCsv || format == Format::kParquet ||
                         (format == Format::kArrowIpc && source.bytes.starts_with("ARROW1"));
  if (!in_pieces) {
    return unsupported(std::string("files of the format ") + format_name(format) +
                       " are not read in pieces; convert it first, or read it whole");
  }
  return format;
}

}  // namespace

Status read_chunks(const std::string& path, std::size_t rows, const TakeChunk& take, const ReadOptions& options) {
  if (rows == 0) return invalid_argument("pieces need at least one row");
  PEAK_ASSIGN_OR_RETURN(const Source source, open_head(path, options));
  const auto told = [&](Error error) { return error.message.starts_with(path) ? error : error.within(path); };
  auto format = format_in_pieces(source, options);
  if (!format.ok()) return told(std::move(format).error());
  const ChooseColumns choose = [&](const std::vector<std::string>& names) {
    return choose_columns(names, options, false);
  };
  Error taken;
  bool stopped = false;
  const TakeChunk settle = [&](LoadedTable piece) -> Status {
    if (*format != Format::kCsv) PEAK_RETURN_IF_ERROR(settle_table(piece, options));
    keep_selected(piece, options, false);
    PEAK_RETURN_IF_ERROR(keep_range(piece, options));
    for (std::size_t first = 0; first < piece.table.rows(); first += rows) {
      LoadedTable part = piece;
      for (Column& column : part.table.columns)
        column = column.slice(first, std::min(rows, piece.table.rows() - first));
      part.detected.path = path;
      summarise(part);
      if (Status done = take(std::move(part)); !done.ok()) {
        stopped = true;
        taken = done.error();
        return done;
      }
    }
    return {};
  };
  Status done = read_pieces(source, *format, rows, options, choose, settle);
  if (stopped) return taken;  // in the caller's own words
  return done.ok() ? done : Status(told(std::move(done).error()));
}

}  // namespace peak::io
