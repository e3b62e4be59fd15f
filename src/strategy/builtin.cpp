#include "peak/strategy/builtin.hpp"

#include <deque>
#include <mutex>
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

/// Each text, parsed when it is first asked for and kept: reading all of them takes a millisecond, and one longer than
/// its run.
class Parsed {
 public:
  explicit Parsed(const char* text) : text_(text) {}
  const Result<StrategyDefinition>& get() {
    std::call_once(once_, [this] { definition_ = parse_strategy(text_, "<built in>"); });
    return definition_;
  }

 private:
  const char* text_;
  std::once_flag once_;
  Result<StrategyDefinition> definition_ = internal_error("not parsed");
};

std::deque<Parsed>& all_parsed() {
  static std::deque<Parsed>& parsed = *[] {
    auto* list = new std::deque<Parsed>;  // never freed: threads may still run when static objects go
    for (const char* text : builtin_texts()) list->emplace_back(text);
    return list;
  }();
  return parsed;
}

Result<std::vector<StrategyDefinition>> read_all() {
  std::vector<StrategyDefinition> definitions;
  for (Parsed& parsed : all_parsed()) {
    PEAK_RETURN_IF_ERROR(parsed.get());
    definitions.push_back(*parsed.get());
  }
  return definitions;
}

bool looks_like_path(const std::string& name) {
  return name.ends_with(".toml") || name.find_first_of("/\\") != std::string::npos;
}

}  // namespace

Result<std::span<const StrategyDefinition>> builtin_strategies() {
  static const Result<std::vector<StrategyDefinition>> definitions = read_all();
  if (!definitions.ok()) return definitions.error();
  return std::span<const StrategyDefinition>(*definitions);
}

std::vector<std::string> builtin_strategy_names() {
  std::vector<std::string> names;
  for (const char* text : builtin_texts()) names.emplace_back(name_of(text));
  return names;
}

// A text that does not parse stays in the list of names and is an error here.
Result<StrategyDefinition> builtin_strategy(std::string_view name) {
  auto parsed = all_parsed().begin();
  for (const char* text : builtin_texts()) {
    if (name_of(text) == name) return parsed->get();
    ++parsed;
  }
  return not_found("unknown strategy '" + std::string(name) + "'" + suggestion(name, builtin_strategy_names()) +
                   " (the name of a strategy file ends in .toml)");
}

Result<StrategyDefinition> find_strategy(const std::string& name_or_path) {
  return looks_like_path(name_or_path) ? load_strategy(name_or_path) : builtin_strategy(name_or_path);
}

}  // namespace peak
