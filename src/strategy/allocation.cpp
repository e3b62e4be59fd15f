#include "peak/strategy/allocation.hpp"

#include "peak/base/suggest.hpp"
#include "peak/expression/functions.hpp"
#include "strategy/definition_texts.hpp"

namespace peak {
namespace {

constexpr const char* kRecipes[] = {
    R"toml(
name = "equal_weight"
description = "The same part of the equity in every symbol. Hard to beat where nobody knows which symbol will do best; buys what has fallen at each rebalance, so a symbol that goes to nothing is bought all the way down."
rebalance = "monthly"
[signals]
weight = "normalize(is_defined(close))"
)toml",
    R"toml(
name = "inverse_volatility"
description = "Weights in inverse proportion to each symbol's volatility, so that each brings about the same risk. Steadier than equal weights where volatilities differ and last; blind to symbols that fall together, and heavy in what is quiet until it is not."
rebalance = "monthly"
[params]
window = { value = 60, low = 2, high = 500, step = 10, description = "bars of the volatility" }
[signals]
volatility = "stddev(returns(close, 1), window)"
weight     = "normalize(1 / volatility if volatility > 0 else 0)"
)toml",
    R"toml(
name = "volatility_target"
description = "Equal weights, all scaled by one factor so that the mix would have had the target volatility over the last stamps; the rest stays in cash, and nothing is borrowed. Cuts risk in long storms; late in sudden ones, and out of the market when calm returns."
rebalance = "monthly"
[params]
target = { value = 0.1, low = 0.01, high = 1, step = 0.01, description = "volatility a year" }
window = { value = 60, low = 2, high = 500, step = 10, description = "stamps over which it is measured" }
[signals]
weight = "scale_to_volatility(normalize(is_defined(close)), target, window)"
)toml",
    R"toml(
name = "rank_momentum"
description = "Equal parts in the symbols that rose most over the lookback, the last bars skipped. Earns where winners go on winning, as stocks did over 3 to 12 months; crashes when a fall turns and yesterday's losers lead."
rebalance = "monthly"
[params]
lookback = { value = 126, low = 1, high = 500, step = 1, description = "bars of the rise" }
skip     = { value = 0, low = 0, high = 60, step = 1, description = "last bars that do not count" }
count    = { value = 5, low = 1, high = 100, step = 1, description = "symbols held" }
[signals]
rise   = "roc(shift(close, skip), lookback)"
weight = "normalize(top(rise, count))"
)toml",
};

DefinitionTexts& recipes() {
  static DefinitionTexts& texts = *new DefinitionTexts(kRecipes);  // never freed: threads may still run at exit
  return texts;
}

}  // namespace

Result<std::span<const StrategyDefinition>> allocations() { return recipes().all(); }

std::vector<std::string> allocation_names() { return recipes().names(); }

Result<StrategyDefinition> allocation(std::string_view name) {
  if (const Result<StrategyDefinition>* found = recipes().find(name)) return *found;
  return not_found("unknown allocation '" + std::string(name) + "'" + suggestion(name, allocation_names()));
}

Result<StrategyDefinition> allocation_of_formula(std::string_view formula) {
  PEAK_ASSIGN_OR_RETURN(expression::Expression weight, expression::parse(formula));
  StrategyDefinition definition;
  definition.name = "weights";
  definition.weight = weight.type() == expression::ValueType::kSignal ? expression::normalize(weight) : weight;
  definition.adopt_parameters();
  PEAK_RETURN_IF_ERROR(definition.validate_allocation());
  return definition;
}

}  // namespace peak
