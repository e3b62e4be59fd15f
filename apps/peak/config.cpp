// peak config: the settings in config/performance.toml, what else sets them, and what holds.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "commands.hpp"
#include "config_file.hpp"
#include "listing.hpp"
#include "peak/base/text_file.hpp"
#include "peak/config/configuration.hpp"
#include "peak/config/file_text.hpp"
#include "report/json_writer.hpp"
#include "report/whole_file.hpp"
#include "setters.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

using config::Configuration;
using config::Setting;
using config::SettingInfo;
using report::JsonWriter;

constexpr const char* kUsualFile = "config/performance.toml";

struct Request {
  std::string file, key, value;
  bool json = false;
  bool force = false;
};

std::string shown_value(const Configuration& configuration, const SettingInfo& info) {
  const std::string& text = configuration.text(info.setting);
  if (info.secret) return text.empty() ? "" : "(set, not shown)";
  return text;
}

void write_value(JsonWriter& json, const Configuration& configuration, const SettingInfo& info) {
  json.key("value");
  switch (info.type) {
    case config::SettingType::kBoolean: json.boolean(configuration.boolean(info.setting)); break;
    case config::SettingType::kInteger: json.integer(configuration.integer(info.setting)); break;
    case config::SettingType::kNumber: json.number(configuration.number(info.setting)); break;
    case config::SettingType::kText: json.text(shown_value(configuration, info)); break;
  }
}

Status show_json(const Configuration& configuration) {
  JsonWriter json({});
  json.begin_object();
  json.key("file");
  configuration.file().empty() ? json.null() : json.text(configuration.file());
  json.key("settings");
  json.begin_object();
  for (const SettingInfo& info : config::settings()) {
    json.key(info.key());
    json.begin_object(JsonWriter::Layout::kOneLine);
    write_value(json, configuration, info);
    json.text("from", configuration.origin_text(info.setting));
    json.text("environment", info.environment);
    json.text("description", info.description);
    json.end_object();
  }
  json.end_object();
  json.end_object();
  return write_output(json.take() + "\n");
}

Status show(const Request& request) {
  PEAK_ASSIGN_OR_RETURN(const Configuration configuration, Configuration::load());
  if (request.json) return show_json(configuration);
  std::vector<std::vector<std::string>> rows;
  for (const SettingInfo& info : config::settings()) {
    rows.push_back(
        {info.key(), shown_value(configuration, info), configuration.origin_text(info.setting), info.description});
  }
  const TextStyle style = output_style();
  const std::string file = configuration.file().empty()
                               ? "no file (peak config init makes one: " + std::string(kUsualFile) + ")"
                               : configuration.file();
  return write_output(
      "File: " + file + "\n\n" +
      render_listing({{.title = "setting"}, {.title = "value"}, {.title = "from"}, {.title = "what it is"}}, rows,
                     style));
}

Status init(const Request& request) {
  const std::string path = request.file.empty() ? kUsualFile : request.file;
  std::error_code failed;
  if (std::filesystem::exists(path, failed) && !request.force) {
    return invalid_argument(path +
                            " is there already: --force replaces it, `peak config set KEY VALUE` changes one value");
  }
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty() && !std::filesystem::create_directories(folder, failed) && failed) {
    return io_error(folder.string() + ": cannot be made: " + failed.message());
  }
  PEAK_RETURN_IF_ERROR(report::write_whole_file(path, config::default_file()));
  return write_output("Wrote " + path + ": every setting at its default, with its meaning.\n");
}

Result<std::string> text_of(const std::string& path) {
  constexpr std::size_t kLargestFile = 1024 * 1024;
  PEAK_ASSIGN_OR_RETURN(std::string text, read_text_file(path, "configuration file", kLargestFile + 1));
  if (text.size() > kLargestFile) return bad_data(path + ": larger than 1 MB; this is no configuration file");
  return text;
}

/// The file that a command without --file works on.
Result<std::string> file_of(const std::string& given) {
  if (!given.empty()) return given;
  PEAK_ASSIGN_OR_RETURN(std::string path, config::find_file());
  return path.empty() ? std::string(kUsualFile) : path;
}

Status set(const Request& request) {
  PEAK_ASSIGN_OR_RETURN(const Setting setting, config::find_setting(request.key));
  PEAK_ASSIGN_OR_RETURN(const std::string path, change_setting(setting, request.value, request.file));
  PEAK_RETURN_IF_ERROR(write_output(config::info_of(setting).key() + " = " + request.value + " in " + path + "\n"));
  const Result<Configuration> now = Configuration::load();
  if (now.ok() && now->origin(setting) == config::Origin::kEnvironment) {
    show_note(std::string("note: the environment's ") + now->origin_text(setting) + " goes before the file");
  }
  return {};
}

