// Subcommands of `peak data` with a file of their own.
#pragma once

#include "command.hpp"

namespace peak::command {

[[nodiscard]] Command data_check_command();
[[nodiscard]] Command data_resample_command();
[[nodiscard]] Command data_convert_command();

}  // namespace peak::command
