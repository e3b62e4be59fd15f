// Any bytes as a Parquet or Arrow file: reading ends in a table or in an error with words, whole, in part and piece by
// piece, and takes no more memory than it may.
//
// Apache Arrow itself is not instrumented: damage that it stumbles over shows as a signal, as an allocation that is too
// large or as values outside their buffers once they are looked at here. The first byte chooses options, the rest is
// the file.
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "peak/io/chunks.hpp"
#include "table_promises.hpp"

extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }

namespace {

using peak::fuzz::require;

const std::string& path() {
  static const std::string file =
      (std::filesystem::temp_directory_path() / ("peak_arrow_fuzz_" + std::to_string(::getpid()))).string();
  return file;
}

/// What the first byte chooses beside the whole file: columns, a range of times.
peak::io::ReadOptions options_of(unsigned choice) {
  peak::io::ReadOptions options;
  options.max_bytes = std::size_t{16} << 20;
  if (choice & 1U) options.select = {"close"};
  if (choice & 2U) options.start = 1'577'923'200'000'000'000;  // 2020-01-02
  if (choice & 4U) options.end = 1'578'009'600'000'000'000;
  return options;
}

volatile double sum_of_all = 0;

/// Sums touch every value, so that a column that points elsewhere is found.
void touch(const peak::Table& table) {
  double total = 0;
  for (const peak::Column& column : table.columns) {
    for (std::size_t i = 0; i < column.size(); ++i) {
      if (column.type() == peak::ColumnType::kFloat64) total += column.float64s()[i];
      if (column.type() == peak::ColumnType::kInt64) total += static_cast<double>(column.int64s()[i]);
      if (column.type() == peak::ColumnType::kText && column.codes()[i] >= 0)
        total += static_cast<double>((*column.dictionary())[static_cast<std::size_t>(column.codes()[i])].size());
    }
  }
  sum_of_all = total;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 5) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!bytes.starts_with("PAR1") && !bytes.starts_with("ARROW1") && !bytes.starts_with("\xff\xff\xff\xff")) return 0;
  const peak::io::ReadOptions options = options_of(data[0]);
  const auto table = peak::io::read_table_from_memory(bytes, "input", options);
  peak::fuzz::require_outcome(table);
  if (table.ok()) touch(table->table);
  peak::fuzz::require_outcome(peak::io::read_bars_from_memory(bytes, "input", options));
  if ((data[0] & 8U) == 0) return 0;
  std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
  const auto done = peak::io::read_chunks(
      path(), 5,
      [](peak::io::LoadedTable piece) -> peak::Status {
        require(piece.table.rows() > 0 && piece.table.rows() <= 5);
        touch(piece.table);
        return {};
      },
      options);
  require(done.ok() || done.error().message.find(path()) != std::string::npos);
  peak::fuzz::require_outcome(peak::io::read_table(path(), options));
  std::filesystem::remove(path());
  return 0;
}
