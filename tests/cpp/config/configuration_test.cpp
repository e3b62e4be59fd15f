#include "peak/config/configuration.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "peak/config/file_text.hpp"

namespace peak::config {
namespace {

namespace fs = std::filesystem;

/// An environment with these variables alone.
Environment environment_of(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
}

class Folder {
 public:
  Folder() : path_(fs::path(testing::TempDir()) / ("peak_config_" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_ / "config");
    fs::create_directories(path_ / "notes" / "deep");
  }
  ~Folder() { fs::remove_all(path_); }
  [[nodiscard]] std::string file() const { return (path_ / "config" / "performance.toml").string(); }
  void write(const std::string& text) const { std::ofstream(file(), std::ios::binary) << text; }
  [[nodiscard]] std::string below(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

// The file of the user's guide, letter by letter.
constexpr const char* kGuide = R"toml([performance]
enable_caching = true

[performance.cache]
l1_size = 1000
l1_ttl = 300
l3_enabled = true

[performance.parallel]
max_workers = 8
use_processes = true

[performance.numpy]
num_threads = 8
auto_configure = true
)toml";

TEST(Settings, AreInOrderAndEveryDefaultIsAValue) {
  ASSERT_EQ(settings().size(), kSettings);
  for (std::size_t i = 0; i < kSettings; ++i) {
    const SettingInfo& info = settings()[i];
    EXPECT_EQ(static_cast<std::size_t>(info.setting), i);
    const auto value = parse_setting(info.setting, info.default_text);
    ASSERT_TRUE(value.ok()) << value.error().message;
    EXPECT_EQ(value->text, info.default_text) << info.key();
    EXPECT_EQ(*find_setting(info.key()), info.setting);
    EXPECT_EQ(*find_setting(info.name), info.setting);
    EXPECT_TRUE(std::string(info.environment).starts_with("PEAKTRADE_"));
  }
}

TEST(Settings, RefuseWhatIsOutOfTypeOrRange) {
  EXPECT_EQ(parse_setting(Setting::kL1Size, "0").error().message,
            "performance.cache.l1_size must be a whole number of at least 1, not '0'");
  EXPECT_EQ(parse_setting(Setting::kL2Port, "70000").error().message,
            "performance.cache.l2_port must be a whole number from 1 to 65535, not '70000'");
  for (const char* text : {"", " 5", "5 ", "1.5", "1e400", "nan", "0x10", "five", "-1"}) {
    EXPECT_FALSE(parse_setting(Setting::kL1Size, text).ok()) << text;
  }
  EXPECT_EQ(parse_setting(Setting::kL1Size, "1e3")->integer, 1000);
  EXPECT_TRUE(parse_setting(Setting::kL3Enabled, "On")->boolean);
  EXPECT_FALSE(parse_setting(Setting::kL3Enabled, "maybe").ok());
  EXPECT_FALSE(parse_setting(Setting::kL3Path, "two\nlines").ok());
}

TEST(Settings, AnUnknownKeyNamesTheNearest) {
  EXPECT_NE(find_setting("cache.l1_sise").error().message.find("did you mean"), std::string::npos);
  EXPECT_NE(find_setting("max_worker").error().message.find("'max_workers'"), std::string::npos);
}

TEST(Configuration, ReadsTheFileOfTheGuide) {
  Configuration configuration;
  ASSERT_TRUE(configuration.read(kGuide, "performance.toml").ok());
  EXPECT_TRUE(configuration.boolean(Setting::kEnableCaching));
  EXPECT_EQ(configuration.integer(Setting::kMaxWorkers), 8);
  EXPECT_EQ(configuration.number(Setting::kL1Ttl), 300);
  EXPECT_EQ(configuration.origin_text(Setting::kL1Size), "performance.toml:5");
  EXPECT_EQ(configuration.origin(Setting::kL2Port), Origin::kDefault);
}

TEST(Configuration, LaterSourcesWin) {
  const Folder folder;
  folder.write("[performance.cache]\nl1_size = 10\nl1_ttl = 2.5\nl3_path = \"a \\\"b\\\"\"\n");
  const auto loaded =
      Configuration::load(folder.below("notes/deep"), environment_of({{"PEAKTRADE_CACHE_L1_SIZE", "20"}}));
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->file(), folder.file());
  EXPECT_EQ(loaded->integer(Setting::kL1Size), 20);
  EXPECT_EQ(loaded->origin_text(Setting::kL1Size), "PEAKTRADE_CACHE_L1_SIZE");
  EXPECT_EQ(loaded->number(Setting::kL1Ttl), 2.5);
  EXPECT_EQ(loaded->text(Setting::kL3Path), "a \"b\"");
  Configuration argued = *loaded;
  ASSERT_TRUE(argued.set(Setting::kL1Size, "30").ok());
  EXPECT_EQ(argued.integer(Setting::kL1Size), 30);
  EXPECT_EQ(argued.origin(Setting::kL1Size), Origin::kArgument);
}

TEST(Configuration, TheFileThatIsNamedMustBeThere) {
  const Folder folder;
  EXPECT_EQ(*find_file(folder.below("notes"), environment_of({})), "");
  const auto missing = find_file(folder.below("notes"), environment_of({{"PEAKTRADE_CONFIG", folder.below("none")}}));
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.error().message.find("PEAKTRADE_CONFIG"), std::string::npos);
  folder.write(kGuide);
  EXPECT_EQ(*find_file("", environment_of({{"PEAKTRADE_CONFIG", folder.file()}})), folder.file());
  EXPECT_EQ(*find_file(folder.file(), environment_of({{"PEAKTRADE_CONFIG", folder.below("none")}})), folder.file());
  EXPECT_EQ(find_file(folder.below("none"), environment_of({})).error().code, ErrorCode::kNotFound);
}

TEST(Configuration, AWrongVariableIsNamedAndChangesNothing) {
  Configuration configuration;
  const Status status = configuration.read_environment(
      environment_of({{"PEAKTRADE_CACHE_L1_SIZE", "5"}, {"PEAKTRADE_NUMPY_NUM_THREADS", "many"}}));
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message.find("PEAKTRADE_NUMPY_NUM_THREADS"), std::string::npos);
  EXPECT_EQ(configuration.integer(Setting::kL1Size), 1000);
}

