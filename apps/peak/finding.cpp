#include "finding.hpp"

#include <utility>

#include "config_file.hpp"

namespace peak::command {

Finding setting_finding(const config::Configuration& configuration, config::Setting setting, const std::string& value,
                        Finding finding) {
  const config::SettingInfo& info = config::info_of(setting);
  if (configuration.origin(setting) == config::Origin::kEnvironment) {
    finding.command = std::string("export ") + info.environment + "=" + value;
    return finding;
  }
  const std::string key = info.key();
  finding.command = "peak config set " + key.substr(key.find('.') + 1) + " " + value;
  finding.mend = [setting, value]() -> Status {
    PEAK_ASSIGN_OR_RETURN([[maybe_unused]] const std::string path, change_setting(setting, value));
    return {};
  };
  return finding;
}

}  // namespace peak::command
