#include "strategy/definition_texts.hpp"

#include "peak/strategy/file.hpp"

namespace peak {

// A test holds this against the parsed definition.
std::string_view DefinitionTexts::Parsed::name() const {
  const std::string_view text = text_;
  const std::size_t begin = text.find('"') + 1;
  return text.substr(begin, text.find('"', begin) - begin);
}

const Result<StrategyDefinition>& DefinitionTexts::Parsed::get() {
  std::call_once(once_, [this] { definition_ = parse_strategy(text_, "<built in>"); });
  return definition_;
}

DefinitionTexts::DefinitionTexts(std::span<const char* const> texts) {
  for (const char* text : texts) parsed_.emplace_back(text);
}

std::vector<std::string> DefinitionTexts::names() const {
  std::vector<std::string> names;
  for (const Parsed& parsed : parsed_) names.emplace_back(parsed.name());
  return names;
}

const Result<StrategyDefinition>* DefinitionTexts::find(std::string_view name) {
  for (Parsed& parsed : parsed_) {
    if (parsed.name() == name) return &parsed.get();
  }
  return nullptr;
}

Result<std::span<const StrategyDefinition>> DefinitionTexts::all() {
  std::call_once(once_, [this] {
    std::vector<StrategyDefinition> definitions;
    for (Parsed& parsed : parsed_) {
      if (!parsed.get().ok()) {
        all_ = parsed.get().error();
        return;
      }
      definitions.push_back(*parsed.get());
    }
    all_ = std::move(definitions);
  });
  if (!all_.ok()) return all_.error();
  return std::span<const StrategyDefinition>(*all_);
}

}  // namespace peak
