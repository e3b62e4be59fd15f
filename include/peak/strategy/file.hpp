// Strategy files: the TOML form of a StrategyDefinition (docs/strategy_files.md).
//
// Threads: pure functions but for reading the file.
#pragma once

#include <string>
#include <string_view>

#include "peak/base/status.hpp"
#include "peak/strategy/definition.hpp"

namespace peak {

/// Reads the text of a strategy file. `source` names it in errors (a path, or "<text>"). Errors give line, column and
/// place in the expression, and the nearest known key, parameter or function.
[[nodiscard]] Result<StrategyDefinition> parse_strategy(std::string_view toml, std::string_view source);

/// Reads a strategy file of at most 1 MiB.
[[nodiscard]] Result<StrategyDefinition> load_strategy(const std::string& path);

/// Canonical TOML; parse_strategy(to_toml(d)) is the same definition.
[[nodiscard]] std::string to_toml(const StrategyDefinition& definition);

}  // namespace peak
