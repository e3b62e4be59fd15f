// Panel strategies: strategies written as code over many symbols. on_bar is called once a stamp of the panel and sees
// every symbol.
//
//     struct Strongest {
//       Line rise;
//       void init(PanelContext& ctx) { rise = ctx.indicator(expression::close() - expression::close()[60]); }
//       void on_bar(PanelContext& ctx) {
//         for (const std::uint32_t s : ctx.ready()) {
//           if (ctx[s][rise] > 0 && ctx[s].position() == 0) ctx[s].buy();
//           if (ctx[s][rise] < 0) ctx[s].close_position();
//         }
//       }
//     };
//     auto result = peak::backtest(panel, strategy, options);        // panel: std::shared_ptr<const Panel>
//
// Symbols  ctx[s] and ctx["SPY"] are Contexts (context.hpp) of one symbol: history on its own bars, ending at its last
//          one; its position; its orders. Cash and equity are those of the one account.
// Calls    at every stamp from the first one on at which some symbol is ready; warm_up() says otherwise.
// Orders   as for one symbol; those of one stamp fill in the order of rule 14, whatever the order in which they were
//          given. At a stamp without a bar of its symbol an order waits for the next one.
// Failure  a symbol that the panel does not have ends the run with an error that names the nearest one.
// Threads  belongs to one run.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/sim/class_strategy.hpp"
#include "peak/sim/panel_backtest.hpp"

namespace peak {

class PanelContext {
 public:
  PanelContext(const PanelContext&) = delete;
  PanelContext& operator=(const PanelContext&) = delete;

  // --- In init ------------------------------------------------------------------------------------------------------

  /// A formula for every symbol, computed once for all bars: ctx[s][line]. It may compare symbols: rank(close()).
  Line indicator(const expression::Expression& formula);
  /// As Context::parameter.
  double parameter(std::string_view name, double default_value) { return views_[0]->parameter(name, default_value); }
  /// The first stamp on which on_bar is called, instead of the one that follows from the lines.
  void warm_up(std::int64_t stamps) { warm_up_ = stamps; }

  // --- In on_bar ----------------------------------------------------------------------------------------------------

  /// Number of the present stamp, from 0.
  [[nodiscard]] std::int64_t bar() const noexcept { return bar_; }
  [[nodiscard]] Nanoseconds time() const noexcept { return time_; }
  [[nodiscard]] std::size_t symbols() const noexcept { return views_.size(); }
  [[nodiscard]] const std::string& symbol(std::size_t s) const noexcept { return names_[s]; }
  /// Whether the symbol has a bar at this stamp.
  [[nodiscard]] bool has_bar(std::size_t s) const noexcept { return present_[s] != 0; }
  /// Symbols that have a bar at this stamp and whose lines of numbers have all been defined, in the panel's order.
  [[nodiscard]] std::span<const std::uint32_t> ready() const noexcept { return ready_; }
  /// One symbol, by number or by name.
  [[nodiscard]] Context& operator[](std::size_t s) noexcept { return s < views_.size() ? *views_[s] : *unknown_; }
  [[nodiscard]] Context& operator[](std::string_view symbol);

  [[nodiscard]] double cash() const noexcept { return broker_->cash(); }
  /// At the present closes; of a symbol without a bar at its last.
  [[nodiscard]] double equity() const noexcept { return broker_->equity(); }
  [[nodiscard]] const Broker& broker() const noexcept { return *broker_; }

  OrderId buy(std::string_view symbol, const OrderTerms& terms = {}) { return (*this)[symbol].buy(terms); }
  OrderId sell(std::string_view symbol, const OrderTerms& terms = {}) { return (*this)[symbol].sell(terms); }
  OrderId close_position(std::string_view symbol) { return (*this)[symbol].close_position(); }
  OrderId target_weight(std::string_view symbol, double weight) { return (*this)[symbol].target_weight(weight); }
  /// A weight for each symbol, as rule 14 has them: NaN leaves a symbol alone, a 0 for one that is not held is no
  /// order, a target replaces one that still waits for a bar.
  void target_weights(std::span<const double> weights);
  bool cancel(OrderId order) { return views_[0]->cancel(order); }
  [[nodiscard]] std::uint32_t tag_of(std::string_view text) { return views_[0]->tag_of(text); }

 protected:
  PanelContext() = default;
  ~PanelContext() = default;

  /// A symbol's context; `name` is how it is found.
  void add_view(Context& view, const std::string& name);

  std::vector<Context*> views_;  // by symbol
  std::vector<std::string> names_;
  Context* unknown_ = nullptr;  // for names that the panel does not have: its orders are refused
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
  Broker* broker_ = nullptr;
  std::int64_t bar_ = -1;
  Nanoseconds time_ = 0;
  std::vector<std::uint8_t> present_;  // by symbol: has a bar at this stamp
  std::vector<std::uint32_t> ready_;
  std::optional<std::int64_t> warm_up_;
  Status status_;  // the first symbol that the panel does not have
};

template <class S>
concept PanelStrategy = requires(S& strategy, PanelContext& context) {
  { strategy.on_bar(context) } -> std::same_as<void>;
};

namespace sim {

/// The engine's side of a context over many symbols.
class PanelRun final : public PanelContext {
 public:
  PanelRun();
  ~PanelRun();
  /// Then init is called on *this, then start().
  [[nodiscard]] Status open(std::shared_ptr<const Panel> panel, const PanelOptions& options);
  /// Computes the lines; the run begins at stamp 0.
  [[nodiscard]] Status start();
  [[nodiscard]] std::int64_t size() const noexcept { return static_cast<std::int64_t>(panel_->size()); }
  /// The first stamp on which the strategy is asked.
  [[nodiscard]] std::int64_t first_bar() const noexcept { return first_bar_; }
  void begin(std::int64_t t);
  void end();
  /// What the strategy did wrong so far.
  [[nodiscard]] const Status& status() const noexcept { return status_; }
  /// The result of stamps 0 to count - 1.
  [[nodiscard]] Result<BacktestResult> finish(std::int64_t count, const std::string& name);

 private:
  struct State;
  [[nodiscard]] Status compute_lines();
  void derive_warm_up();

  std::unique_ptr<State> state_;
  std::shared_ptr<const Panel> panel_;
  std::int64_t first_bar_ = 0;
};

}  // namespace sim

/// A strategy written as code on a panel. options.run.engine is not looked at: there is one executor of orders.
template <PanelStrategy S>
[[nodiscard]] Result<BacktestResult> backtest(std::shared_ptr<const Panel> panel, S& strategy,
                                              const PanelOptions& options = {}) {
  sim::PanelRun run;
  PEAK_RETURN_IF_ERROR(run.open(std::move(panel), options));
  PanelContext& context = run;
  if constexpr (requires { strategy.init(context); }) strategy.init(context);
  PEAK_RETURN_IF_ERROR(run.start());
  const std::int64_t size = run.size(), first = run.first_bar();
  for (std::int64_t t = 0; t < size; ++t) {
    run.begin(t);
    if (t >= first) strategy.on_bar(context);
    run.end();
    PEAK_RETURN_IF_ERROR(run.status());
  }
  return run.finish(size, sim::strategy_name<S>());
}

}  // namespace peak
