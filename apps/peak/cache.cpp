// peak cache: what the cache folder holds, how well it served, and looking after it.
#include <memory>
#include <string>
#include <vector>

#include "commands.hpp"
#include "loading.hpp"
#include "option_makers.hpp"
#include "peak/cache/disk_cache.hpp"
#include "peak/cache/multi_level_cache.hpp"
#include "peak/cache/recorded_statistics.hpp"
#include "peak/config/configuration.hpp"
#include "peak/report/text_table.hpp"
#include "peak/runtime/cached_bars.hpp"
#include "reading_options.hpp"
#include "report/json_writer.hpp"
#include "setters.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

using report::JsonWriter;

struct Request {
  std::string path;  ///< of the folder; empty: what the configuration says
  std::string tag, prefix;
  std::vector<std::string> files;
  std::shared_ptr<io::ReadOptions> reading = std::make_shared<io::ReadOptions>();
  bool json = false, repair = false, reset = false;
};
using Target = std::shared_ptr<Request>;

std::string count_text(std::uint64_t count) { return std::to_string(count); }

std::string bytes_text(std::uint64_t bytes) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; amount >= 1024 && unit < 4; ++unit) amount /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", amount, units[unit]);
  return text;
}

/// Opens the folder that the line or the configuration names. Looking at a folder does not make one.
Result<std::shared_ptr<cache::DiskCache>> open_cache(const Request& request, bool may_make) {
  PEAK_ASSIGN_OR_RETURN(const config::Configuration configuration, config::Configuration::load());
  cache::DiskCacheOptions options;
  options.path = request.path.empty() ? configuration.text(config::Setting::kL3Path) : request.path;
  options.max_bytes = static_cast<std::uint64_t>(configuration.integer(config::Setting::kL3MaxMb)) << 20;
  cache::DiskCacheOptions looking = options;
  looking.read_only = true;
  if (!may_make && !cache::DiskCache::open(looking).ok()) {
    return not_found(options.path + ": there is no cache in this folder; name another with --path, or fill one with " +
                     "'peak cache warm FILE --path " + options.path + "'");
  }
  return cache::DiskCache::open(options);
}

void write_level(JsonWriter& json, const char* name, const cache::LevelStatistics& level) {
  json.key(name);
  json.begin_object(JsonWriter::Layout::kOneLine);
  json.integer("hits", static_cast<std::int64_t>(level.hits));
  json.integer("misses", static_cast<std::int64_t>(level.misses));
  json.number("hit_rate", level.hit_rate());
  json.integer("sets", static_cast<std::int64_t>(level.sets));
  json.integer("evictions", static_cast<std::int64_t>(level.evictions));
  json.integer("errors", static_cast<std::int64_t>(level.errors));
  json.end_object();
}

Status show_stats(const Request& request) {
  PEAK_ASSIGN_OR_RETURN(const auto folder, open_cache(request, false));
  if (request.reset) PEAK_RETURN_IF_ERROR(cache::forget_statistics(*folder));
  const cache::LevelStatistics now = folder->statistics();
  const cache::CacheStatistics recorded = cache::recorded_statistics(*folder);
  const std::vector<std::string> advice = cache::hit_rate_advice(recorded);
  if (request.json) {
    JsonWriter json({});
    json.begin_object();
    json.text("path", folder->options().path);
    json.integer("size", static_cast<std::int64_t>(now.size));
    json.integer("bytes", static_cast<std::int64_t>(now.bytes));
    json.integer("max_bytes", static_cast<std::int64_t>(now.max_bytes));
    json.boolean("read_only", now.read_only);
    write_level(json, "l1", recorded.l1);
    write_level(json, "l2", recorded.l2);
    write_level(json, "l3", recorded.l3);
    json.integer("computations", static_cast<std::int64_t>(recorded.computations));
    json.integer("waits", static_cast<std::int64_t>(recorded.waits));
    json.key("advice");
    json.begin_array();
    for (const std::string& sentence : advice) json.text(sentence);
    json.end_array();
    json.end_object();
    return write_output(json.take() + "\n");
  }
  const TextStyle style = output_style();
  std::string text = toned(folder->options().path, TextTone::kStrong, style) + "\n  " + count_text(now.size) +
                     " entries, " + bytes_text(now.bytes) + " of " + bytes_text(now.max_bytes) + "\n\n";
  TextTable table({{.title = "level"},
                   {.title = "hits", .right = true},
                   {.title = "misses", .right = true},
                   {.title = "hit rate", .right = true},
                   {.title = "target", .right = true},
                   {.title = "sets", .right = true},
                   {.title = "evictions", .right = true},
                   {.title = "errors", .right = true}});
  const auto row = [&](const char* name, const cache::LevelStatistics& level, const char* target) {
    const bool asked = level.hits + level.misses != 0;
    char rate[16] = "-";
    if (asked) std::snprintf(rate, sizeof rate, "%.1f %%", 100 * level.hit_rate());
    table.add_row({name, count_text(level.hits), count_text(level.misses), rate, target, count_text(level.sets),
                   count_text(level.evictions), count_text(level.errors)});
  };
  row("L1 memory", recorded.l1, "> 80 %");
  row("L2 Redis", recorded.l2, "> 50 %");
  row("L3 disk", recorded.l3, "> 30 %");
  text += table.render(style);
  text += "\ncounted by all programs that used this folder and were closed; 'peak cache stats --reset' begins anew\n";
  for (const std::string& sentence : advice) text += "\n" + wrapped("advice: " + sentence, style.width, 2) + "\n";
  return write_output(text);
}

