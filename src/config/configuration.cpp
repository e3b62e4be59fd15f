#include "peak/config/configuration.hpp"

#include <cstdlib>
#include <filesystem>

#include "config/file_values.hpp"
#include "peak/base/text_file.hpp"

namespace peak::config {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFileVariable = "PEAKTRADE_CONFIG";
constexpr std::size_t kLargestFile = 1024 * 1024;

const char* variable(const Environment& environment, const char* name) {
  return environment ? environment(name) : std::getenv(name);
}

Result<std::string> text_of(const std::string& path) {
  PEAK_ASSIGN_OR_RETURN(std::string text, read_text_file(path, "configuration file", kLargestFile + 1));
  if (text.size() > kLargestFile) return bad_data(path + ": larger than 1 MB; this is no configuration file");
  return text;
}

}  // namespace

Configuration::Configuration() {
  for (const SettingInfo& info : settings()) {
    // Each default is a value of its own setting: tests read them all.
    if (Result<SettingValue> value = parse_setting(info.setting, info.default_text); value.ok()) {
      entries_[static_cast<std::size_t>(info.setting)].value = std::move(value).value();
    }
  }
}

Result<Configuration> Configuration::load(const std::string& folder, const Environment& environment) {
  Configuration configuration;
  PEAK_ASSIGN_OR_RETURN(const std::string path, find_file(folder, environment));
  if (!path.empty()) {
    PEAK_ASSIGN_OR_RETURN(const std::string text, text_of(path));
    PEAK_RETURN_IF_ERROR(configuration.read(text, path));
  }
  PEAK_RETURN_IF_ERROR(configuration.read_environment(environment));
  return configuration;
}

Status Configuration::read(std::string_view text, const std::string& source) {
  const FileValues found = read_file_values(text, source);
  if (!found.problems.empty()) {
    const std::size_t more = found.problems.size() - 1;
    return parse_error(found.problems[0] + (more == 0 ? "" : "\n" + std::to_string(more) + " more: peak config check"));
  }
  for (const FileValue& value : found.values) {
    entries_[static_cast<std::size_t>(value.setting)] = {value.value, Origin::kFile,
                                                         source + ":" + std::to_string(value.line)};
  }
  file_ = source;
  return {};
}

Status Configuration::read_environment(const Environment& environment) {
  Configuration changed = *this;
  for (const SettingInfo& info : settings()) {
    const char* text = variable(environment, info.environment);
    if (text == nullptr) continue;
    Result<SettingValue> value = parse_setting(info.setting, text);
    if (!value.ok()) return value.error().within(std::string("environment variable ") + info.environment);
    changed.entries_[static_cast<std::size_t>(info.setting)] = {std::move(value).value(), Origin::kEnvironment,
                                                                info.environment};
  }
  *this = std::move(changed);
  return {};
}

Status Configuration::set(Setting setting, std::string_view text) {
  PEAK_ASSIGN_OR_RETURN(SettingValue value, parse_setting(setting, text));
  entries_[static_cast<std::size_t>(setting)] = {std::move(value), Origin::kArgument, "argument"};
  return {};
}

std::vector<std::string> problems_of(std::string_view text, const std::string& source) {
  return read_file_values(text, source).problems;
}

Result<std::string> find_file(const std::string& folder, const Environment& environment) {
  std::error_code failed;
  if (!folder.empty()) {
    if (fs::is_regular_file(folder, failed)) return folder;
    if (!fs::exists(folder, failed)) {
      return not_found("'" + folder + "' is not there; name the configuration's file, or a folder to look from");
    }
  }
  if (const char* named = variable(environment, kFileVariable); named != nullptr && *named != '\0') {
    if (fs::is_regular_file(named, failed)) return std::string(named);
    return not_found(std::string("environment variable ") + kFileVariable + " names '" + named +
                     "', which is no file; correct or unset it");
  }
  const fs::path here = folder.empty() ? fs::current_path(failed) : fs::absolute(folder, failed);
  if (failed) return std::string();
  for (fs::path place = here;; place = place.parent_path()) {
    const fs::path file = place / "config" / "performance.toml";
    if (fs::is_regular_file(file, failed)) {
      // As a user would name it from where the search began.
      return place == here && folder.empty() ? (fs::path("config") / "performance.toml").string() : file.string();
    }
    if (place == place.root_path() || place.parent_path() == place) return std::string();
  }
}

}  // namespace peak::config
