// The configuration's file, changed in one place.
#pragma once

#include <string>

#include "peak/base/status.hpp"
#include "peak/config/setting.hpp"

namespace peak::command {

/// Sets one value in `file`, which is made if it is not there; empty: the file in use, else config/performance.toml.
/// Gives the path of the file that was written.
[[nodiscard]] Result<std::string> change_setting(config::Setting setting, const std::string& value,
                                                 const std::string& file = {});

}  // namespace peak::command
