// Allocations: recipes of target weights over many symbols that come with Peak Trade, by name.
//
// A recipe is a StrategyDefinition with a weight instead of entries and exits; as a file:
//
//     name = "momentum"
//     rebalance = "monthly"
//     [params]
//     lookback = 126
//     [signals]
//     weight = "normalize(top(roc(close, lookback), 5))"
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

/// All recipes, in the order in which they are listed to users; an error if the text of one does not parse.
[[nodiscard]] Result<std::span<const StrategyDefinition>> allocations();
/// Their names.
[[nodiscard]] std::vector<std::string> allocation_names();
/// A recipe by name; an unknown name is an error with the nearest known one.
[[nodiscard]] Result<StrategyDefinition> allocation(std::string_view name);

/// An allocation of a formula: a number for each symbol, or a signal, whose symbols then get equal weights.
[[nodiscard]] Result<StrategyDefinition> allocation_of_formula(std::string_view formula);

}  // namespace peak
