// peak feed: a strategy fed bar by bar from a stream, for live and paper feeds: a line of JSON for each bar.
#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "feed_state.hpp"
#include "input_lines.hpp"
#include "io/bar_lines.hpp"
#include "number.hpp"
#include "option_makers.hpp"
#include "output_files.hpp"
#include "peak/expression/expression.hpp"
#include "peak/sim/runner.hpp"
#include "peak/strategy/builtin.hpp"
#include "progress.hpp"
#include "reading_options.hpp"
#include "report/feed_line.hpp"
#include "run_options.hpp"
#include "series_files.hpp"
#include "setters.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

/// A stream that is quiet for so long waits for the market: time to write the state.
constexpr std::chrono::milliseconds kQuiet{100};

struct FeedRequest {
  std::string strategy, data = "-";
  std::string state;  ///< file; empty: none
  std::size_t save_every = 1000;
  std::shared_ptr<io::ReadOptions> reading = std::make_shared<io::ReadOptions>();
  std::shared_ptr<BacktestOptions> run = std::make_shared<BacktestOptions>();
  std::shared_ptr<SeriesFiles> series = std::make_shared<SeriesFiles>();
};

/// Columns beside prices and volume that the strategy reads.
std::vector<std::string> further_columns(const StrategyDefinition& strategy) {
  constexpr std::array<std::string_view, 6> kKnown = {"time", "open", "high", "low", "close", "volume"};
  std::vector<std::string> further;
  for (const auto* part : {&strategy.entry, &strategy.exit, &strategy.short_entry, &strategy.short_exit}) {
    if (!*part || !(*part)->ok()) continue;
    for (const std::string& name : expression::columns_of(**part)) {
      const bool is_known = std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end();
      if (!is_known && std::find(further.begin(), further.end(), name) == further.end()) further.push_back(name);
    }
  }
  return further;
}

/// A runner between its input and its state.
class Feed {
 public:
  Feed(Runner runner, InputLines input, io::BarLines lines, std::size_t save_every)
      : runner_(std::move(runner)), input_(std::move(input)), lines_(std::move(lines)), save_every_(save_every) {}

  Status go_on_from(const std::string& path) {
    PEAK_ASSIGN_OR_RETURN(FeedState state, FeedState::open(path, runner_));
    state_.emplace(std::move(state));
    if (runner_.context().bar() < 0) return {};
    kept_until_ = runner_.context().time();
    lines_.go_on_after(*kept_until_);
    return {};
  }

  /// Until the input ends or somebody asks to stop. The state is then that of all bars that were told.
  Status run() {
    const InterruptGuard guard;
    told_.emplace(runner_);
    bool stopped = false;
    Status done = take_lines(guard.token(), stopped);
    // A bar that could not be told must come again: the state stays that before it.
    if (!output_failed_) {
      const Status saved = save();
      if (done.ok()) {
        done = saved;
      } else if (!saved.ok()) {
        show_note("note: the state could not be saved: " + saved.error().message);
      }
    }
    if (skipped_ > 0) {
      show_note("note: " + std::to_string(skipped_) + (skipped_ == 1 ? " bar" : " bars") + " up to " +
                format_time(*kept_until_) + " of " + input_.name() + " were in " + state_->path() +
                " already and are skipped");
    }
    if (done.ok() && stopped) show_note("note: stopped after " + counted_bars() + kept_note());
    return done;
  }

 private:
  Status take_lines(const StopToken& stop, bool& stopped) {
    for (;;) {
      const Result<InputLines::Event> event = input_.next(stop, kQuiet);
      if (!event.ok()) return with_advice(event.error().within("line " + std::to_string(lines_.line() + 1)));
      switch (*event) {
        case InputLines::Event::kLine: PEAK_RETURN_IF_ERROR(take_line()); break;
        case InputLines::Event::kQuiet: PEAK_RETURN_IF_ERROR(save()); break;
        case InputLines::Event::kStopped: stopped = true; return {};
        case InputLines::Event::kEnd: return {};
      }
    }
  }

  Status take_line() {
    const auto line = lines_.read(input_.line());
    if (!line.ok()) return with_advice(line.error());
    if (!line->has_value()) return {};
    const io::BarLine& bar = **line;
    // What comes first may be what an earlier run has had; after the first new bar times must rise.
    if (kept_until_ && pushed_ == 0 && bar.time <= *kept_until_) {
      ++skipped_;
      return {};
    }
    const auto orders =
        runner_.push({bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume, std::move(bar.further)});
    if (!orders.ok()) return with_advice(orders.error().within("line " + std::to_string(lines_.line())));
    ++pushed_;
    ++unsaved_;
    if (Status written = write_output(told_->line_of(*orders)); !written.ok()) {
      output_failed_ = true;
      return written;
    }
    return unsaved_ >= save_every_ ? save() : Status();
  }

  Status save() {
    if (!state_ || unsaved_ == 0) return {};
    PEAK_RETURN_IF_ERROR(state_->save(runner_));
    unsaved_ = 0;
    return {};
  }

  [[nodiscard]] std::string counted_bars() const { return std::to_string(pushed_) + (pushed_ == 1 ? " bar" : " bars"); }
  [[nodiscard]] std::string kept_note() const { return state_ ? "; the state is in " + state_->path() : std::string(); }

