// Configuration: what config/performance.toml, the environment and arguments say, and where each value came from.
//
//     auto configuration = peak::config::Configuration::load();
//     std::int64_t entries = configuration->integer(peak::config::Setting::kL1Size);
//
// Order, the later wins: defaults, file, environment, arguments. The file is the one that PEAKTRADE_CONFIG names, else
// config/performance.toml in the present folder or the nearest folder above it that has one; none is no error. An
// unknown key or a wrong type is an error with file, line and the nearest known key.
//
// Threads: a value; load() reads files and the environment.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/config/setting.hpp"

namespace peak::config {

inline constexpr std::size_t kSettings = static_cast<std::size_t>(Setting::kDatabasePath) + 1;

/// What set a value.
enum class Origin : unsigned char { kDefault, kFile, kEnvironment, kArgument };

/// Reads an environment variable: null where it is not set. A parameter, so that tests need not change the process.
using Environment = std::function<const char*(const char* name)>;

class Configuration {
 public:
  /// The defaults.
  Configuration();

  /// Defaults, file and environment. `folder`: where the search for the file begins, or the file itself; empty: the
  /// present folder. NotFound if it is not there.
  [[nodiscard]] static Result<Configuration> load(const std::string& folder = {}, const Environment& environment = {});

  /// Puts the values of a file's text over these; `source` names the file in errors and origins. On an error nothing
  /// has changed.
  [[nodiscard]] Status read(std::string_view text, const std::string& source);
  [[nodiscard]] Status read_environment(const Environment& environment);
  /// An argument: over everything.
  [[nodiscard]] Status set(Setting setting, std::string_view text);

  [[nodiscard]] bool boolean(Setting setting) const noexcept { return value(setting).boolean; }
  [[nodiscard]] std::int64_t integer(Setting setting) const noexcept { return value(setting).integer; }
  [[nodiscard]] double number(Setting setting) const noexcept { return value(setting).number; }
  [[nodiscard]] const std::string& text(Setting setting) const noexcept { return value(setting).text; }

  [[nodiscard]] Origin origin(Setting setting) const noexcept { return entry(setting).origin; }
  /// "default", "config/performance.toml:6", "PEAKTRADE_CACHE_L1_SIZE", "argument".
  [[nodiscard]] const std::string& origin_text(Setting setting) const noexcept { return entry(setting).origin_text; }
  /// The file that was read; empty if there was none.
  [[nodiscard]] const std::string& file() const noexcept { return file_; }

 private:
  struct Entry {
    SettingValue value;
    Origin origin = Origin::kDefault;
    std::string origin_text = "default";
  };
  [[nodiscard]] const Entry& entry(Setting setting) const noexcept {
    return entries_[static_cast<std::size_t>(setting)];
  }
  [[nodiscard]] const SettingValue& value(Setting setting) const noexcept { return entry(setting).value; }

  std::array<Entry, kSettings> entries_;
  std::string file_;
};

/// Everything that is wrong with a file's text, each with its place; empty if nothing is.
[[nodiscard]] std::vector<std::string> problems_of(std::string_view text, const std::string& source);

/// The path of the file that load() would read; empty if there is none. Fails if `folder` or PEAKTRADE_CONFIG is not
/// there.
[[nodiscard]] Result<std::string> find_file(const std::string& folder = {}, const Environment& environment = {});

}  // namespace peak::config
