#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "peak/expression/functions.hpp"
#include "peak/strategy/file.hpp"

namespace peak {
namespace {

constexpr const char* kFile = R"toml(name = "two_sides"
description = "Long above, short below."

[params]
fast = 10
slow = { value = 50, low = 2, high = 200, step = 1, description = "bars \"slow\"" }

[signals]
fast_ma     = "sma(close, fast)"
slow_ma     = 'sma(close, slow)'
gap         = "fast_ma - slow_ma"
entry       = "crosses_above(fast_ma, slow_ma)"
exit        = "not entry and gap < column('limit')"
short_entry = """
  crosses_below(fast_ma, slow_ma)
  and gap[1] > 0"""

[broker]
cash = 25_000
commission = 0.001
fill = "same_close"
finalize = true

[sizing]
size = "fraction:0.5"
size_step = 1
)toml";

std::string error_of(const std::string& text) {
  const auto parsed = parse_strategy(text, "my.toml");
  return parsed.ok() ? "no error" : parsed.error().message;
}

std::string with_signals(const std::string& signals, const std::string& head = "") {
  return "name = \"x\"\n" + head + "[signals]\n" + signals;
}

TEST(StrategyFile, EveryPartIsRead) {
  const auto parsed = parse_strategy(kFile, "my.toml");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  const StrategyDefinition& d = *parsed;
  EXPECT_EQ(d.name, "two_sides");
  EXPECT_EQ(d.description, "Long above, short below.");
  ASSERT_EQ(d.parameters.size(), 2U);
  EXPECT_EQ(d.parameters[0].name, "fast");
  EXPECT_EQ(d.parameters[0].value, 10);
  EXPECT_FALSE(d.parameters[0].low.has_value());
  EXPECT_EQ(d.parameters[1].low, 2);
  EXPECT_EQ(d.parameters[1].high, 200);
  EXPECT_EQ(d.parameters[1].step, 1);
  EXPECT_EQ(d.parameters[1].description, "bars \"slow\"");
  ASSERT_EQ(d.lines.size(), 3U);
  EXPECT_EQ(d.lines[0].first, "fast_ma");
  EXPECT_EQ(d.lines[2].first, "gap");
  EXPECT_EQ(to_text(*d.entry), "crosses_above(sma(close, fast), sma(close, slow))");
  EXPECT_EQ(to_text(*d.short_entry, d.lines), "crosses_below(fast_ma, slow_ma) and gap[1] > 0");
  EXPECT_FALSE(d.short_exit.has_value());
  EXPECT_EQ(d.broker.cash, 25000);
  EXPECT_EQ(d.broker.commission, 0.001);
  EXPECT_EQ(d.broker.fill, FillTiming::kSameClose);
  EXPECT_EQ(d.broker.finalize, true);
  EXPECT_FALSE(d.broker.slippage.has_value());
  ASSERT_TRUE(d.broker.size.has_value());
  EXPECT_EQ(d.broker.size->kind, SizingKind::kFraction);
  EXPECT_EQ(d.broker.size->amount, 0.5);
  EXPECT_EQ(d.broker.size_step, 1);
}

TEST(StrategyFile, CanonicalTextReadsBackToTheSame) {
  const auto first = parse_strategy(kFile, "my.toml");
  ASSERT_TRUE(first.ok());
  const std::string text = to_toml(*first);
  const auto second = parse_strategy(text, "again.toml");
  ASSERT_TRUE(second.ok()) << second.error().message << "\n" << text;
  EXPECT_EQ(to_toml(*second), text);
  EXPECT_EQ(second->fingerprint(), first->fingerprint());
  EXPECT_EQ(second->parameters[1].description, first->parameters[1].description);
}

TEST(StrategyFile, OddTextsAndNumbersSurvive) {
  StrategyDefinition d;
  d.name = "quote \" back \\ tab \t bell \a line \n \xC3\xA9";
  d.entry = expression::close() > expression::parameter("level", 1e20);
  d.parameters.push_back({"level", 1e20, -0.1, 12345678901234567890.0, 1e-7, ""});
  d.broker.cash = 1e15;
  d.broker.execution = Execution::kBacktestingPy;
  const auto back = parse_strategy(to_toml(d), "x");
  ASSERT_TRUE(back.ok()) << back.error().message << to_toml(d);
  EXPECT_EQ(back->name, d.name);
  EXPECT_EQ(back->parameters[0].value, 1e20);
  EXPECT_EQ(back->parameters[0].high, 12345678901234567890.0);
  EXPECT_EQ(back->parameters[0].step, 1e-7);
  EXPECT_EQ(back->broker.cash, 1e15);
  EXPECT_EQ(back->fingerprint(), d.fingerprint());
}

TEST(StrategyFile, ErrorsGiveLineColumnAndRemedy) {
  EXPECT_EQ(error_of(with_signals("ma = \"sma(close, 5)\"\nentry = \"close > ma + smaa(3)\"\n")),
            "my.toml:4:23: entry: unknown function 'smaa'; did you mean 'sma'?\n"
            "  close > ma + smaa(3)\n"
            "               ^~~~");
  EXPECT_EQ(error_of(with_signals("entry = '''\nclose > 1\n  and hgih > 2'''\n")),
            "my.toml:5:7: entry: unknown name 'hgih'; did you mean 'high'? (a further column of the data is written "
            "column(\"hgih\"))\n"
            "    and hgih > 2\n"
            "        ^~~~");
  const std::string entry = "entry = \"close > 1\"\n";
  const std::pair<std::string, const char*> cases[] = {
      {with_signals(entry, "nmae = 1\n"), "my.toml:2:1: unknown key 'nmae'; did you mean 'name'?"},
      {with_signals(entry + "[brker]\n"), "my.toml:4:2: unknown section [brker]; did you mean 'broker'?"},
      {with_signals(entry + "[stops]\nloss = 0.1\n"), "unknown key 'loss' in [stops]"},
      {with_signals(entry + "[stops]\nstop_loss = 2\n"), "write a fraction of the price below 1"},
      {with_signals(entry + "[sizing]\nsize = \"risk:0.01\"\n"), "set stop_loss or trailing_stop"},
      {with_signals(entry + "[broker]\ncommision = 0.1\n"),
       "my.toml:5:1: unknown key 'commision' in [broker]; did you mean 'commission'?"},
      {with_signals(entry + "[broker]\ncommission = 2\n"), "commission is 2"},
      {with_signals(entry + "[broker]\ncash = nan\n"), "cash must be a finite number"},
      {with_signals(entry + "[broker]\ncash = \"lots\"\n"), "my.toml:5:8: cash must be a number, but is a text"},
      {with_signals(entry + "[broker]\nfill = \"next_opne\"\n"), "did you mean 'next_open'?"},
      {with_signals(entry + "[broker]\nfinalize = 1\n"), "finalize must be true or false, but is a number"},
      {with_signals(entry + "[sizing]\nsize = \"hlaf\"\n"), "size 'hlaf' is not understood"},
      {with_signals(entry + "[sizing]\nsize = -1\n"), "size (units) is -1"},
      {with_signals("entry = \"close\"\n"), "my.toml:3:9: entry must be a signal"},
      {with_signals("entry = 1\n"), "entry must be an expression in quotes, but is a number"},
      {with_signals("close = \"open\"\n" + entry), "this name belongs to the language"},
      {with_signals("a = '\"text\"'\n" + entry), "a text alone"},
      {with_signals("ma = \"close\"\n"), "neither entry nor short_entry"},
      {with_signals(entry + "short_exit = \"close > 1\"\n"), "no short_entry that it could close"},
      {with_signals("exit = \"close > 1\"\nshort_entry = \"close > 1\"\n"), "no entry that it could close"},
      {with_signals("entry = \"close > later\"\nlater = \"open\"\n"), "unknown name 'later'"},
      {with_signals(entry, "[params]\nfast = 10\n"), "parameter 'fast' is used by no signal"},
      {with_signals("fast = \"open\"\n" + entry, "[params]\nfast = 10\n"), "already the name of a parameter"},
      {with_signals("entry = \"close > fast\"\n", "[params]\nfast = { low = 10 }\n"), "needs its value"},
      {with_signals("entry = \"close > fast\"\n", "[params]\nfast = { value = 1, hgih = 10 }\n"),
       "did you mean 'high'?"},
      {with_signals("entry = \"close > fast\"\n", "[params]\nfast = { value = 1, low = 10 }\n"),
       "'fast' is 1, but must be at least 10"},
      {with_signals("entry = \"close > fast\"\n", "[params]\nfast = { value = 1.5, step = 1 }\n"), "a whole number"},
      {with_signals("entry = \"close > fast\"\n", "[params]\nfast = { value = 1, step = 0 }\n"),
       "step must be above 0"},
      {with_signals("entry = \"close > fast\"\n", "[params]\nfast = [1]\n"), "must be a number, but is an array"},
      {with_signals("entry = \"close > fast\"\n", "[params]\n\"a b\" = 1\n"), "letters, digits and _"},
      {with_signals("entry = \"close > fast\"\n", "[params]\nnot = 1\n"), "belongs to the language"},
      {"[signals]\n" + entry, "a strategy needs a name"},
      {"name = 3\n[signals]\n" + entry, "my.toml:1:8: name must be a text, but is a number"},
      {"name = \"x\"\nsignals = 3\n", "signals must be a section [signals]"},
      {"name = \"x\"\n[params\n", "my.toml:2:"},
      {"name = \"x\"\nname = \"y\"\n", "my.toml:2:"},
      {"\xFF\xFE", "this is not TOML"},
      {std::string(2 << 20, '#'), "at most 1 MiB"},
  };
  for (const auto& [text, part] : cases) {
    EXPECT_NE(error_of(text).find(part), std::string::npos) << text.substr(0, 200) << "\n" << error_of(text);
  }
}

TEST(StrategyFile, ExampleOfTheDocumentationIsAGoodFile) {
  std::ifstream file(std::string(PEAK_SOURCE_DIR) + "/docs/strategy_files.md");
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::string fence = "```toml\n";
  const std::size_t begin = page.find(fence);
  ASSERT_NE(begin, std::string::npos);
  const std::size_t end = page.find("```", begin + fence.size());
  const auto parsed = parse_strategy(page.substr(begin + fence.size(), end - begin - fence.size()), "example");
  EXPECT_TRUE(parsed.ok()) << parsed.error().message;
}

TEST(StrategyFile, FilesOnDisk) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("peak_strategy_file_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string path = (folder / "mine.toml").string();
  std::ofstream(path) << kFile;
  const auto loaded = load_strategy(path);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->name, "two_sides");
  std::ofstream(path) << "name = \n";
  const auto broken = load_strategy(path);
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().message.find(path + ":1:"), 0U) << broken.error().message;
  const auto directory = load_strategy(folder.string());
  EXPECT_EQ(directory.error().code, ErrorCode::kInvalidArgument);
  std::filesystem::remove_all(folder);
  const auto missing = load_strategy(path);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace peak
