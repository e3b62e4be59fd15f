// Panel runner: the same strategy over many symbols, fed a stamp at a time, for live and paper feeds. push(bars) gives
// the orders that the strategy decided at that stamp's close.
//
//     PEAK_ASSIGN_OR_RETURN(PanelRunner runner, PanelRunner::create({"KO", "MSFT"}, strategy, options));
//     const SymbolBar bars[] = {{0, {time, open, high, low, close, volume}}, {1, {time, ...}}};
//     PEAK_ASSIGN_OR_RETURN(const std::vector<WorkingOrder> orders, runner.push(bars));   // request.symbol tells whose
//
// Symbols  are named when the runner is made; one without a bar at a stamp is left out of that push. Bars of one stamp
//          come in one push, in any order.
// Result   result() equals backtest_panel, backtest_allocation, backtest_weights or backtest(panel, strategy) on the
//          bars pushed so far, to the bit.
// Weights  are looked at on the first stamp of a period; a schedule of last stamps ("monthly:last") is refused, because
//          only the next stamp tells that one was the last.
// State    as runner.hpp: version, what is run with which options, the bars and what a strategy written as code did,
//          and a checksum; what is cut, damaged, of another version, strategy or option is refused, and the runner
//          stays as it was.
// Cost     about 100 ns for a symbol's bar of a simple strategy; memory for all bars pushed; restore() the same time
//          again.
// Threads  a runner belongs to one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/expression/panel_stepper.hpp"
#include "peak/sim/panel_backtest.hpp"
#include "peak/sim/panel_strategy.hpp"
#include "peak/sim/runner.hpp"
#include "peak/strategy/definition.hpp"

namespace peak {

/// The bar of one symbol at a stamp.
struct SymbolBar {
  std::uint32_t symbol = 0;  ///< its number among the runner's
  LiveBar bar;               ///< of the stamp's time
};

namespace sim {

/// The engine's side of a context over many symbols that grows by a stamp at a time.
class PanelStepRun final : public PanelContext {
 public:
  PanelStepRun();
  ~PanelStepRun();
  /// `strategy`: what is known of what is run (its name; of formulas all), `further`: names of columns beside those of
  /// LiveBar. A strategy written as code is then given *this to init; start() follows.
  [[nodiscard]] Status open(std::vector<std::string> symbols, const PanelOptions& options, StrategyDefinition strategy,
                            std::vector<std::string> further);
  /// Of code: the formulas that it declared.
  [[nodiscard]] Status start();
  /// Of formulas: signals (entry, exit, short entry, short exit), or the weight.
  [[nodiscard]] Status start_formulas();
  /// Of weights: one for each symbol.
  [[nodiscard]] Status start_weights(std::vector<double> weights);

  /// Takes the bars of a stamp, or refuses them and changes nothing. The view is then that of its close.
  [[nodiscard]] Status begin(std::span<const SymbolBar> bars);
  /// Whether a strategy written as code is to be asked: some symbol has been ready.
  [[nodiscard]] bool asks() const noexcept { return asks_; }
  /// What formulas or weights decide at this stamp.
  void decide();
  /// Ends the stamp; the orders that were decided on it and not rejected, or what code did wrong.
  [[nodiscard]] Result<std::vector<WorkingOrder>> end();
  /// What each order that the last end() gave came to at that close (units_at_close).
  [[nodiscard]] std::span<const double> decided_units() const noexcept { return decided_units_; }

  /// The run so far, with what a backtest on these bars would do at its end.
  [[nodiscard]] Result<BacktestResult> result() const;
  /// Of one account or of all together.
  [[nodiscard]] double cash_of_all() const;
  [[nodiscard]] double equity_of_all() const;
  [[nodiscard]] double units_of(std::size_t symbol) const;
  /// The symbol's last; NaN before its first bar.
  [[nodiscard]] double close_of(std::size_t symbol) const { return views_[symbol]->close(); }
  [[nodiscard]] const Broker& broker_of(std::size_t symbol) const;
  [[nodiscard]] Bars empty_bars() const;

  /// `identity` names the strategy; `notes` are its own.
  [[nodiscard]] std::string save(std::string_view identity, std::string_view notes) const;
  /// Into a run without bars; gives `notes`.
  [[nodiscard]] Result<std::string> restore(std::string_view state, std::string_view identity);

