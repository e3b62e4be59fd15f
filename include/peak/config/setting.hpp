// Setting: every value that config/performance.toml may set, as data: from this list the file is read and checked, and
// `peak config`, the editors' schema and the documentation are made.
//
// To add one: an enumerator here and a line in setting.cpp at the same place.
// Threads: constants.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "peak/base/status.hpp"

namespace peak::config {

enum class Setting : unsigned char {
  kEnableCaching,
  kL1Size,
  kL1Ttl,
  kL1MaxMb,
  kL2Enabled,
  kL2Host,
  kL2Port,
  kL2Password,
  kL2TimeoutMs,
  kL2Namespace,
  kL3Enabled,
  kL3Path,
  kL3MaxMb,
  kMaxWorkers,
  kUseProcesses,
  kNumThreads,
  kAutoConfigure,
  kSlowQueryThreshold,
  kDatabasePath,
};

enum class SettingType : unsigned char { kBoolean, kInteger, kNumber, kText };

struct SettingInfo {
  Setting setting;
  const char* section;      ///< table of the file: "performance.cache"
  const char* name;         ///< key in it: "l1_size"
  const char* environment;  ///< variable that sets it: "PEAKTRADE_CACHE_L1_SIZE"
  SettingType type;
  const char* default_text;  ///< as the file would hold it, a text without its quotes
  double low, high;          ///< range of a number, both ends allowed
  const char* description;   ///< one line, with the unit
  bool secret = false;       ///< never shown

  /// "performance.cache.l1_size"
  [[nodiscard]] std::string key() const { return std::string(section) + "." + name; }
};

/// All settings, in the order of the file and of the enumerators.
[[nodiscard]] std::span<const SettingInfo> settings() noexcept;
[[nodiscard]] const SettingInfo& info_of(Setting setting) noexcept;
/// By key ("performance.cache.l1_size", or "cache.l1_size", or "l1_size" alone); an unknown key names the nearest.
[[nodiscard]] Result<Setting> find_setting(std::string_view key);
[[nodiscard]] const char* setting_type_name(SettingType type) noexcept;  ///< "true or false", "a whole number", ...

/// `text` as a value of the setting, checked; the error says what is allowed. Booleans: true, false, 1, 0, yes, no,
/// on, off.
struct SettingValue {
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;  ///< also set for an integer
  std::string text;   ///< of a text; of the others their canonical form
};
[[nodiscard]] Result<SettingValue> parse_setting(Setting setting, std::string_view text);

}  // namespace peak::config
