// Runner: the same strategy fed bar by bar, for live and paper feeds. push(bar) gives the orders that the strategy
// decided at that bar's close.
//
//     PEAK_ASSIGN_OR_RETURN(Runner runner, Runner::create(strategy, options));
//     PEAK_ASSIGN_OR_RETURN(const std::vector<WorkingOrder> orders, runner.push({time, open, high, low, close,
//     volume}));
//
// The runner keeps a paper account by the rule book: result() equals peak::backtest on the bars pushed so far, to the
// bit (orders that wait for the next bar end there as `end_of_data`).
//
// State    save() gives bytes: version, what is run with which options, the bars and what a strategy written as code
// did,
//          and a checksum. restore() reads them into a new runner of the same strategy and options and goes through the
//          bars again, without asking a strategy written as code again. Bytes that are cut, damaged, of another
//          version, strategy or option are refused, and the runner stays as it was.
// Cost     about 100 ns for a bar of a simple strategy; memory for all bars pushed; restore() the same time again.
// Threads  a runner belongs to one thread.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/sim/backtest.hpp"
#include "peak/sim/class_strategy.hpp"
#include "peak/sim/context.hpp"
#include "peak/strategy/definition.hpp"

namespace peak {

/// One bar that is complete.
struct LiveBar {
  Nanoseconds time = 0;
  double open = kMissingPrice, high = kMissingPrice, low = kMissingPrice, close = kMissingPrice;
  double volume = kMissingPrice;
  std::vector<double> further = {};  ///< one for each further column that the runner was made with
};

namespace sim {

/// The engine's side of a context that grows by a bar at a time.
class StepRun final : public Context {
 public:
  StepRun();
  ~StepRun();
  /// Then init is called on *this, then start(). `further`: names of columns beside those of LiveBar.
  [[nodiscard]] Status open(const BacktestOptions& options, const BrokerOptions& broker,
                            std::vector<std::string> further);
  [[nodiscard]] Status start();
  /// Takes a bar, or refuses it and changes nothing. The view is then that of its close.
  [[nodiscard]] Status begin(const LiveBar& bar);
  /// Whether the warm-up is over.
  [[nodiscard]] bool asks() const noexcept { return asks_; }
  /// Ends the bar; the orders that were decided on it and not rejected.
  std::vector<WorkingOrder> end();
  /// What each order that the last end() gave came to at that close (units_at_close).
  [[nodiscard]] std::span<const double> decided_units() const noexcept { return decided_units_; }
  /// What signals decide on this bar; lines are those of the signals, in the order entry, exit, short entry, short
  /// exit.
  void decide(const Line (&signals)[4]);
  /// Bars that were pushed.
  [[nodiscard]] Bars bars() const;
  /// The run so far, with what a backtest on these bars would do at its end.
  [[nodiscard]] BacktestResult result(const std::string& name, bool by_code) const;

  /// `identity` names the strategy; `notes` are its own.
  [[nodiscard]] std::string save(std::string_view identity, std::string_view notes) const;
  /// Into a run without bars. `decide` is called for each bar, or when empty what was done is done again. Gives
  /// `notes`.
  [[nodiscard]] Result<std::string> restore(std::string_view state, std::string_view identity,
                                            const std::function<void()>& decide);

 private:
  struct State;
  void append(const LiveBar& bar);
  void push_columns(std::size_t t);
  void step_lines();
  [[nodiscard]] Status check(const LiveBar& bar) const;
  [[nodiscard]] std::string options_text() const;
  void repeat_deeds(std::size_t& next);

  std::unique_ptr<State> state_;
  std::vector<double> decided_units_;
  bool asks_ = false;
};

}  // namespace sim

/// A strategy of formulas, fed bar by bar.
class Runner {
 public:
  [[nodiscard]] static Result<Runner> create(const StrategyDefinition& strategy, const BacktestOptions& options = {},
                                             std::vector<std::string> further_columns = {});

  /// The orders decided at this bar's close: market orders to be filled at the next open (or at this close).
  [[nodiscard]] Result<std::vector<WorkingOrder>> push(const LiveBar& bar);
  /// What each of the orders that the last push() gave comes to at that close, before any of them fills there: see
  /// units_at_close (order_place.hpp).
  [[nodiscard]] std::span<const double> decided_units() const noexcept { return run_->decided_units(); }
  [[nodiscard]] BacktestResult result() const;
  /// Position, cash, equity and history after the last bar.
  [[nodiscard]] const Context& context() const noexcept { return *run_; }
  [[nodiscard]] std::string save() const;
  [[nodiscard]] Status restore(std::string_view state);

 private:
  Runner() = default;
  std::unique_ptr<sim::StepRun> run_;
  StrategyDefinition strategy_;
  expression::ParameterValues parameters_;
  Line signals_[4];
};

/// A strategy written as code, fed bar by bar. Its own members are the caller's to keep over a restart: save() takes
/// them as text, restore() gives them back.
template <BarStrategy S>
class ClassRunner {
 public:
  [[nodiscard]] static Result<ClassRunner> create(S& strategy, const BacktestOptions& options = {},
                                                  std::vector<std::string> further_columns = {}) {
    ClassRunner runner(strategy);
    PEAK_RETURN_IF_ERROR(
        runner.run_->open(options, options.broker.applied_to(BrokerOptions{}), std::move(further_columns)));
    Context& context = *runner.run_;
    if constexpr (requires { strategy.init(context); }) strategy.init(context);
    PEAK_RETURN_IF_ERROR(runner.run_->start());
    return runner;
  }
  [[nodiscard]] Result<std::vector<WorkingOrder>> push(const LiveBar& bar) {
    PEAK_RETURN_IF_ERROR(run_->begin(bar));
    if (run_->asks()) strategy_->on_bar(*run_);
    return run_->end();
  }
  [[nodiscard]] std::span<const double> decided_units() const noexcept { return run_->decided_units(); }
  [[nodiscard]] BacktestResult result() const { return run_->result(sim::strategy_name<S>(), true); }
  [[nodiscard]] const Context& context() const noexcept { return *run_; }
  [[nodiscard]] std::string save(std::string_view notes = {}) const {
    return run_->save("code " + sim::strategy_name<S>(), notes);
  }
  [[nodiscard]] Result<std::string> restore(std::string_view state) {
    return run_->restore(state, "code " + sim::strategy_name<S>(), {});
  }

 private:
  explicit ClassRunner(S& strategy) : run_(std::make_unique<sim::StepRun>()), strategy_(&strategy) {}
  std::unique_ptr<sim::StepRun> run_;
  S* strategy_;
};

}  // namespace peak