 private:
  struct State;
  [[nodiscard]] Status check(std::span<const SymbolBar> bars, Nanoseconds before) const;
  [[nodiscard]] Status start_stepper(std::span<const expression::Expression> formulas, expression::Evaluated evaluated,
                                     const expression::ParameterValues& parameters);
  [[nodiscard]] double units_told(const WorkingOrder& order, const Broker& broker, std::size_t symbol) const;
  void append(const SymbolBar& given);
  void begin_anew(std::size_t symbol);
  void step_formulas();
  void step_lines(std::size_t symbol);
  void note_ready();
  [[nodiscard]] std::string options_text() const;
  [[nodiscard]] Simulation simulation(const Panel& panel) const;
  [[nodiscard]] Result<std::vector<std::vector<SymbolBar>>> read_stamps(class StateReader& reader) const;

  std::unique_ptr<State> state_;
  std::vector<double> decided_units_;
  bool asks_ = false;
};

}  // namespace sim

/// A strategy of formulas, an allocation or given weights, fed a stamp at a time.
class PanelRunner {
 public:
  /// Signals, with one account or (options.cash_sharing) one for each symbol; or an allocation, at its schedule.
  [[nodiscard]] static Result<PanelRunner> create(std::vector<std::string> symbols, const StrategyDefinition& strategy,
                                                  const PanelOptions& options = {},
                                                  std::vector<std::string> further_columns = {});
  /// The same weights, one for each symbol, at every stamp of the schedule; NaN leaves a symbol alone.
  [[nodiscard]] static Result<PanelRunner> of_weights(std::vector<std::string> symbols, std::vector<double> weights,
                                                      const PanelOptions& options = {},
                                                      const std::string& name = "weights");

  /// The orders decided at this stamp's close. With an account for each symbol their numbers count by symbol.
  [[nodiscard]] Result<std::vector<WorkingOrder>> push(std::span<const SymbolBar> bars);
  [[nodiscard]] Result<BacktestResult> result() const { return run_->result(); }
  /// History of each symbol after the last stamp.
  [[nodiscard]] const sim::PanelStepRun& run() const noexcept { return *run_; }
  [[nodiscard]] double cash() const { return run_->cash_of_all(); }
  [[nodiscard]] double equity() const { return run_->equity_of_all(); }
  [[nodiscard]] double position(std::size_t symbol) const { return run_->units_of(symbol); }
  [[nodiscard]] std::string save() const { return run_->save(identity_, {}); }
  [[nodiscard]] Status restore(std::string_view state);

 private:
  PanelRunner() = default;
  std::unique_ptr<sim::PanelStepRun> run_;
  std::string identity_;
};

/// A strategy written as code over many symbols, fed a stamp at a time. Its own members are the caller's to keep over a
/// restart: save() takes them as text, restore() gives them back.
template <PanelStrategy S>
class PanelClassRunner {
 public:
  [[nodiscard]] static Result<PanelClassRunner> create(std::vector<std::string> symbols, S& strategy,
                                                       const PanelOptions& options = {},
                                                       std::vector<std::string> further_columns = {}) {
    PanelClassRunner runner(strategy);
    StrategyDefinition named;
    named.name = sim::strategy_name<S>();
    PEAK_RETURN_IF_ERROR(runner.run_->open(std::move(symbols), options, std::move(named), std::move(further_columns)));
    PanelContext& context = *runner.run_;
    if constexpr (requires { strategy.init(context); }) strategy.init(context);
    PEAK_RETURN_IF_ERROR(runner.run_->start());
    return runner;
  }
  [[nodiscard]] Result<std::vector<WorkingOrder>> push(std::span<const SymbolBar> bars) {
    PEAK_RETURN_IF_ERROR(run_->begin(bars));
    if (run_->asks()) strategy_->on_bar(static_cast<PanelContext&>(*run_));
    return run_->end();
  }
  [[nodiscard]] Result<BacktestResult> result() const { return run_->result(); }
  [[nodiscard]] PanelContext& context() noexcept { return *run_; }
  [[nodiscard]] std::string save(std::string_view notes = {}) const {
    return run_->save("code " + sim::strategy_name<S>(), notes);
  }
  [[nodiscard]] Result<std::string> restore(std::string_view state) {
    return run_->restore(state, "code " + sim::strategy_name<S>());
  }

 private:
  explicit PanelClassRunner(S& strategy) : run_(std::make_unique<sim::PanelStepRun>()), strategy_(&strategy) {}
  std::unique_ptr<sim::PanelStepRun> run_;
  S* strategy_;
};

}  // namespace peak
