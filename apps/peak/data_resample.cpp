// peak data resample: bars of a longer timeframe.
#include <array>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "data_commands.hpp"
#include "data_panel.hpp"
#include "input_data.hpp"
#include "option_makers.hpp"
#include "output_files.hpp"
#include "peak/base/suggest.hpp"
#include "peak/io/read.hpp"
#include "peak/market/resample.hpp"
#include "peak/report/bars_file.hpp"
#include "reading_options.hpp"
#include "report/json_writer.hpp"
#include "setters.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

struct ResampleRequest {
  std::string file, out;
  Timeframe timeframe = {};
  ResampleOptions resample;
  std::shared_ptr<io::ReadOptions> reading = std::make_shared<io::ReadOptions>();
  bool json = false;
};

Result<ResampleOrigin> parse_origin(const std::string& text) {
  const std::vector<std::string> known = {"start_day", "epoch", "start"};
  if (text == known[0]) return ResampleOrigin::kStartDay;
  if (text == known[1]) return ResampleOrigin::kEpoch;
  if (text == known[2]) return ResampleOrigin::kStart;
  return invalid_argument("--origin: '" + text + "' is not known" + suggestion(text, known));
}

Result<bool> parse_side(const char* option, const std::string& text) {
  if (text == "left") return false;
  if (text == "right") return true;
  return invalid_argument(std::string(option) + ": '" + text + "' is neither left nor right");
}

/// What was made of a market's bars, or of those of many symbols.
struct Made {
  std::size_t rows_before = 0, rows = 0, symbols = 0;  ///< symbols: 0 for one market
  std::span<const Nanoseconds> time;
  Hash128 fingerprint = {};
};

std::string summary(const ResampleRequest& request, const Made& made) {
  std::string text = std::to_string(made.rows_before) + " bars";
  if (made.symbols != 0) text += " of " + std::to_string(made.symbols) + " symbols";
  text += " became " + std::to_string(made.rows) + " of " + request.timeframe.text();
  if (!made.time.empty()) {
    text += ", " + format_time_short(made.time.front()) + " to " + format_time_short(made.time.back());
  }
  return text + ", in " + request.out + "\n";
}

std::string summary_json(const ResampleRequest& request, const Made& made) {
  report::JsonWriter json({});
  json.begin_object();
  json.text("path", request.file);
  json.text("out", request.out);
  json.text("timeframe", request.timeframe.text());
  if (made.symbols != 0) json.integer("symbols", static_cast<std::int64_t>(made.symbols));
  json.integer("rows_before", static_cast<std::int64_t>(made.rows_before));
  json.integer("rows", static_cast<std::int64_t>(made.rows));
  json.text("fingerprint", made.fingerprint.hex());
  json.end_object();
  return json.take() + "\n";
}

Status tell(const ResampleRequest& request, const Made& made) {
  return write_output(request.json ? summary_json(request, made) : summary(request, made));
}

std::size_t rows_of(const Panel& panel) {
  std::size_t rows = 0;
  for (std::size_t s = 0; s < panel.symbols(); ++s) rows += panel.series(s).size();
  return rows;
}

/// Bars of many symbols below each other, or their closes side by side, become bars below each other.
Status run_symbols(const ResampleRequest& request, std::vector<Bars> symbols) {
  PEAK_ASSIGN_OR_RETURN(const Panel from, input_data(Panel::create(std::move(symbols))));
  PEAK_ASSIGN_OR_RETURN(const Panel to, resample(from, request.timeframe, request.resample));
  PEAK_RETURN_IF_ERROR(write_table(table_of(to), request.out));
  return tell(request, {.rows_before = rows_of(from),
                        .rows = rows_of(to),
                        .symbols = to.symbols(),
                        .time = to.time(),
                        .fingerprint = to.fingerprint()});
}

