// What peak doctor asks files: a trade store for its indexes, prices for their format and for memory they would save.
#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "finding.hpp"
#include "input_data.hpp"
#include "peak/io/read.hpp"
#include "peak/io/write.hpp"
#include "peak/store/trade_store.hpp"
#include "peak/table/narrowing.hpp"

namespace peak::command {
namespace {

constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20;

bool is_sqlite(const std::string& path) {
  constexpr std::string_view kHead{"SQLite format 3\0", 16};
  std::array<char, 16> head{};
  std::ifstream file(path, std::ios::binary);
  return file.read(head.data(), head.size()) && std::string_view(head.data(), head.size()) == kHead;
}

std::string megabytes(std::uint64_t bytes) {
  const std::uint64_t tenths = (bytes * 10 + kMegabyte / 2) / kMegabyte;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

/// As a shell takes it in one piece.
std::string quoted(const std::string& path) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+,@%";
  if (!path.empty() && path.find_first_not_of(kPlain) == path.npos) return path;
  std::string text = "'";
  for (const char c : path) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

Status examine_store(const std::string& path, Findings& findings) {
  PEAK_ASSIGN_OR_RETURN(store::TradeStore opened, store::TradeStore::open(path, {.create = false, .read_only = true}));
  PEAK_ASSIGN_OR_RETURN(const std::vector<store::IndexDefinition> missing, opened.lacking_indexes());
  Finding finding{.topic = Topic::kSlowQueries, .name = path, .found = "has every recommended index"};
  if (!missing.empty()) {
    std::string names;
    for (const store::IndexDefinition& index : missing) {
      names += (names.empty() ? "" : ", ") + index.table + "(";
      for (const std::string& column : index.columns) names += (names.back() == '(' ? "" : ", ") + column;
      names += ")";
    }
    finding.condition = Condition::kBetter;
    finding.found = "indexes are missing: " + names;
    finding.command = "peak db optimize " + quoted(path);
    finding.mend = [path]() -> Status {
      PEAK_ASSIGN_OR_RETURN(store::TradeStore store, store::TradeStore::open(path, {.create = false}));
      PEAK_ASSIGN_OR_RETURN([[maybe_unused]] const store::Optimization done, store.optimize());
      return {};
    };
  }
  findings.push_back(std::move(finding));
  return {};
}

/// The Parquet file beside a file of text: prices.csv.gz gives prices.parquet.
std::string parquet_beside(const std::string& path) {
  std::filesystem::path made = path;
  for (const char* packed : {".gz", ".zip"}) {
    if (made.extension() == packed) made.replace_extension();
  }
  return made.replace_extension(".parquet").string();
}

Status write_beside(const std::string& path, const std::string& target) {
  PEAK_ASSIGN_OR_RETURN(const io::LoadedTable loaded, input_data(io::read_table(path)));
  const auto part = [&](std::uint64_t first, std::uint64_t count) -> Result<Table> {
    Table rows;
    for (const Column& column : loaded.table.columns) rows.columns.push_back(column.slice(first, count));
    return rows;
  };
  std::error_code failed;
  if (std::filesystem::exists(target, failed)) return invalid_argument(target + " is there already");
  return io::write_parquet(target, loaded.table.rows(), part);
}

Finding format_of(const std::string& path, const io::Detected& found) {
  Finding finding{.topic = Topic::kHighMemory,
                  .name = path,
                  .found = std::string(io::format_name(found.format)) + ", " + megabytes(found.size_bytes)};
  const bool text = found.format == io::Format::kCsv || found.format == io::Format::kJson;
  if (!text || (found.size_bytes < kMegabyte && found.rows < 10'000)) return finding;
  const std::string target = parquet_beside(path);
  std::error_code failed;
  if (std::filesystem::exists(target, failed)) {
    finding.found += "; use " + target + " beside it, which is read several times as fast";
    return finding;
  }
  finding.condition = Condition::kBetter;
  finding.found += "; Parquet is smaller and read several times as fast";
  finding.command = "peak data convert " + quoted(path) + " --out " + quoted(target);
  finding.mend = [path, target] { return write_beside(path, target); };
  return finding;
}

/// What the file would take in a frame, and what it could take.
Finding size_in_memory(const std::string& path, const Table& table) {
  ColumnBytes all;
  for (const Column& column : table.columns) {
    const ColumnBytes bytes = column_bytes(column);
    all.plain += bytes.plain;
    all.narrow += bytes.narrow;
  }
  Finding finding{.topic = Topic::kHighMemory, .name = path, .found = megabytes(all.plain) + " as a frame in memory"};
  if (all.plain < kMegabyte || all.narrow * 4 > all.plain * 3) return finding;
  finding.condition = Condition::kBetter;
  finding.found += ", " + megabytes(all.narrow) + " with the narrowest types that keep every value";
  finding.command = "df = peaktrade.core.numpy_accel.optimize_dataframe_memory(df)";
  return finding;
}

/// Files that do not fit beside everything else.
void examine_room(const Patient& patient, const std::string& path, const Table& table, Findings& findings) {
  std::uint64_t bytes = 0;
  for (const Column& column : table.columns) bytes += column.size_bytes();
  const std::uint64_t room = patient.memory.limit != 0 ? patient.memory.limit : patient.memory.available;
  if (room == 0 || bytes < room / 2) return;
  findings.push_back({.topic = Topic::kHighMemory,
                      .name = path,
                      .condition = Condition::kBetter,
                      .found = megabytes(bytes) + " of columns beside " + megabytes(room) + " of memory",
                      .command = "for piece in peaktrade.iter_chunks(" + quoted(path) + "): ..."});
}

}  // namespace

Status examine_files(const Patient& patient, Findings& findings) {
  for (const std::string& path : patient.files) {
    if (is_sqlite(path)) {
      PEAK_RETURN_IF_ERROR(examine_store(path, findings));
      continue;
    }
    PEAK_ASSIGN_OR_RETURN(const io::LoadedTable loaded, input_data(io::read_table(path)));
    findings.push_back(format_of(path, loaded.detected));
    findings.push_back(size_in_memory(path, loaded.table));
    examine_room(patient, path, loaded.table, findings);
  }
  if (patient.files.empty()) {
    findings.push_back({.topic = Topic::kSlowQueries,
                        .name = "trade store",
                        .found = "none was named (peak doctor trades.db, or peak config set database.path trades.db)"});
  }
  return {};
}

}  // namespace peak::command
