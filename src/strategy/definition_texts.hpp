// DefinitionTexts: definitions that come with the program as the strategy files that they are, each parsed when it is
// first asked for and kept: reading all of them takes longer than a run.
//
// Threads: all members may be called at once.
#pragma once

#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/strategy/definition.hpp"

namespace peak {

class DefinitionTexts {
 public:
  /// `texts` must outlive it. The name stands in the first line of each.
  explicit DefinitionTexts(std::span<const char* const> texts);

  /// Without parsing, so that of a text that does not parse too.
  [[nodiscard]] std::vector<std::string> names() const;
  /// The definition, or why its text does not parse; null if there is none of that name.
  [[nodiscard]] const Result<StrategyDefinition>* find(std::string_view name);
  /// All of them in the order given; an error if one does not parse.
  [[nodiscard]] Result<std::span<const StrategyDefinition>> all();

 private:
  class Parsed {
   public:
    explicit Parsed(const char* text) : text_(text) {}
    [[nodiscard]] std::string_view name() const;
    const Result<StrategyDefinition>& get();

   private:
    const char* text_;
    std::once_flag once_;
    Result<StrategyDefinition> definition_ = internal_error("not parsed");
  };

  std::deque<Parsed> parsed_;
  std::once_flag once_;
  Result<std::vector<StrategyDefinition>> all_ = internal_error("not read");
};

}  // namespace peak