Status run(const ResampleRequest& request) {
  const std::array inputs = {NamedFile{"FILE", request.file}};
  const std::array outputs = {NamedFile{"--out", request.out, {".csv", ".json", ".parquet"}}};
  PEAK_RETURN_IF_ERROR(check_output_files(inputs, outputs));
  Result<io::LoadedBars> read = io::read_bars(request.file, *request.reading);
  if (!read.ok()) {
    std::vector<Bars> symbols = symbols_of(request.file, *request.reading);
    if (!symbols.empty()) return run_symbols(request, std::move(symbols));
  }
  PEAK_ASSIGN_OR_RETURN(const io::LoadedBars loaded, input_data(std::move(read)));
  PEAK_ASSIGN_OR_RETURN(const Bars made, resample(loaded.bars, request.timeframe, request.resample));
  PEAK_RETURN_IF_ERROR(write_table(table_of(made), request.out));
  return tell(
      request,
      {.rows_before = loaded.bars.size(), .rows = made.size(), .time = made.time(), .fingerprint = made.fingerprint()});
}

Option choice_option(const char* name, const char* description, Setter set, std::vector<std::string> choices) {
  return {.name = name,
          .value = "WORD",
          .description = description,
          .set = std::move(set),
          .completion = Completion::kChoices,
          .choices = std::move(choices)};
}

void add_options(Command& command, const std::shared_ptr<ResampleRequest>& request) {
  ResampleOptions& options = request->resample;
  Option out = file_option("--out", "write the bars here (.csv, .json or .parquet)", request, request->out);
  out.required = true;
  command.options.push_back(std::move(out));
  command.options.push_back(choice_option("--origin",
                                          "where periods begin to be counted: the midnight before the first bar "
                                          "(start_day), 1970 (epoch), or the first bar (start)",
                                          parsed_setter(request, options.origin, parse_origin),
                                          {"start_day", "epoch", "start"}));
  command.options.push_back(choice_option(
      "--label", "the end of a period that it is stamped with (left)",
      parsed_setter(request, options.label_right, [](const std::string& t) { return parse_side("--label", t); }),
      {"left", "right"}));
  command.options.push_back(choice_option(
      "--closed", "the end of a period that belongs to it (left)",
      parsed_setter(request, options.closed_right, [](const std::string& t) { return parse_side("--closed", t); }),
      {"left", "right"}));
  command.options.push_back(choice_option(
      "--sessions", "count periods from each session's open, and leave out what is traded outside of sessions",
      parsed_setter(request, options.sessions, [](const std::string& t) { return Calendar::named(t); }),
      {"24/7", "weekdays", "fx", "nyse"}));
  command.options.push_back({.name = "--keep-empty",
                             .value = "",
                             .description = "keep periods without bars, without prices and with volume 0",
                             .set = flag_setter(request, options.keep_empty)});
  command.options.push_back({.name = "--json",
                             .value = "",
                             .description = "print one JSON object",
                             .set = flag_setter(request, request->json)});
}

}  // namespace

Command data_resample_command() {
  const auto request = std::make_shared<ResampleRequest>();
  Command command{.name = "resample", .summary = "bars of a longer timeframe"};
  command.description =
      "Makes bars of a longer timeframe: the first open, the highest high, the lowest low, the last close, the sum of "
      "volumes, and the last value of further columns. Of a file of many symbols every one is taken, by one grid.";
  command.examples = {
      {"weeks out of days", "peak data resample prices.csv 1w --out weeks.csv"},
      {"hours of New York's sessions out of minutes",
       "peak data resample minutes.parquet 1h --sessions nyse --out hours.parquet"},
  };
  command.arguments.push_back({.name = "FILE",
                               .description = "a file of prices",
                               .set = text_setter(request, request->file),
                               .completion = Completion::kFile});
  command.arguments.push_back({.name = "TIMEFRAME",
                               .description = "a whole number and s, m, h, d, w or mo: 30s, 15m, 4h, 1d, 1w, 1mo",
                               .set = parsed_setter(request, request->timeframe,
                                                    [](const std::string& text) { return Timeframe::parse(text); })});
  add_options(command, request);
  for (Option& option : reading_options(request->reading)) command.options.push_back(std::move(option));
  command.run = [request] { return run(*request); };
  return command;
}

}  // namespace peak::command