  /// The error with the input's name and what to do.
  [[nodiscard]] Error with_advice(const Error& error) const {
    Error whole = error.within(input_.name());
    const std::string kept = state_ ? " and in " + state_->path() : std::string();
    if (pushed_ > 0) {
      whole.message += "\nthe " + counted_bars() + " before it " + (pushed_ == 1 ? "is" : "are") + " told" + kept +
                       ": mend the line and " + (state_ ? "run the same command again" : "feed again");
    }
    return whole;
  }

  Runner runner_;
  InputLines input_;
  io::BarLines lines_;
  std::size_t save_every_;
  std::optional<FeedState> state_;
  std::optional<report::FeedLines> told_;
  std::optional<Nanoseconds> kept_until_;
  std::size_t pushed_ = 0, unsaved_ = 0, skipped_ = 0;
  bool output_failed_ = false;
};

Status run(const FeedRequest& request) {
  std::vector<NamedFile> inputs = {{"--data", request.data}};
  if (is_strategy_file(request.strategy)) inputs.push_back({"STRATEGY", request.strategy});
  const NamedFile outputs[] = {{"--state", request.state}};
  PEAK_RETURN_IF_ERROR(check_output_files(inputs, outputs));
  PEAK_ASSIGN_OR_RETURN(const StrategyDefinition strategy, find_strategy(request.strategy));
  PEAK_RETURN_IF_ERROR(load_series(*request.series, *request.reading, *request.run));
  std::vector<std::string> further = further_columns(strategy);
  PEAK_ASSIGN_OR_RETURN(io::BarLines lines, io::BarLines::create(*request.reading, further));
  PEAK_ASSIGN_OR_RETURN(Runner runner, Runner::create(strategy, *request.run, std::move(further)));
  PEAK_ASSIGN_OR_RETURN(InputLines input, InputLines::open(request.data, request.reading->max_line_bytes));
  Feed feed(std::move(runner), std::move(input), std::move(lines), request.save_every);
  if (!request.state.empty()) PEAK_RETURN_IF_ERROR(feed.go_on_from(request.state));
  return feed.run();
}

/// Those of `options` that a feed has a use for.
void add_some(std::vector<Option>& options, std::vector<Option> all, std::vector<std::string_view> names) {
  for (Option& option : all) {
    if (std::find(names.begin(), names.end(), option.name) != names.end()) options.push_back(std::move(option));
  }
}

}  // namespace

Command feed_command() {
  const auto request = std::make_shared<FeedRequest>();
  Command command{.name = "feed", .summary = "feed a strategy bar by bar from a stream: orders, fills, equity"};
  command.description =
      "Reads bars a line at a time, CSV under a header or one JSON object to a line, each a bar that is complete, and "
      "prints a line of JSON for each at once: time, orders for the next bar, fills, position, cash and equity of a "
      "paper "
      "account by the rule book. With --state it goes on where it was: bars up to the state's last are skipped and "
      "counted; after a kill the bars since the last save are told once more. Ctrl-C saves and ends.";
  command.examples = {
      {"a recorded day as a stream", "peak feed sma_cross --set fast=10 --set slow=50 < prices.csv"},
      {"a live feed that goes on after any stop",
       "bars_of_my_broker | peak feed my_strategy.toml --commission 0.001 --state paper.state >> paper.jsonl"},
      {"only the orders", "tail -n +1 -f bars.csv | peak feed sma_cross | jq -c '.orders[]'"},
  };
  command.arguments.push_back({.name = "STRATEGY",
                               .description = "name of a built-in strategy, or a strategy file",
                               .set = text_setter(request, request->strategy),
                               .completion = Completion::kStrategy});
  command.options.push_back({.name = "--data",
                             .value = "FILE",
                             .description = "lines of bars (standard input, as with -)",
                             .set = text_setter(request, request->data),
                             .completion = Completion::kFile,
                             .group = "Input"});
  command.options.push_back(parameter_option(request->run));
  std::vector<Option> series;
  add_series_options(series, request->series);
  add_some(command.options, std::move(series), {"--funding", "--actions"});
  command.options.push_back({.name = "--state",
                             .value = "FILE",
                             .description = "go on from this file if it is there, and keep it up to date",
                             .set = text_setter(request, request->state),
                             .completion = Completion::kFile,
                             .group = "Input"});
  command.options.push_back(
      {.name = "--save-every",
       .value = "N",
       .description = "bars after which the state is written while they come without a pause (1000)",
       .set = [request](const std::string& text) -> Status {
         PEAK_ASSIGN_OR_RETURN(request->save_every, parse_count(text, "--save-every"));
         return request->save_every > 0 ? Status() : Status(invalid_argument("--save-every must be at least 1"));
       },
       .group = "Input"});
  add_run_options(command.options, request->run);
  add_some(command.options, reading_options(request->reading),
           {"--delimiter", "--column-names", "--time-column", "--clock-column", "--open-column", "--high-column",
            "--low-column", "--close-column", "--volume-column", "--date-order", "--time-unit", "--time-zone",
            "--max-line-bytes"});
  command.run = [request] { return run(*request); };
  return command;
}

}  // namespace peak::command
