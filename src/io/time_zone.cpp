#include "io/time_zone.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "io/file_bytes.hpp"
#include "io/time_text.hpp"
#include "io/zone_rule.hpp"

namespace peak::io {
namespace {

constexpr std::size_t kHeaderSize = 44;
constexpr std::size_t kLargestZoneFile = std::size_t{1} << 20;
constexpr std::int64_t kLastRuleYear = 2262;

Error unknown_zone(const std::string& name) {
  return invalid_argument("time zone '" + name +
                          "' is not known here; give UTC, a distance such as +05:30, or an IANA name such as "
                          "America/New_York (the system's zone files, package tzdata, are needed for names)");
}

bool is_safe_name(const std::string& name) {
  return name.find("..") == std::string::npos && name.front() != '/' &&
         name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
             std::string::npos;
}

Result<FileBytes> read_zone_file(const std::string& name) {
  const char* directory = std::getenv("TZDIR");
  for (const char* place : {directory, "/usr/share/zoneinfo", "/var/db/timezone/zoneinfo", "/usr/lib/zoneinfo"}) {
    if (place == nullptr || *place == '\0') continue;
    auto file = read_file(std::string(place) + "/" + name, kLargestZoneFile);
    if (file.ok()) return file;
  }
  return unknown_zone(name);
}

}  // namespace

/// Reads the second, 64-bit block of a TZif file (RFC 8536, section 3).
class ZoneFile {
 public:
  ZoneFile(std::string_view bytes) : bytes_(bytes) {}

  bool read(TimeZone& zone) {
    std::size_t at = 0;
    if (!has_header(at) || bytes_[4] < '2') return false;
    at += kHeaderSize + block_size(at, 4);
    if (!has_header(at)) return false;
    const std::size_t types = count(at, 4), times = count(at, 3), size = block_size(at, 8);
    const std::size_t body = at + kHeaderSize;
    if (types == 0 || body + size > bytes_.size()) return false;
    const std::size_t indices = body + times * 8, infos = indices + times;
    zone.periods_.push_back({std::numeric_limits<std::int64_t>::min(), offset_of(infos)});
    for (std::size_t i = 0; i < times; ++i) {
      const auto type = static_cast<unsigned char>(bytes_[indices + i]);
      if (type >= types) return false;
      zone.periods_.push_back({integer(body + i * 8, 8), offset_of(infos + 6U * type)});
    }
    add_rule(bytes_.substr(body + size), zone);
    const auto by_begin = [](const auto& a, const auto& b) { return a.begin < b.begin; };
    return std::is_sorted(zone.periods_.begin(), zone.periods_.end(), by_begin);
  }

 private:
  [[nodiscard]] bool has_header(std::size_t at) const {
    return at + kHeaderSize <= bytes_.size() && bytes_.substr(at, 4) == "TZif";
  }
  [[nodiscard]] std::int64_t integer(std::size_t at, std::size_t width) const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i) value = value << 8 | static_cast<unsigned char>(bytes_[at + i]);
    return width == 8 ? static_cast<std::int64_t>(value) : static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
  }
  /// The counts of the header, in its order: isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt.
  [[nodiscard]] std::size_t count(std::size_t header, std::size_t which) const {
    return static_cast<std::size_t>(static_cast<std::uint32_t>(integer(header + 20 + 4 * which, 4)));
  }
  [[nodiscard]] std::size_t block_size(std::size_t header, std::size_t width) const {
    return count(header, 3) * (width + 1) + count(header, 4) * 6 + count(header, 5) + count(header, 2) * (width + 4) +
           count(header, 1) + count(header, 0);
  }
  [[nodiscard]] std::int64_t offset_of(std::size_t info) const { return integer(info, 4); }

  static void add_rule(std::string_view footer, TimeZone& zone) {
    while (!footer.empty() && footer.front() == '\n') footer.remove_prefix(1);
    const auto rule = parse_zone_rule(footer.substr(0, footer.find('\n')));
    if (!rule || !rule->has_summer) return;
    const std::int64_t last = zone.periods_.back().begin;
    const std::int64_t first_year = last < 0 ? 1970 : std::min(kLastRuleYear, date_from_days(last / 86400).year);
    std::vector<TimeZone::Period> added;
    for (std::int64_t year = first_year; year <= kLastRuleYear; ++year) {
      added.push_back({change_second(rule->to_summer, year) - rule->standard_offset, rule->summer_offset});
      added.push_back({change_second(rule->to_standard, year) - rule->summer_offset, rule->standard_offset});
    }
    std::sort(added.begin(), added.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
    for (const auto& period : added) {
      if (period.begin > last) zone.periods_.push_back(period);
    }
  }

  std::string_view bytes_;
};

Result<TimeZone> TimeZone::find(const std::string& name) {
  TimeZone zone;
  if (name.empty() || name == "UTC" || name == "GMT" || name == "Z" || name == "Etc/UTC") {
    zone.is_utc_ = true;
    return zone;
  }
  if (name.front() == '+' || name.front() == '-') {
    TimeText epoch;
    if (!parse_time_text("1970-01-01T00:00:00" + name, DateOrder::kYearMonthDay, epoch)) return unknown_zone(name);
    zone.periods_.push_back({std::numeric_limits<std::int64_t>::min(), -epoch.time / kNanosecondsPerSecond});
    return zone;
  }
  if (!is_safe_name(name)) return unknown_zone(name);
  PEAK_ASSIGN_OR_RETURN(const FileBytes file, read_zone_file(name));
  if (!ZoneFile(file.bytes).read(zone)) return unknown_zone(name);
  return zone;
}

std::size_t TimeZone::period_at(std::int64_t utc_seconds) const noexcept {
  const auto after = std::upper_bound(periods_.begin(), periods_.end(), utc_seconds,
                                      [](std::int64_t second, const Period& period) { return second < period.begin; });
  return static_cast<std::size_t>(after - periods_.begin()) - 1;
}

bool TimeZone::is_repeated(Nanoseconds local) const noexcept {
  return to_utc(local, kNoTime) != to_utc(local, std::numeric_limits<Nanoseconds>::max());
}

Nanoseconds TimeZone::to_utc(Nanoseconds local, Nanoseconds previous) const noexcept {
  if (is_utc_) return local;
  std::int64_t second = local / kNanosecondsPerSecond;
  if (local % kNanosecondsPerSecond < 0) --second;
  const auto instant = [&](std::size_t i) { return local - periods_[i].offset * kNanosecondsPerSecond; };
  // Offsets are less than a day: only the periods around the local second can hold the instant.
  const std::size_t first = period_at(second - 86400), last = period_at(second + 86400);
  Nanoseconds found = kNoTime;
  for (std::size_t i = first; i <= last; ++i) {
    const std::int64_t utc = second - periods_[i].offset;
    if (utc < periods_[i].begin || (i + 1 < periods_.size() && utc >= periods_[i + 1].begin)) continue;
    if (found != kNoTime && found > previous) break;
    found = instant(i);
  }
  if (found != kNoTime) return found;
  // Skipped by the clocks: by the offset before the jump, which lands as far after it.
  for (std::size_t i = first; i < last; ++i) {
    if (second - periods_[i].offset >= periods_[i + 1].begin &&
        second - periods_[i + 1].offset < periods_[i + 1].begin) {
      return instant(i);
    }
  }
  return instant(first);
}

}  // namespace peak::io
