// peak: the command. Parses the line, runs one subcommand, turns an error into a block of text and an exit status.
#include <cstdio>
#include <string>
#include <vector>

#include "command_line.hpp"
#include "commands.hpp"
#include "peak/report/json.hpp"
#include "peak/store/database_files.hpp"
#include "terminal.hpp"

namespace peak::command {

std::vector<Command> all_commands() {
  std::vector<Command> commands;
  commands.push_back(backtest_command());
  commands.push_back(feed_command());
  commands.push_back(sweep_command());
  commands.push_back(walkforward_command());
  commands.push_back(crossvalidate_command());
  commands.push_back(montecarlo_command());
  commands.push_back(sensitivity_command());
  commands.push_back(lookahead_command());
  commands.push_back(data_command());
  commands.push_back(db_command());
  commands.push_back(cache_command());
  commands.push_back(runs_command());
  commands.push_back(explain_command());
  commands.push_back(strategies_command());
  commands.push_back(indicators_command());
  commands.push_back(config_command());
  commands.push_back(bench_command());
  commands.push_back(doctor_command());
  commands.push_back(completion_command());
  return commands;
}

namespace {

int fail(const Error& error, bool debug) {
  show_error(error, debug);
  return exit_status(error.code);
}

int run(const std::vector<std::string>& words) {
  // Asked for by scripts on every start, and needs nothing of what follows.
  if (words.size() == 1 && words[0] == "--version") {
    const Status written = write_output(std::string("peak ") + engine_version() + "\n");
    return written.ok() ? 0 : fail(written.error(), false);
  }
  store::read_databases();
  const std::vector<Command> commands = all_commands();
  if (words.empty()) {
    std::fputs(program_help(commands).c_str(), stderr);
    return 2;
  }
  const Result<ParsedLine> parsed = parse_command_line(words, commands);
  if (!parsed.ok()) return fail(parsed.error(), false);
  const Status done = parsed->command != nullptr ? parsed->command->run() : write_output(parsed->text);
  return done.ok() ? 0 : fail(done.error(), parsed->debug);
}

}  // namespace
}  // namespace peak::command

int main(int count, char** words) { return peak::command::run({words + (count > 0 ? 1 : 0), words + count}); }
