// Any bytes as a stream of bars: each line is a bar, nothing, or an error with its number and words; never a crash.
// What a bar says is what the same line says when it is read again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "io/bar_lines.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

peak::io::ReadOptions options_of(unsigned choice) {
  peak::io::ReadOptions options;
  if (choice & 1U) options.time_zone = "America/New_York";
  if (choice & 2U) options.column_names = {"time", "open", "high", "low", "close"};
  if (choice & 4U) options.date_order = peak::io::DateOrder::kDayMonthYear;
  if (choice & 8U) options.delimiter = (choice & 1U) ? ' ' : ';';
  if (choice & 16U) options.time_unit = peak::io::TimeUnit::kMilliseconds;
  if (choice & 32U) options.roles.close = "#2";
  return options;
}

bool same(double a, double b) { return a == b || (a != a && b != b); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto further = (data[0] & 64U) ? std::vector<std::string>{"vwap"} : std::vector<std::string>();
  auto lines = peak::io::BarLines::create(options_of(data[0]), further);
  if (!lines.ok()) return 0;  // without the system's zones
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const std::size_t before = lines->line();
    peak::io::BarLines again = *lines;
    const auto bar = lines->read(line);
    require(lines->line() == before + 1);
    if (!bar.ok()) {
      require(bar.error().message.starts_with("line " + std::to_string(before + 1) + ": "));
      continue;
    }
    if (!*bar) continue;
    require((*bar)->further.size() == further.size());
    const auto repeated = again.read(line);
    require(repeated.ok() && repeated->has_value() && (*repeated)->time == (*bar)->time &&
            same((*repeated)->close, (*bar)->close) && same((*repeated)->volume, (*bar)->volume));
  }
  return 0;
}
