#include "peak/config/setting.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "peak/base/suggest.hpp"
#include "peak/config/configuration.hpp"

namespace peak::config {
namespace {

constexpr double kMany = 1e15;  // below 2^53: every whole number up to it is a double

constexpr std::array<SettingInfo, kSettings> kInfos = {{
    {Setting::kEnableCaching, "performance", "enable_caching", "PEAKTRADE_ENABLE_CACHING", SettingType::kBoolean,
     "true", 0, 1, "whether results are cached at all; false turns every level off"},
    {Setting::kL1Size, "performance.cache", "l1_size", "PEAKTRADE_CACHE_L1_SIZE", SettingType::kInteger, "1000", 1,
     kMany, "entries kept in memory"},
    {Setting::kL1Ttl, "performance.cache", "l1_ttl", "PEAKTRADE_CACHE_L1_TTL", SettingType::kNumber, "300", 0.001,
     kMany, "seconds until an entry in memory expires, unless it was stored with its own"},
    {Setting::kL1MaxMb, "performance.cache", "l1_max_mb", "PEAKTRADE_CACHE_L1_MAX_MB", SettingType::kInteger, "256", 1,
     kMany, "megabytes kept in memory"},
    {Setting::kL2Enabled, "performance.cache", "l2_enabled", "PEAKTRADE_CACHE_L2_ENABLED", SettingType::kBoolean,
     "false", 0, 1, "whether a Redis server is used"},
    {Setting::kL2Host, "performance.cache", "l2_host", "PEAKTRADE_CACHE_L2_HOST", SettingType::kText, "localhost", 0, 0,
     "name or address of the Redis server"},
    {Setting::kL2Port, "performance.cache", "l2_port", "PEAKTRADE_CACHE_L2_PORT", SettingType::kInteger, "6379", 1,
     65535, "its port"},
    {Setting::kL2Password, "performance.cache", "l2_password", "PEAKTRADE_CACHE_L2_PASSWORD", SettingType::kText, "", 0,
     0, "its password; better set by the environment than in a file", true},
    {Setting::kL2TimeoutMs, "performance.cache", "l2_timeout_ms", "PEAKTRADE_CACHE_L2_TIMEOUT_MS",
     SettingType::kInteger, "50", 1, 60000, "milliseconds after which the Redis server counts as not there"},
    {Setting::kL2Namespace, "performance.cache", "l2_namespace", "PEAKTRADE_CACHE_L2_NAMESPACE", SettingType::kText,
     "peaktrade", 0, 0, "first part of every key on the Redis server"},
    {Setting::kL3Enabled, "performance.cache", "l3_enabled", "PEAKTRADE_CACHE_L3_ENABLED", SettingType::kBoolean,
     "true", 0, 1, "whether entries are kept on disk"},
    {Setting::kL3Path, "performance.cache", "l3_path", "PEAKTRADE_CACHE_L3_PATH", SettingType::kText, "data/cache", 0,
     0, "folder of the entries on disk, relative to the present folder"},
    {Setting::kL3MaxMb, "performance.cache", "l3_max_mb", "PEAKTRADE_CACHE_L3_MAX_MB", SettingType::kInteger, "10240",
     1, kMany, "megabytes kept on disk"},
    {Setting::kMaxWorkers, "performance.parallel", "max_workers", "PEAKTRADE_PARALLEL_MAX_WORKERS",
     SettingType::kInteger, "0", 0, 4096, "workers of a parallel run; 0: one to each performance core"},
    {Setting::kUseProcesses, "performance.parallel", "use_processes", "PEAKTRADE_PARALLEL_USE_PROCESSES",
     SettingType::kBoolean, "true", 0, 1, "whether Python functions run in processes; false: in threads"},
    {Setting::kNumThreads, "performance.numpy", "num_threads", "PEAKTRADE_NUMPY_NUM_THREADS", SettingType::kInteger,
     "0", 0, 4096, "threads of numpy's linear algebra; 0: one to each performance core"},
    {Setting::kAutoConfigure, "performance.numpy", "auto_configure", "PEAKTRADE_NUMPY_AUTO_CONFIGURE",
     SettingType::kBoolean, "true", 0, 1, "whether that is set when Peak Trade first touches numpy"},
    {Setting::kSlowQueryThreshold, "performance.database", "slow_query_threshold",
     "PEAKTRADE_DATABASE_SLOW_QUERY_THRESHOLD", SettingType::kNumber, "0.1", 0, kMany,
     "seconds from which a query counts as slow"},
    {Setting::kDatabasePath, "performance.database", "path", "PEAKTRADE_DATABASE_PATH", SettingType::kText, "", 0, 0,
     "the trade store that peak doctor looks at; empty: none"},
}};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

Error refused(const SettingInfo& info, std::string_view text, const std::string& wanted) {
  return invalid_argument(info.key() + " must be " + wanted + ", not '" + std::string(text) + "'");
}

std::string plain(double value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end.ptr};
}

std::string range_of(const SettingInfo& info) {
  if (info.high >= kMany) return " of at least " + plain(info.low);
  return " from " + plain(info.low) + " to " + plain(info.high);
}

Result<SettingValue> parse_boolean(const SettingInfo& info, std::string_view text) {
  const std::string word = lower(text);
  SettingValue value;
  if (word == "true" || word == "1" || word == "yes" || word == "on") {
    value.boolean = true;
  } else if (word != "false" && word != "0" && word != "no" && word != "off") {
    return refused(info, text, setting_type_name(info.type));
  }
  value.text = value.boolean ? "true" : "false";
  return value;
}

Result<SettingValue> parse_numeric(const SettingInfo& info, std::string_view text) {
  SettingValue value;
  const std::string copy(text);  // strtod, since some libc++ cannot read doubles with from_chars
  char* end = nullptr;
  value.number = std::strtod(copy.c_str(), &end);
  const bool decimal = !copy.empty() && copy.find_first_not_of("0123456789+-.eE") == copy.npos;
  const bool read = decimal && end == copy.c_str() + copy.size() && std::isfinite(value.number);
  const bool whole = read && value.number == std::floor(value.number);
  if (!read || (info.type == SettingType::kInteger && !whole) || value.number < info.low || value.number > info.high) {
    return refused(info, text, setting_type_name(info.type) + range_of(info));
  }
  if (whole) value.integer = static_cast<std::int64_t>(value.number);
  value.text = info.type == SettingType::kInteger ? std::to_string(value.integer) : plain(value.number);
  return value;
}

}  // namespace

