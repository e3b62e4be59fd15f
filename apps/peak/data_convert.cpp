// peak data convert: files of any shape as bars in files of one shape.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data_commands.hpp"
#include "input_data.hpp"
#include "option_makers.hpp"
#include "output_files.hpp"
#include "peak/base/suggest.hpp"
#include "peak/io/dataset.hpp"
#include "peak/io/read.hpp"
#include "peak/market/adjust.hpp"
#include "peak/market/ticks.hpp"
#include "peak/report/bars_file.hpp"
#include "peak/store/database_files.hpp"
#include "reading_options.hpp"
#include "report/json_writer.hpp"
#include "setters.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

struct ConvertRequest {
  std::vector<std::string> paths;
  std::string out, ending = "csv", table = "bars";
  std::optional<TickRule> ticks;
  std::optional<Adjustment> adjustment;
  std::shared_ptr<io::ReadOptions> reading = std::make_shared<io::ReadOptions>();
  bool json = false;
};

Result<Adjustment> parse_adjustment(const std::string& text) {
  const std::vector<std::string> known = {"splits", "dividends", "both"};
  if (std::find(known.begin(), known.end(), text) == known.end()) {
    return invalid_argument("--adjust: '" + text + "' is not known" + suggestion(text, known));
  }
  return Adjustment{.splits = text != "dividends", .dividends = text != "splits"};
}

Result<std::string> parse_ending(const std::string& text) {
  const std::vector<std::string> known = {"csv", "json", "parquet", "arrow"};
  if (std::find(known.begin(), known.end(), text) != known.end()) return text;
  return invalid_argument("--as: '" + text + "' is not known" + suggestion(text, known));
}

/// Ticks of each file, one after the other, as bars.
Result<std::vector<Bars>> tick_bars(const ConvertRequest& request) {
  PEAK_ASSIGN_OR_RETURN(const std::vector<std::string> files, io::dataset_files(request.paths));
  std::vector<Bars> all;
  for (const std::string& file : files) {
    PEAK_ASSIGN_OR_RETURN(const io::LoadedTable loaded, input_data(io::read_table(file, *request.reading)));
    auto bars = bars_from_ticks(loaded.table, *request.ticks);
    if (!bars.ok()) return std::move(bars).error().within(file);
    const std::string name = std::filesystem::path(file).filename().string();
    if (request.reading->price_scale) {
      PEAK_ASSIGN_OR_RETURN(*bars, scaled(*bars, *request.reading->price_scale));
    }
    bars->set_symbol(name.substr(0, name.find('.', 1)));
    all.push_back(std::move(*bars));
  }
  return all;
}

Result<Bars> changed(const ConvertRequest& request, Bars bars) {
  if (request.adjustment) {
    PEAK_ASSIGN_OR_RETURN(bars, adjusted(bars, *request.adjustment));
  }
  return bars;
}

/// A symbol as part of a file's name.
std::string file_of(const ConvertRequest& request, const Bars& bars) {
  std::string name = bars.symbol().empty() ? "data" : bars.symbol();
  for (char& c : name) c = c == '/' || c == '\0' ? '_' : c;
  if (name.front() == '.') name.front() = '_';
  return (std::filesystem::path(request.out) / (name + "." + request.ending)).string();
}

bool is_database(const std::string& path) { return path.ends_with(".db") || path.ends_with(".sqlite"); }

/// Bars of all symbols below each other, with a column that tells them apart; columns that all of them have.
Table joined_bars(const std::vector<Bars>& all) {
  Table joined;
  std::vector<std::string> symbols;
  std::vector<std::int32_t> codes;
  std::vector<std::int64_t> times;
  for (const Bars& bars : all) {
    codes.insert(codes.end(), bars.size(), static_cast<std::int32_t>(symbols.size()));
    symbols.push_back(bars.symbol());
    times.insert(times.end(), bars.time().begin(), bars.time().end());
  }
  joined.columns.push_back(Column::own("symbol", std::move(codes), std::move(symbols)));
  joined.columns.push_back(Column::own("time", std::move(times), ColumnType::kTime));
  for (const std::string& name : all.front().column_names()) {
    const auto has = [&](const Bars& bars) { return bars.find(name) != nullptr; };
    if (name == "time" || !std::all_of(all.begin(), all.end(), has)) continue;
    std::vector<double> values;
    for (const Bars& bars : all) {
      const Column column = bars.find(name)->as_float64();
      values.insert(values.end(), column.float64s().begin(), column.float64s().end());
    }
    joined.columns.push_back(Column::own(name, std::move(values)));
  }
  return joined;
}