Status check(const Request& request) {
  PEAK_ASSIGN_OR_RETURN(const std::string path, file_of(request.file));
  PEAK_ASSIGN_OR_RETURN(const std::string text, text_of(path));
  const std::vector<std::string> problems = config::problems_of(text, path);
  if (request.json) {
    JsonWriter json({});
    json.begin_object();
    json.text("file", path);
    json.key("problems");
    json.begin_array();
    for (const std::string& problem : problems) json.text(problem);
    json.end_array();
    json.end_object();
    PEAK_RETURN_IF_ERROR(write_output(json.take() + "\n"));
  }
  if (!problems.empty()) {
    std::string all;
    for (const std::string& problem : problems) all += (all.empty() ? "" : "\n") + problem;
    return bad_data(all);
  }
  const Configuration defaults;
  PEAK_RETURN_IF_ERROR(Configuration(defaults).read_environment({}));
  return request.json ? Status() : write_output(path + ": nothing wrong\n");
}

Status show_schema(const Request&) { return write_output(config::schema()); }

Option file_option(const std::shared_ptr<Request>& request, const char* description) {
  return {.name = "--file",
          .value = "FILE",
          .description = description,
          .set = text_setter(request, request->file),
          .completion = Completion::kFile};
}

Option json_option(const std::shared_ptr<Request>& request) {
  return {.name = "--json", .value = "", .description = "print JSON", .set = flag_setter(request, request->json)};
}

Command subcommand(const std::shared_ptr<Request>& request, const char* name, const char* summary,
                   Status (*run)(const Request&), Example example) {
  Command command{.name = name, .summary = summary};
  command.examples = {std::move(example)};
  command.run = [request, run] { return run(*request); };
  return command;
}

}  // namespace

Result<std::string> change_setting(Setting setting, const std::string& value, const std::string& file) {
  PEAK_ASSIGN_OR_RETURN(std::string path, file_of(file));
  std::string text;
  std::error_code failed;
  if (std::filesystem::exists(path, failed)) {
    PEAK_ASSIGN_OR_RETURN(text, text_of(path));
  } else if (const auto folder = std::filesystem::path(path).parent_path(); !folder.empty()) {
    std::filesystem::create_directories(folder, failed);
    if (failed) return io_error(folder.string() + ": cannot be made: " + failed.message());
  }
  PEAK_ASSIGN_OR_RETURN(const std::string changed, config::with_setting(text, path, setting, value));
  PEAK_RETURN_IF_ERROR(report::write_whole_file(path, changed));
  return path;
}

Command config_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "config",
                  .summary = "settings: show them and where they come from, change them, check a file"};
  command.description =
      "Settings come, the later before the earlier, from defaults, a file, the environment and arguments. The file is "
      "the "
      "one that PEAKTRADE_CONFIG names, else config/performance.toml here or in the nearest folder above.";
  command.examples = {{"every setting, its value and what set it", "peak config show"},
                      {"a file to start with", "peak config init"},
                      {"change one", "peak config set cache.l1_size 5000"}};
  Command shown = subcommand(request, "show", "every setting, its value and what set it", show,
                             {"as JSON, with variables and meanings", "peak config show --json"});
  shown.options = {json_option(request)};
  Command made = subcommand(request, "init", "write a file with every setting at its default", init,
                            {"in another place", "peak config init --file settings.toml"});
  made.options = {file_option(request, "where to write (default config/performance.toml)"),
                  {.name = "--force",
                   .value = "",
                   .description = "replace a file that is there",
                   .set = flag_setter(request, request->force)}};
  Command changed = subcommand(request, "set", "change one setting in the file, keeping the rest of it", set,
                               {"keep more in memory", "peak config set cache.l1_size 5000"});
  changed.arguments = {
      {.name = "KEY", .description = "such as cache.l1_size", .set = text_setter(request, request->key)},
      {.name = "VALUE", .description = "its new value", .set = text_setter(request, request->value)}};
  changed.options = {file_option(request, "the file to change (default: the one in use)")};
  Command checked = subcommand(request, "check", "everything that is wrong with the file", check,
                               {"a file before it is used", "peak config check --file config/performance.toml"});
  checked.options = {file_option(request, "the file to check (default: the one in use)"), json_option(request)};
  Command schema = subcommand(request, "schema", "JSON Schema of the file, for editors", show_schema,
                              {"for an editor", "peak config schema > performance.schema.json"});
  command.subcommands = {shown, made, changed, checked, schema};
  return command;
}

}  // namespace peak::command
