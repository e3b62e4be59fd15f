#include "peak/strategy/builtin.hpp"

#include "peak/base/suggest.hpp"
#include "peak/strategy/file.hpp"
#include "strategy/builtin_texts.hpp"

namespace peak {
namespace {

// The texts are part of the program and a test reads each, so that none is left out here.
std::vector<StrategyDefinition> read_all() {
  std::vector<StrategyDefinition> definitions;
  for (const char* text : builtin_texts()) {
    Result<StrategyDefinition> definition = parse_strategy(text, "<built in>");
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
  for (const StrategyDefinition& definition : builtin_strategies()) names.push_back(definition.name);
  return names;
}

Result<StrategyDefinition> find_strategy(const std::string& name_or_path) {
  if (looks_like_path(name_or_path)) return load_strategy(name_or_path);
  for (const StrategyDefinition& definition : builtin_strategies()) {
    if (definition.name == name_or_path) return definition;
  }
  return not_found("unknown strategy '" + name_or_path + "'" + suggestion(name_or_path, builtin_strategy_names()) +
                   " (the name of a strategy file ends in .toml)");
}

}  // namespace peak
