#include "peak/io/read.hpp"

#include <utility>
#include <vector>

#include "io/arrow_module.hpp"
#include "io/csv.hpp"
#include "io/database.hpp"
#include "io/json.hpp"
#include "io/load.hpp"
#include "io/selection.hpp"
#include "io/source.hpp"
#include "io/table_bars.hpp"
#include "io/table_time.hpp"
#include "peak/market/adjust.hpp"

namespace peak::io {
namespace {

Result<LoadedTable> read_arrow(const Source& source, Format format, const ReadOptions& options,
                               const ChooseColumns& choose) {
  PEAK_ASSIGN_OR_RETURN(const ArrowModule* module, arrow_module());
  // A plain file is opened by its path, as Arrow likes it best; what was unpacked or given is in memory.
  const bool on_disk = source.compression == "none" && source.from_file;
  if (format == Format::kParquet) {
    return on_disk ? module->read_parquet(source.path, options, choose)
                   : module->read_parquet_bytes(source.bytes, source.path, options, choose);
  }
  return on_disk ? module->read_ipc(source.path, options, choose)
                 : module->read_ipc_bytes(source.bytes, source.path, options, choose);
}

/// Only to say which name of the selection is not there: JSON is read whole.
Result<LoadedTable> read_whole_json(const Source& source, const ReadOptions& options, const ChooseColumns& choose) {
  PEAK_ASSIGN_OR_RETURN(LoadedTable loaded, read_json(source, options));
  std::vector<std::string> names;
  for (const Column& column : loaded.table.columns) names.push_back(column.name());
  PEAK_ASSIGN_OR_RETURN([[maybe_unused]] const ChosenColumns chosen, choose(names));
  return loaded;
}

Result<LoadedTable> read_format(const Source& source, Format format, const ReadOptions& options,
                                const ChooseColumns& choose) {
  switch (format) {
    case Format::kCsv: return read_csv(source, options, choose);
    case Format::kJson: return read_whole_json(source, options, choose);
    case Format::kParquet:
    case Format::kArrowIpc: return read_arrow(source, format, options, choose);
    case Format::kSqlite:
      if (!source.on_disk) {
        return bad_data("is not a plain SQLite file; a database inside an archive must be unpacked first");
      }
      return read_database(source.path, options, choose);
  }
  return internal_error("unknown format");
}

/// The module's messages begin with the path already.
Error with_path(Error error, const std::string& path) {
  return error.message.starts_with(path) ? std::move(error) : error.within(path);
}

Result<LoadedTable> table_from(const Source& source, const ReadOptions& options) {
  auto loaded = load_table(source, options, false);
  if (!loaded.ok()) return with_path(std::move(loaded).error(), source.path);
  return loaded;
}

/// What has no prices keeps its columns; the time alone gets the name by which it is found.
Table renamed_by_role(const LoadedTable& loaded) {
  Table table;
  for (std::size_t i = 0; i < loaded.table.columns.size(); ++i) {
    const bool is_time = loaded.detected.columns[i].role == "time";
    table.columns.push_back(is_time ? loaded.table.columns[i].renamed("time") : loaded.table.columns[i]);
  }
  return table;
}

Result<LoadedRows> rows_of(const Source& source, const ReadOptions& options) {
  PEAK_ASSIGN_OR_RETURN(LoadedTable loaded, load_table(source, options, true));
  LoadedRows rows;
  const LoadedTable before = loaded;
  auto table = bar_table(loaded, options);
  if (table.ok()) {
    rows.table = std::move(*table);
  } else if (loaded.detected.order != RowOrder::kUnknown) {
    rows.table = renamed_by_role(before);
    loaded = before;
  } else {
    return std::move(table).error();
  }
  rows.detected = std::move(loaded.detected);
  if (rows.detected.format == Format::kCsv && !options.start && !options.end) {
    rows.describe_row = [source, options](std::size_t row) { return describe_csv_row(source, options, row); };
  }
  return rows;
}

Result<LoadedBars> bars_from(const Source& source, const ReadOptions& options) {
  auto table = load_table(source, options, true);
  if (!table.ok()) return with_path(std::move(table).error(), source.path);
  auto loaded = bars_of(source, *std::move(table), options);
  if (!loaded.ok()) return with_path(std::move(loaded).error(), source.path);
  return loaded;
}

}  // namespace

Result<LoadedTable> load_table(const Source& source, const ReadOptions& options, bool for_bars) {
  const Format format = options.format.value_or(format_of(source.bytes));
  const ChooseColumns choose = [&](const std::vector<std::string>& names) {
    return choose_columns(names, options, for_bars);
  };
  PEAK_ASSIGN_OR_RETURN(LoadedTable loaded, read_format(source, format, options, choose));
  if (format != Format::kCsv) PEAK_RETURN_IF_ERROR(settle_table(loaded, options));
  keep_selected(loaded, options, for_bars);
  PEAK_RETURN_IF_ERROR(keep_range(loaded, options));
  Detected& detected = loaded.detected;
  detected.path = source.path;
  detected.size_bytes = source.stored_bytes;
  detected.format = format;
  if (source.compression != "none" || detected.compression.empty()) detected.compression = source.compression;
  if (!source.member.empty()) detected.member = source.member;
  if (!options.time_zone.empty()) detected.time_zone = options.time_zone;
  summarise(loaded);
  return loaded;
}

Result<LoadedBars> bars_of(const Source& source, LoadedTable loaded, const ReadOptions& options) {
  PEAK_ASSIGN_OR_RETURN(const Table table, bar_table(loaded, options));
  BarChecks checks = options.checks;
  // Which line a row stood on is known while none were left out.
  if (!checks.describe_row && loaded.detected.format == Format::kCsv && !options.start && !options.end) {
    checks.describe_row = [&](std::size_t row) { return describe_csv_row(source, options, row); };
  }
  LoadedBars result;
  PEAK_ASSIGN_OR_RETURN(result.bars, Bars::from_table(table, checks, &result.repairs));
  if (result.bars.size() == 0) return bad_data("no rows are left after the repairs");
  if (options.price_scale) {
    PEAK_ASSIGN_OR_RETURN(result.bars, scaled(result.bars, *options.price_scale));
  }
  result.bars.set_symbol(options.symbol.empty() ? symbol_of(source.path) : options.symbol);
  result.bars.set_time_zone(loaded.detected.time_zone);
  result.detected = std::move(loaded.detected);
  return result;
}

Result<LoadedTable> read_table(const std::string& path, const ReadOptions& options) {
  PEAK_ASSIGN_OR_RETURN(const Source source, open_source(path, options));
  return table_from(source, options);
}

Result<LoadedBars> read_bars(const std::string& path, const ReadOptions& options) {
  PEAK_ASSIGN_OR_RETURN(const Source source, open_source(path, options));
  return bars_from(source, options);
}

Result<LoadedRows> read_rows(const std::string& path, const ReadOptions& options) {
  PEAK_ASSIGN_OR_RETURN(const Source source, open_source(path, options));
  auto rows = rows_of(source, options);
  if (!rows.ok()) return with_path(std::move(rows).error(), source.path);
  return rows;
}

Result<LoadedTable> read_table_from_memory(std::string_view bytes, const std::string& name,
                                           const ReadOptions& options) {
  PEAK_ASSIGN_OR_RETURN(const Source source, source_from_memory(bytes, name, options));
  return table_from(source, options);
}

Result<LoadedBars> read_bars_from_memory(std::string_view bytes, const std::string& name, const ReadOptions& options) {
  PEAK_ASSIGN_OR_RETURN(const Source source, source_from_memory(bytes, name, options));
  return bars_from(source, options);
}

}  // namespace peak::io
