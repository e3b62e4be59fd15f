#include "peak/strategy/builtin.hpp"

#include "peak/base/suggest.hpp"
#include "peak/strategy/file.hpp"
#include "strategy/builtin_texts.hpp"
#include "strategy/definition_texts.hpp"

namespace peak {
namespace {

DefinitionTexts& builtins() {
  static DefinitionTexts& texts = *new DefinitionTexts(builtin_texts());  // never freed: threads may still run at exit
  return texts;
}

bool looks_like_path(const std::string& name) {
  return name.ends_with(".toml") || name.find_first_of("/\\") != std::string::npos;
}

}  // namespace

Result<std::span<const StrategyDefinition>> builtin_strategies() { return builtins().all(); }

std::vector<std::string> builtin_strategy_names() { return builtins().names(); }

// A text that does not parse stays in the list of names and is an error here.
Result<StrategyDefinition> builtin_strategy(std::string_view name) {
  if (const Result<StrategyDefinition>* found = builtins().find(name)) return *found;
  return not_found("unknown strategy '" + std::string(name) + "'" + suggestion(name, builtin_strategy_names()) +
                   " (the name of a strategy file ends in .toml)");
}

Result<StrategyDefinition> find_strategy(const std::string& name_or_path) {
  return looks_like_path(name_or_path) ? load_strategy(name_or_path) : builtin_strategy(name_or_path);
}

}  // namespace peak