TEST(Configuration, EveryProblemHasItsPlace) {
  const std::vector<std::string> problems = problems_of(
      "[performance]\nenable_cachin = true\nl1_size = 5\n[performance.cach]\nx = 1\n"
      "[performance.cache]\nl1_ttl = \"long\"\nl1_size = -1\n[performance.numpy]\nnum_threads = 1.5\n[other]\n",
      "f");
  ASSERT_EQ(problems.size(), 7U);
  EXPECT_EQ(problems[0], "f:2:1: unknown key 'enable_cachin' in [performance]; did you mean 'enable_caching'?");
  EXPECT_TRUE(problems[1].starts_with("f:3:1: unknown key 'l1_size' in [performance]"));
  EXPECT_TRUE(problems[1].ends_with("'l1_size' belongs into [performance.cache]"));
  EXPECT_TRUE(problems[2].starts_with("f:4:14: unknown key 'cach' in [performance]; did you mean 'cache'?"));
  EXPECT_EQ(problems[3], "f:7:10: 'l1_ttl' must be a number, not \"long\"");
  EXPECT_EQ(problems[4], "f:8:11: performance.cache.l1_size must be a whole number of at least 1, not '-1'");
  EXPECT_EQ(problems[5], "f:10:15: 'num_threads' must be a whole number, not 1.5");
  EXPECT_TRUE(problems[6].starts_with("f:11:2: unknown key 'other'"));
  EXPECT_TRUE(
      problems_of("[performance]\ncache = 1\n", "f")[0].ends_with("write [performance.cache] on a line of its own"));
  EXPECT_TRUE(problems_of("not toml", "f")[0].find("this is not TOML") != std::string::npos);
}

TEST(FileText, TheDefaultFileIsTheDefaults) {
  EXPECT_TRUE(problems_of(default_file(), "f").empty());
  Configuration configuration;
  const Configuration defaults;
  ASSERT_TRUE(configuration.read(default_file(), "f").ok());
  for (const SettingInfo& info : settings()) {
    EXPECT_EQ(configuration.text(info.setting), defaults.text(info.setting));
    EXPECT_EQ(configuration.origin(info.setting), info.secret ? Origin::kDefault : Origin::kFile) << info.key();
  }
}

TEST(FileText, AChangeKeepsEverythingElse) {
  const std::string file = "# mine\n[performance.cache]   # levels\nl1_size = 1_000 # entries\n\n[performance.numpy]\n";
  EXPECT_EQ(*with_setting(file, "f", Setting::kL1Size, "7"),
            "# mine\n[performance.cache]   # levels\nl1_size = 7 # entries\n\n[performance.numpy]\n");
  EXPECT_EQ(*with_setting(file, "f", Setting::kL3Path, "a\\b"),
            "# mine\n[performance.cache]   # levels\nl1_size = 1_000 # entries\nl3_path = "
            "\"a\\\\b\"\n\n[performance.numpy]\n");
  EXPECT_EQ(*with_setting("", "f", Setting::kMaxWorkers, "4"), "[performance.parallel]\nmax_workers = 4\n");
  EXPECT_FALSE(with_setting("[performance]\nwrong = 1\n", "f", Setting::kMaxWorkers, "4").ok());
  EXPECT_FALSE(with_setting(file, "f", Setting::kMaxWorkers, "many").ok());
  const auto inline_table = with_setting("[performance]\ncache = { l1_size = 5 }\n", "f", Setting::kL1Ttl, "9");
  ASSERT_FALSE(inline_table.ok());
  EXPECT_EQ(inline_table.error().code, ErrorCode::kUnsupported);
}

// Whatever is set reads back, from any order of changes.
TEST(FileText, WhatIsSetReadsBack) {
  std::string file;
  for (const SettingInfo& info : settings()) {
    const std::string value = info.type == SettingType::kBoolean  ? "false"
                              : info.type == SettingType::kText   ? "x # \"y\" [z]"
                              : info.type == SettingType::kNumber ? "0.25"
                                                                  : "12";
    const auto changed = with_setting(file, "f", info.setting, value);
    ASSERT_TRUE(changed.ok()) << changed.error().message;
    file = *changed;
    Configuration configuration;
    ASSERT_TRUE(configuration.read(file, "f").ok()) << file;
    EXPECT_EQ(configuration.text(info.setting), value);
  }
}

TEST(FileText, TheSchemaNamesEverySetting) {
  const std::string text = schema();
  for (const SettingInfo& info : settings()) {
    EXPECT_NE(text.find("\"" + std::string(info.name) + "\": {\"description\""), std::string::npos) << info.key();
  }
}

}  // namespace
}  // namespace peak::config
