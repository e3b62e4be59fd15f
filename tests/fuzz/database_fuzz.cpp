// Any bytes as a SQLite file of prices: reading ends in a table or in an error that names the file, and the file stays
// as it was. SQLite itself is not instrumented; its answers are looked at here. The first byte chooses options.
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "peak/store/database_files.hpp"
#include "table_promises.hpp"

namespace {

using peak::fuzz::require;

const std::string& path() {
  static const std::string file = [] {
    peak::store::read_databases();
    return (std::filesystem::temp_directory_path() / ("peak_database_fuzz_" + std::to_string(::getpid()))).string();
  }();
  return file;
}

peak::io::ReadOptions options_of(unsigned choice) {
  peak::io::ReadOptions options;
  options.max_bytes = std::size_t{4} << 20;
  options.format = peak::io::Format::kSqlite;
  if (choice & 1U) options.select = {"close"};
  if (choice & 2U) options.start = 1'577'923'200'000'000'000;  // 2020-01-02
  if (choice & 4U) options.end = 1'578'009'600'000'000'000;
  if (choice & 8U) options.table = "bars";
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
  const peak::io::ReadOptions options = options_of(data[0]);
  const auto table = peak::io::read_table(path(), options);
  peak::fuzz::require_outcome(table);
  require(table.ok() || table.error().message.find(path()) != std::string::npos);
  peak::fuzz::require_outcome(peak::io::read_bars(path(), options));
  std::ifstream file(path(), std::ios::binary);
  require(std::string(std::istreambuf_iterator<char>(file), {}) == bytes);
  return 0;
}
