// Built-in strategies: definitions that come with Peak Trade, by name.
//
// Threads: the list is built on first use and never changes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/strategy/definition.hpp"

namespace peak {

/// All built-in strategies, in the order in which they are listed to users; an error if the text of one does not parse.
[[nodiscard]] Result<std::span<const StrategyDefinition>> builtin_strategies();

/// Their names.
[[nodiscard]] std::vector<std::string> builtin_strategy_names();

/// A built-in by name; an unknown name is an error with the nearest known one. Reads only the one that is asked for.
[[nodiscard]] Result<StrategyDefinition> builtin_strategy(std::string_view name);

/// A built-in by name, or a file if `name_or_path` ends in .toml or holds a path separator; an unknown name is an
/// error with the nearest known one.
[[nodiscard]] Result<StrategyDefinition> find_strategy(const std::string& name_or_path);

}  // namespace peak