Status clear(const Request& request) {
  PEAK_ASSIGN_OR_RETURN(const auto folder, open_cache(request, false));
  const cache::LevelStatistics before = folder->statistics();
  if (before.read_only) return io_error(folder->options().path + ": may not be written");
  std::uint64_t removed = before.size;
  if (!request.tag.empty() || !request.prefix.empty()) {
    removed = request.tag.empty() ? 0 : folder->invalidate_tag(request.tag);
    if (!request.prefix.empty()) removed += folder->invalidate_prefix(request.prefix);
  } else {
    folder->clear();
  }
  if (!request.json) return write_output("removed " + count_text(removed) + " entries\n");
  JsonWriter json({});
  json.begin_object();
  json.text("path", folder->options().path);
  json.integer("removed", static_cast<std::int64_t>(removed));
  json.integer("size", static_cast<std::int64_t>(folder->size()));
  json.end_object();
  return write_output(json.take() + "\n");
}

/// Reads files of prices into the cache, so that later runs with --cache find them.
Status warm(const Request& request) {
  PEAK_ASSIGN_OR_RETURN(const auto folder, open_cache(request, true));
  std::string text;
  JsonWriter json({});
  json.begin_array();
  Status failed;
  for (const std::string& file : request.files) {
    Result<runtime::CachedBars> bars = runtime::read_bars(*folder, file, *request.reading);
    if (!bars.ok()) {
      if (!failed.ok()) show_error(failed.error(), false);
      failed = std::move(bars).error();
      continue;
    }
    const std::size_t rows = bars->loaded.bars.size();
    text +=
        file + ": " + std::to_string(rows) + " bars, " + (bars->from_cache ? "were there already" : "stored") + "\n";
    json.begin_object(JsonWriter::Layout::kOneLine);
    json.text("path", file);
    json.integer("rows", static_cast<std::int64_t>(rows));
    json.boolean("present", bars->from_cache);
    json.end_object();
  }
  json.end_array();
  record_use(*folder);
  const cache::LevelStatistics now = folder->statistics();
  if (now.errors != 0) show_note("note: " + now.last_error);
  PEAK_RETURN_IF_ERROR(write_output(request.json ? json.take() + "\n" : text));
  return failed;
}

Status show_report(const Request& request, const cache::DiskReport& report, const std::string& path) {
  if (request.json) {
    JsonWriter json({});
    json.begin_object();
    json.text("path", path);
    json.integer("entries", static_cast<std::int64_t>(report.entries));
    json.integer("bytes", static_cast<std::int64_t>(report.bytes));
    json.integer("damaged", static_cast<std::int64_t>(report.damaged));
    json.integer("expired", static_cast<std::int64_t>(report.expired));
    json.integer("orphans", static_cast<std::int64_t>(report.orphans));
    json.integer("removed", static_cast<std::int64_t>(report.removed));
    json.integer("bytes_freed", static_cast<std::int64_t>(report.bytes_freed));
    json.key("damaged_keys");
    json.begin_array();
    for (const std::string& key : report.damaged_keys) json.text(key);
    json.end_array();
    json.end_object();
    return write_output(json.take() + "\n");
  }
  std::string text = count_text(report.entries) + " good entries, " + bytes_text(report.bytes) + "\n";
  text += count_text(report.damaged) + " damaged, " + count_text(report.expired) + " expired, " +
          count_text(report.orphans) + " files without an entry; removed " + count_text(report.removed) + "\n";
  for (const std::string& key : report.damaged_keys) text += "  damaged: " + key + "\n";
  return write_output(text);
}

