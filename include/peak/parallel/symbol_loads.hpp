// Symbol loads: many symbols fetched at once from where fetching is mostly waiting (an exchange, a database, a network
// folder), with the limits and the patience that such places ask for.
//
//     const auto loaded = load_symbols<Bars>(symbols, "1h", fetch, {.max_concurrent = 10, .timeout_s = 30, .retries =
//     3});
//
// Purpose    loader(symbol, timeframe, stop) for each symbol, in threads of its own: they wait, so there may be many
// more
//            than cores. For work that computes use parallel_for.
// Order      results stand in the order of the symbols; one that is named twice is loaded once.
// Limits     exactly `max_concurrent` at once while there are as many to do; attempts begin no faster than
//            `rate_limit_per_second`.
// Failure    a failed attempt is tried `retries` times more, after 0.1 s, 0.2 s and so on up to 30 s, each time spread
// by
//            half, so that many that failed together do not come back together. What fails for good has its error in
//            its place; the others go on. An exception becomes kInternal.
// Time-out   of one attempt. Its stop token is asked to stop, its place goes to the next at once, and what it gives
//            later is dropped. A loader that never looks at its token keeps its thread for as long as it hangs.
// Stopping   a stop request gives kCancelled to all that are not finished; running attempts are asked to stop too, and
//            nobody waits for them.
// Threads    loader and progress are called from several threads, progress from one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/parallel/stop_token.hpp"

namespace peak {

struct LoadOptions {
  std::size_t max_concurrent = 10;   ///< 1 to 1,000
  double timeout_s = 0;              ///< seconds for one attempt; 0: none
  unsigned retries = 0;              ///< attempts after the first
  double rate_limit_per_second = 0;  ///< attempts begun per second; 0: no limit
  std::uint64_t seed = 1;            ///< of the spread of retries
  StopToken stop = {};
  /// After each symbol that is finished or given up.
  std::function<void(std::size_t done, std::size_t total, const std::string& symbol)> progress = {};
};

/// `stop` asks the attempt to end early: it took too long, or nobody wants it any more.
template <typename T>
using SymbolLoader =
    std::function<Result<T>(const std::string& symbol, const std::string& timeframe, const StopToken& stop)>;

namespace detail {

/// What an attempt came to: a function that puts the value in its place, called unless the attempt came too late.
using LoadAttempt = std::function<Result<std::function<void()>>(std::size_t item, const StopToken& stop)>;

/// Fails on options out of their range; else one status for each symbol.
Result<std::vector<Status>> run_loads(std::span<const std::string> symbols, LoadAttempt attempt,
                                      const LoadOptions& options);

/// Place in `distinct` of each symbol.
std::vector<std::size_t> distinct_symbols(std::span<const std::string> symbols, std::vector<std::string>& distinct);

}  // namespace detail

/// What the loader gives for each symbol, or the error of its last attempt. Fails as a whole on an empty symbol and on
/// options out of their range (kInvalidArgument).
template <typename T>
[[nodiscard]] Result<std::vector<Result<T>>> load_symbols(std::span<const std::string> symbols,
                                                          const std::string& timeframe, SymbolLoader<T> loader,
                                                          const LoadOptions& options = {}) {
  std::vector<std::string> distinct;
  const std::vector<std::size_t> places = detail::distinct_symbols(symbols, distinct);
  // Shared with attempts that may outlive this call.
  struct Shared {
    SymbolLoader<T> loader;
    std::vector<std::string> symbols;
    std::string timeframe;
    std::vector<std::optional<T>> values;
  };
  const auto shared = std::make_shared<Shared>(
      Shared{std::move(loader), distinct, timeframe, std::vector<std::optional<T>>(distinct.size())});
  const auto attempt = [shared](std::size_t item, const StopToken& stop) -> Result<std::function<void()>> {
    auto loaded = shared->loader(shared->symbols[item], shared->timeframe, stop);
    if (!loaded.ok()) return std::move(loaded).error();
    const auto value = std::make_shared<T>(std::move(*loaded));
    return std::function<void()>([shared, item, value] { shared->values[item] = std::move(*value); });
  };
  PEAK_ASSIGN_OR_RETURN(const std::vector<Status> done, detail::run_loads(distinct, attempt, options));
  std::vector<Result<T>> results;
  results.reserve(symbols.size());
  for (const std::size_t place : places) {
    if (done[place].ok()) {
      results.emplace_back(*shared->values[place]);
    } else {
      results.emplace_back(done[place].error());
    }
  }
  return results;
}

}  // namespace peak
