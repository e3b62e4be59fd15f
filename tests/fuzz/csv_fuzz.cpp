// Any bytes as a file: reading ends in a table or in an error with words, never in a crash, and tables keep their word.
//
// The first byte chooses options, so that what is set by hand is reached too; the rest is the file.
#include <cstdint>
#include <string>
#include <string_view>

#include "peak/io/read.hpp"
#include "peak/quality/fix.hpp"
#include "table_promises.hpp"

namespace {

peak::io::ReadOptions options_of(unsigned choice) {
  peak::io::ReadOptions options;
  options.max_bytes = std::size_t{16} << 20;
  if (choice & 1U) options.header = (choice & 2U) != 0;
  if (choice & 4U) options.time_zone = "America/New_York";
  if (choice & 8U)
    options.date_order = (choice & 2U) ? peak::io::DateOrder::kDayMonthYear : peak::io::DateOrder::kMonthDayYear;
  if (choice & 16U) options.format = (choice & 2U) ? peak::io::Format::kCsv : peak::io::Format::kJson;
  if (choice & 32U) options.checks.repairs = {true, true, true, true};
  if (choice & 64U) options.skip_lines = choice & 3U;
  if (choice & 128U) options.delimiter = (choice & 2U) ? ' ' : ';';
  return options;
}

using peak::fuzz::require;

/// Whatever the rows are, they can be looked at, and the safe rules leave times that rise and prices that can be used.
void check_and_fix(const peak::Table& table) {
  const auto quality = peak::check_bars(table);
  if (!quality.ok()) return;
  const auto fixed = peak::fix_bars(table, *peak::parse_fix_rules("safe"));
  if (!fixed.ok()) return;
  require(peak::fix_bars(fixed->table, *peak::parse_fix_rules("spikes,splits")).ok());
  const auto after = peak::check_bars(fixed->table);
  require(after.ok());
  for (const peak::Fault fault : {peak::Fault::kMissingTime, peak::Fault::kOutOfOrder, peak::Fault::kRepeatedTime,
                                  peak::Fault::kEmptyPrice, peak::Fault::kInfinitePrice}) {
    require(after->find(fault) == nullptr);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const peak::io::ReadOptions options = options_of(data[0]);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto table = peak::io::read_table_from_memory(bytes, "20200102_input", options);
  peak::fuzz::require_outcome(table);
  if (table.ok()) check_and_fix(table->table);
  peak::fuzz::require_outcome(peak::io::read_bars_from_memory(bytes, "20200102_input", options));
  return 0;
}