Status verify(const Request& request) {
  PEAK_ASSIGN_OR_RETURN(const auto folder, open_cache(request, false));
  PEAK_ASSIGN_OR_RETURN(const cache::DiskReport report, folder->verify(request.repair));
  PEAK_RETURN_IF_ERROR(show_report(request, report, folder->options().path));
  if (report.damaged == 0 || request.repair) return {};
  return bad_data(count_text(report.damaged) + " entries are damaged; they count as misses, and 'peak cache verify " +
                  "--repair' removes them");
}

Status collect(const Request& request) {
  PEAK_ASSIGN_OR_RETURN(const auto folder, open_cache(request, false));
  PEAK_ASSIGN_OR_RETURN(const cache::DiskReport report, folder->gc());
  return show_report(request, report, folder->options().path);
}

/// A subcommand with the options that all have.
Command subcommand(const char* name, const char* summary, const Target& request, Status (*action)(const Request&)) {
  Command command{.name = name, .summary = summary};
  command.options.push_back({.name = "--path",
                             .value = "FOLDER",
                             .description = "the cache's folder (from the configuration: data/cache)",
                             .set = text_setter(request, request->path),
                             .completion = Completion::kFile});
  command.options.push_back({.name = "--json",
                             .value = "",
                             .description = "print JSON instead of text",
                             .set = flag_setter(request, request->json)});
  command.run = [request, action] { return action(*request); };
  return command;
}

Command stats_command() {
  const auto request = std::make_shared<Request>();
  Command command = subcommand("stats", "entries, bytes, and hit rates against their targets", request, show_stats);
  command.description =
      "What the folder holds, and how often each level found what it was asked for, with advice where it falls short.";
  command.examples = {{"how well the cache serves", "peak cache stats"},
                      {"for another program", "peak cache stats --json"}};
  command.options.push_back({.name = "--reset",
                             .value = "",
                             .description = "begin the counts anew",
                             .set = flag_setter(request, request->reset)});
  return command;
}

Command clear_command() {
  const auto request = std::make_shared<Request>();
  Command command = subcommand("clear", "remove entries: all, or those with a tag or a prefix", request, clear);
  command.examples = {{"everything", "peak cache clear"}, {"loaded prices only", "peak cache clear --prefix bars/"}};
  command.options.push_back({.name = "--tag",
                             .value = "TAG",
                             .description = "only entries stored with this tag",
                             .set = text_setter(request, request->tag)});
  command.options.push_back({.name = "--prefix",
                             .value = "TEXT",
                             .description = "only entries whose key starts so",
                             .set = text_setter(request, request->prefix)});
  return command;
}

Command warm_command() {
  const auto request = std::make_shared<Request>();
  Command command = subcommand("warm", "read files of prices into the cache", request, warm);
  command.description =
      "Reads files as 'peak backtest' would and keeps their bars; 'peak backtest --cache FOLDER' then starts from "
      "them.";
  command.examples = {{"two files", "peak cache warm BTCUSD.csv ETHUSD.csv"}};
  command.arguments.push_back(files_argument("files of prices", request, request->files));
  for (Option& option : reading_options(request->reading)) command.options.push_back(std::move(option));
  return command;
}

Command verify_command() {
  const auto request = std::make_shared<Request>();
  Command command = subcommand("verify", "check every entry against its checksum", request, verify);
  command.examples = {{"check", "peak cache verify"}, {"and remove what is damaged", "peak cache verify --repair"}};
  command.options.push_back({.name = "--repair",
                             .value = "",
                             .description = "remove damaged entries",
                             .set = flag_setter(request, request->repair)});
  return command;
}

Command gc_command() {
  const auto request = std::make_shared<Request>();
  Command command = subcommand("gc", "remove expired and damaged entries and files left behind", request, collect);
  command.examples = {{"tidy up", "peak cache gc"}};
  return command;
}

}  // namespace

Command cache_command() {
  Command command{.name = "cache", .summary = "look after the cache folder"};
  command.description = "Commands for the cache folder, the third level, which programs share and which outlives them.";
  command.examples = {{"how well the cache serves", "peak cache stats"}};
  command.subcommands.push_back(stats_command());
  command.subcommands.push_back(clear_command());
  command.subcommands.push_back(warm_command());
  command.subcommands.push_back(verify_command());
  command.subcommands.push_back(gc_command());
  return command;
}

}  // namespace peak::command
