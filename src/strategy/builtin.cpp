#include "peak/strategy/builtin.hpp"

#include <string_view>

#include "peak/base/suggest.hpp"
#include "peak/strategy/file.hpp"
#include "strategy/builtin_texts.hpp"

namespace peak {
namespace {

// The name stands in the first line of a text; a test holds this against the parsed definition.
std::string_view name_of(std::string_view text) {
  const std::size_t begin = text.find('"') + 1;
  return text.substr(begin, text.find('"', begin) - begin);
}

Result<StrategyDefinition> read(const char* text) { return parse_strategy(text, "<built in>"); }

std::vector<StrategyDefinition> read_all() {
  std::vector<StrategyDefinition> definitions;
  for (const char* text : builtin_texts()) {
    Result<StrategyDefinition> definition = read(text);
    if (definition.ok()) definitions.push_back(std::move(definition).value());
  }
  return definitions;
}

bool looks_like_path(const std::string& name) {
  return name.ends_with(".toml") || name.find_first_of("/\\") != std::string::npos;
}

}  // namespace

std::span<const StrategyDefinition> builtin_strategies() {
  static const std::vector<StrategyDefinition> definitions = read_all();
  return definitions;
}

std::vector<std::string> builtin_strategy_names() {
  std::vector<std::string> names;
  for (const char* text : builtin_texts()) names.emplace_back(name_of(text));
  return names;
}

// Reading all of them takes a millisecond, longer than most backtests. A text that does not parse stays in the list of
// names and is an error here.
Result<StrategyDefinition> builtin_strategy(std::string_view name) {
  for (const char* text : builtin_texts()) {
    if (name_of(text) == name) return read(text);
  }
  return not_found("unknown strategy '" + std::string(name) + "'" + suggestion(name, builtin_strategy_names()) +
                   " (the name of a strategy file ends in .toml)");
}

Result<StrategyDefinition> find_strategy(const std::string& name_or_path) {
  return looks_like_path(name_or_path) ? load_strategy(name_or_path) : builtin_strategy(name_or_path);
}

}  // namespace peak