std::span<const SettingInfo> settings() noexcept { return kInfos; }

const SettingInfo& info_of(Setting setting) noexcept { return kInfos[static_cast<std::size_t>(setting)]; }

Result<Setting> find_setting(std::string_view key) {
  std::vector<std::string> names;
  for (const SettingInfo& info : kInfos) {
    const std::string whole = info.key();
    if (key == whole || key == info.name || "performance." + std::string(key) == whole) return info.setting;
    const bool with_first = key.starts_with("performance");
    names.push_back(key.find('.') == key.npos ? info.name : with_first ? whole : whole.substr(sizeof "performance"));
  }
  return not_found("there is no setting '" + std::string(key) + "'" + suggestion(key, names) +
                   " (all of them: peak config show)");
}

const char* setting_type_name(SettingType type) noexcept {
  switch (type) {
    case SettingType::kBoolean: return "true or false";
    case SettingType::kInteger: return "a whole number";
    case SettingType::kNumber: return "a number";
    case SettingType::kText: return "a text";
  }
  return "";
}

Result<SettingValue> parse_setting(Setting setting, std::string_view text) {
  const SettingInfo& info = info_of(setting);
  switch (info.type) {
    case SettingType::kBoolean: return parse_boolean(info, text);
    case SettingType::kInteger:
    case SettingType::kNumber: return parse_numeric(info, text);
    case SettingType::kText: break;
  }
  // A byte that cannot stand in a TOML text or an environment variable would come back changed.
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), control)) return refused(info, "...", "a text on one line");
  SettingValue value;
  value.text = text;
  return value;
}

}  // namespace peak::config
