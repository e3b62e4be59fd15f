// Every subcommand of `peak`, most of them a function to a file of the same name.
#pragma once

#include <string>
#include <vector>

#include "command.hpp"

namespace peak::command {

[[nodiscard]] Command backtest_command();
[[nodiscard]] Command feed_command();
[[nodiscard]] Command sweep_command();
[[nodiscard]] Command explain_command();
[[nodiscard]] Command walkforward_command();
[[nodiscard]] Command crossvalidate_command();
[[nodiscard]] Command montecarlo_command();
[[nodiscard]] Command sensitivity_command();
[[nodiscard]] Command lookahead_command();
[[nodiscard]] Command data_command();
[[nodiscard]] Command db_command();
[[nodiscard]] Command cache_command();
[[nodiscard]] Command runs_command();
[[nodiscard]] Command strategies_command();
[[nodiscard]] Command indicators_command();
[[nodiscard]] Command config_command();
[[nodiscard]] Command bench_command();
[[nodiscard]] Command doctor_command();
[[nodiscard]] Command completion_command();

/// All of the above in the order in which help lists them.
[[nodiscard]] std::vector<Command> all_commands();

}  // namespace peak::command