Status run(const ConvertRequest& request) {
  const bool into_folder = std::filesystem::is_directory(request.out);
  if (!into_folder) {
    std::vector<NamedFile> inputs;
    for (const std::string& path : request.paths) inputs.push_back({"FILE", path});
    const std::vector<NamedFile> outputs = {
        {"--out", request.out, {".csv", ".json", ".parquet", ".arrow", ".feather", ".db", ".sqlite"}}};
    PEAK_RETURN_IF_ERROR(check_output_files(inputs, outputs));
  }
  PEAK_ASSIGN_OR_RETURN(std::vector<Bars> all, request.ticks
                                                   ? tick_bars(request)
                                                   : input_data(io::read_dataset(request.paths, *request.reading)));
  if (all.size() > 1 && !into_folder && !is_database(request.out)) {
    return invalid_argument(
        "--out: there are " + std::to_string(all.size()) +
        " symbols; name a folder that is there, and each gets a file in it, or a SQLite file (.db)");
  }
  report::JsonWriter json({});
  std::string text;
  json.begin_array();
  for (Bars& bars : all) {
    PEAK_ASSIGN_OR_RETURN(bars, changed(request, std::move(bars)));
  }
  const bool into_database = !into_folder && is_database(request.out);
  if (into_database) PEAK_RETURN_IF_ERROR(store::write_table(joined_bars(all), request.out, request.table));
  for (const Bars& bars : all) {
    const std::string file = into_folder ? file_of(request, bars) : request.out;
    if (!into_database) PEAK_RETURN_IF_ERROR(write_table(table_of(bars), file));
    json.begin_object(report::JsonWriter::Layout::kOneLine);
    json.text("symbol", bars.symbol());
    json.integer("rows", static_cast<std::int64_t>(bars.size()));
    json.text("path", file);
    json.end_object();
    text += bars.symbol() + ": " + std::to_string(bars.size()) + " bars in " + file + "\n";
  }
  json.end_array();
  return write_output(request.json ? json.take() + "\n" : text);
}

void add_options(Command& command, const std::shared_ptr<ConvertRequest>& request) {
  Option out = file_option("--out", "a file (.csv, .json, .parquet, .arrow or .db), or for several symbols a folder",
                           request, request->out);
  out.required = true;
  command.options.push_back(std::move(out));
  command.options.push_back({.name = "--as",
                             .value = "FORMAT",
                             .description = "of files in a folder: csv (default), json, parquet or arrow",
                             .set = parsed_setter(request, request->ending, parse_ending),
                             .completion = Completion::kChoices,
                             .choices = {"csv", "json", "parquet", "arrow"}});
  command.options.push_back({.name = "--into",
                             .value = "TABLE",
                             .description = "of a SQLite file: the table to write (bars)",
                             .set = text_setter(request, request->table)});
  command.options.push_back(
      {.name = "--bars",
       .value = "RULE",
       .description = "the files hold ticks: make bars of them, 1m, tick:100, volume:50 or dollar:1000000",
       .set = parsed_setter(request, request->ticks, [](const std::string& text) { return TickRule::parse(text); })});
  command.options.push_back(
      {.name = "--adjust",
       .value = "WHAT",
       .description = "take splits, dividends or both out of earlier prices, by the file's columns",
       .set = parsed_setter(request, request->adjustment, parse_adjustment),
       .completion = Completion::kChoices,
       .choices = {"splits", "dividends", "both"}});
  command.options.push_back({.name = "--json",
                             .value = "",
                             .description = "print a JSON array with one object for each file",
                             .set = flag_setter(request, request->json)});
}

}  // namespace

Command data_convert_command() {
  const auto request = std::make_shared<ConvertRequest>();
  Command command{.name = "convert", .summary = "files of any shape as bars in CSV, JSON, Parquet, Arrow or SQLite"};
  command.description =
      "Reads files, folders and patterns, parts of one symbol together, rows of several symbols (long) and columns of "
      "several symbols (wide) taken apart, and writes their bars.";
  command.examples = {
      {"any file as Parquet", "peak data convert prices.csv.gz --out prices.parquet"},
      {"a folder of daily files as one", "peak data convert lean/btcusd --out btcusd.parquet"},
      {"minutes out of trades", "peak data convert trades.csv --bars 1m --out minutes.csv"},
  };
  command.arguments.push_back(files_argument("files, folders or patterns", request, request->paths));
  add_options(command, request);
  for (Option& option : reading_options(request->reading)) command.options.push_back(std::move(option));
  command.run = [request] { return run(*request); };
  return command;
}

}  // namespace peak::command
