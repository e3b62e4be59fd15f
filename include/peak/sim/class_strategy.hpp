// Class strategies: strategies written as code in C++, run bar by bar without a virtual call.
//
//     Cross strategy;                                        // context.hpp shows one
//     auto result = peak::backtest(bars, strategy, options);
//
// A strategy is any type with on_bar(Context&), and init(Context&) if it has something to declare. Both are called
// directly, so the compiler can put on_bar into the loop over bars. The result is like any other; the run is that of
// the broker (sim/broker.hpp), so it obeys the same rule book as signals do.
//
// `static constexpr const char* kName = "..."` names it in results.
// Threads: pure function of its arguments, but for what the strategy object itself does.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>

#include "peak/sim/backtest.hpp"
#include "peak/sim/context.hpp"

namespace peak {

template <class S>
concept BarStrategy = requires(S& strategy, Context& context) {
  { strategy.on_bar(context) } -> std::same_as<void>;
};

namespace sim {

/// The engine's side of a context in a run over given bars.
class ContextRun final : public Context {
 public:
  ContextRun();
  ~ContextRun();
  /// Takes bars and options. Then init is called on *this, then start().
  [[nodiscard]] Status open(const Bars& bars, const BacktestOptions& options);
  /// Computes the lines; the run begins at bar 0.
  [[nodiscard]] Status start();
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }
  /// The first bar on which the strategy is asked.
  [[nodiscard]] std::int64_t first_bar() const noexcept { return first_bar_; }

  /// Opens bar `t`: fills at its open and inside it; the view is then that of its close.
  void begin(std::int64_t t) {
    bar_ = t;
    const double volume = volume_ != nullptr ? volume_[t] : kMissingPrice;
    if (!has_inputs_) return broker_->begin(time_[t], open_[t], high_[t], low_[t], close_[t], volume);
    BarPrices prices{open_[t], high_[t], low_[t], close_[t], volume};
    add_inputs(t, prices);
    broker_->begin(time_[t], prices);
  }
  /// Ends bar `t` and notes its equity.
  void end(std::int64_t t) {
    broker_->end(!(keeps_last_order_ && t + 1 == size_));
    const auto at = static_cast<std::size_t>(t);
    equity_[at] = broker_->equity();
    returns_[at] = broker_->bar_return();
    if (broker_->position().units != 0) in_position_[at / 64] |= std::uint64_t{1} << (at % 64);
  }
  /// The result of bars 0 to count - 1.
  [[nodiscard]] BacktestResult finish(std::int64_t count, const std::string& name);
  /// A line's values on all bars, and whether it is a signal.
  [[nodiscard]] const double* line(Line line) const noexcept { return lines_[line.index]; }

 private:
  struct State;
  void add_inputs(std::int64_t t, BarPrices& prices) const;
  [[nodiscard]] Status compute_lines();
  void derive_warm_up();

  std::unique_ptr<State> state_;
  std::int64_t size_ = 0;
  std::int64_t first_bar_ = 0;
  bool has_inputs_ = false;
  bool keeps_last_order_ = false;  // rule 12: a last-bar order does not fill at its close
  double* equity_ = nullptr;
  double* returns_ = nullptr;
  std::uint64_t* in_position_ = nullptr;
};

template <class S>
std::string strategy_name() {
  if constexpr (requires { std::string(S::kName); }) {
    return S::kName;
  } else {
    return "code";
  }
}

}  // namespace sim

/// A strategy written as code on bars. options.engine is not looked at: there is one executor of orders.
template <BarStrategy S>
[[nodiscard]] Result<BacktestResult> backtest(const Bars& bars, S& strategy, const BacktestOptions& options = {}) {
  sim::ContextRun run;
  PEAK_RETURN_IF_ERROR(run.open(bars, options));
  Context& context = run;
  if constexpr (requires { strategy.init(context); }) strategy.init(context);
  PEAK_RETURN_IF_ERROR(run.start());
  const std::int64_t size = run.size(), first = run.first_bar();
  for (std::int64_t t = 0; t < size; ++t) {
    run.begin(t);
    if (t >= first) strategy.on_bar(context);
    run.end(t);
  }
  return run.finish(size, sim::strategy_name<S>());
}

}  // namespace peak
