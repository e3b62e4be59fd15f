// Context: what a strategy written as code sees and does on a bar. See class_strategy.hpp for how one is run.
//
//     struct Cross {
//       Line fast, slow;
//       void init(Context& ctx) {
//         using namespace expression;
//         fast = ctx.indicator(sma(close(), 10));
//         slow = ctx.indicator(sma(close(), 50));
//       }
//       void on_bar(Context& ctx) {
//         if (ctx[fast] > ctx[slow] && ctx.position() == 0) ctx.buy();
//         if (ctx[fast] < ctx[slow] && ctx.position() > 0) ctx.close_position();
//       }
//     };
//
// History   is read-only and ends at the present bar: values are asked for by how many bars ago they were, so the
// future
//           cannot be named. What lies before the first bar is NaN.
// Orders    as sim/broker.hpp: market orders fill at the next open (or at this close under same_close), all others work
//           from the next bar on. Orders that make no sense end rejected, with their reason, and the run goes on.
// Warm-up   on_bar is called from the first bar on by which every declared formula of numbers has been defined (columns
//           of the data do not count); warm_up() says otherwise.
// Cost      a few nanoseconds a bar beside the broker's; nothing is virtual, nothing is allocated.
// Threads   belongs to one run.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/expression/program.hpp"
#include "peak/market/bars.hpp"
#include "peak/sim/broker.hpp"

namespace peak {

/// A formula or a column that a strategy has declared, by number.
struct Line {
  std::uint32_t index = std::numeric_limits<std::uint32_t>::max();
};

/// The columns that all data have.
enum class PriceColumn : unsigned char { kOpen, kHigh, kLow, kClose, kVolume };

/// What else an order of a strategy may have; prices are prices.
struct OrderTerms {
  std::optional<Sizing> size = {};              ///< none: the run's size (all cash, unless told otherwise)
  std::optional<double> limit = {};             ///< a limit order; with `stop` a stop-limit order
  std::optional<double> stop = {};              ///< a stop order
  std::optional<double> stop_loss = {};         ///< of the position that the order opens
  std::optional<double> take_profit = {};       ///< likewise
  std::optional<StopLevel> trailing_stop = {};  ///< likewise: its distance from the best price
  std::optional<StopLevel> trail = {};          ///< a trailing order: its distance from the best price since
  TimeInForce time_in_force = TimeInForce::kGtc;
  Nanoseconds good_till = 0;    ///< of kGtd
  bool reduce_only = false;     ///< never opens, adds or turns
  std::uint32_t oco_group = 0;  ///< orders of one group other than 0 cancel each other when one fills
  std::uint32_t tag = 0;        ///< a number of your own, or Context::tag_of(text)
};

namespace sim {

enum class DeedKind : unsigned char { kSubmit, kCancel, kReplace, kProtect };

/// What a strategy did on a bar; over many symbols on a stamp.
struct Deed {
  std::int64_t bar = 0;
  DeedKind kind = DeedKind::kSubmit;
  OrderId order = kNoOrder;
  OrderRequest request = {};  ///< of kProtect the symbol, the stop and, as limit, the target
};

/// Does it again.
void repeat(const Deed& deed, Broker& broker);

}  // namespace sim

class Context {
 public:
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // --- In init ------------------------------------------------------------------------------------------------------

  /// A formula, computed once for all bars. Of a signal the line is 1, 0, or NaN where undefined. Errors of the formula
  /// end the run before its first bar.
  Line indicator(const expression::Expression& formula);
  /// What explanations and reports call a line; without a name its number.
  void name(Line line, std::string text);
  /// A further column of the data by name.
  Line column(std::string_view name) { return indicator(expression::column(name)); }
  /// The value given for a parameter in the run's options, or `default_value`. A parameter that was given and is never
  /// asked for is an error.
  double parameter(std::string_view name, double default_value);
  /// The first bar on which on_bar is called, instead of the one that follows from the lines.
  void warm_up(std::int64_t bars) { warm_up_ = bars; }

  // --- In on_bar: history -------------------------------------------------------------------------------------------

  /// Number of the present bar, from 0; over many symbols that of the symbol's own bars, -1 before its first.
  [[nodiscard]] std::int64_t bar() const noexcept { return bar_; }
  /// Its stamp; 0 before the first.
  [[nodiscard]] Nanoseconds time() const noexcept { return bar_ < 0 ? 0 : time_[bar_]; }
  [[nodiscard]] double open(std::int64_t bars_ago = 0) const noexcept { return ago(open_, bars_ago); }
  [[nodiscard]] double high(std::int64_t bars_ago = 0) const noexcept { return ago(high_, bars_ago); }
  [[nodiscard]] double low(std::int64_t bars_ago = 0) const noexcept { return ago(low_, bars_ago); }
  [[nodiscard]] double close(std::int64_t bars_ago = 0) const noexcept { return ago(close_, bars_ago); }
  /// NaN where the data have none.
  [[nodiscard]] double volume(std::int64_t bars_ago = 0) const noexcept { return ago(volume_, bars_ago); }
  /// A line's value on the present bar; NaN for a line that was not declared.
  [[nodiscard]] double operator[](Line line) const noexcept { return at(line, 0); }
  /// A line's value so many bars ago.
  [[nodiscard]] double at(Line line, std::int64_t bars_ago) const noexcept {
    return line.index < lines_.size() ? ago(lines_[line.index], bars_ago) : kMissingPrice;
  }
  /// Whether a line made of a signal is true; an undefined signal is none (rule 6).
  [[nodiscard]] bool is_true(Line line, std::int64_t bars_ago = 0) const noexcept { return at(line, bars_ago) == 1; }

  /// All values up to the present bar, oldest first; empty before the first bar and where the data have no volume.
  [[nodiscard]] std::span<const double> history(PriceColumn column) const noexcept {
    const double* const columns[] = {open_, high_, low_, close_, volume_};
    return history_of(columns[static_cast<std::size_t>(column)]);
  }
  [[nodiscard]] std::span<const double> history(Line line) const noexcept {
    return history_of(line.index < lines_.size() ? lines_[line.index] : nullptr);
  }
  /// Lines declared so far.
  [[nodiscard]] std::size_t line_count() const noexcept { return formulas_.size(); }
  /// The formula behind a line that was declared.
  [[nodiscard]] const expression::Expression& formula(Line line) const noexcept { return formulas_[line.index]; }

  // --- In on_bar: the account ---------------------------------------------------------------------------------------

  /// The symbol's number in the panel; 0 in a run over one.
  [[nodiscard]] std::uint32_t symbol() const noexcept { return symbol_; }
  /// Units held; negative while short.
  [[nodiscard]] double position() const noexcept { return broker_->position(symbol_).units; }
  [[nodiscard]] double cash() const noexcept { return broker_->cash(); }
  /// At the present close.
  [[nodiscard]] double equity() const noexcept { return broker_->equity(); }
  [[nodiscard]] const Broker& broker() const noexcept { return *broker_; }

  // --- In on_bar: orders --------------------------------------------------------------------------------------------

  /// Buys: opens or adds to a long, or closes a short and with what is left over of the size opens a long. With a size
  /// of all cash a short turns into a long.
  OrderId buy(const OrderTerms& terms = {}) { return submit(request_of(OrderAction::kBuy, terms)); }
  /// The mirror image of buy. To leave a long without going short: close_position().
  OrderId sell(const OrderTerms& terms = {}) { return submit(request_of(OrderAction::kSell, terms)); }
  /// Closes the whole position at the market; nothing while flat.
  OrderId close_position() { return position() == 0 ? kNoOrder : submit(OrderRequest::close(symbol_)); }
  /// Brings the position to `weight` of equity at the fill's price; negative is short, 0 is flat.
  OrderId target_weight(double weight) { return submit(OrderRequest::target_order(symbol_, Sizing::fraction(weight))); }
  OrderId submit(const OrderRequest& request) {
    note({bar_, sim::DeedKind::kSubmit, kNoOrder, request});
    return broker_->submit(request);
  }
  /// Ends a working order; false if it does not work (any more).
  bool cancel(OrderId order) {
    note({bar_, sim::DeedKind::kCancel, order, {}});
    return broker_->cancel(order);
  }
  /// New terms for what is left of a working order, which keeps its place; what `terms` leaves out stays as it was.
  /// False if it does not work (any more) or the new terms make no sense; it then keeps the old ones.
  bool replace(OrderId order, const OrderTerms& terms);
  /// A new stop and target, as prices, for the position held; NaN leaves none. False without a position, and for prices
  /// on the wrong side of the close.
  bool protect(double stop_loss, double take_profit);
  /// A number for OrderTerms::tag that results show as this text.
  [[nodiscard]] std::uint32_t tag_of(std::string_view text);
  /// Orders that have not ended; over many symbols those of all.
  [[nodiscard]] std::span<const WorkingOrder> orders() const noexcept { return broker_->working_orders(); }

 protected:
  Context() = default;
  ~Context() = default;
  void note(const sim::Deed& deed) {
    if (root_->keeps_journal_) root_->journal_.push_back(deed);
  }
  [[nodiscard]] OrderRequest request_of(OrderAction action, const OrderTerms& terms) const noexcept;
  [[nodiscard]] double ago(const double* values, std::int64_t bars_ago) const noexcept {
    const bool inside = bars_ago >= 0 && bars_ago <= bar_ && values != nullptr;
    return inside ? values[bar_ - bars_ago] : kMissingPrice;
  }
  [[nodiscard]] std::span<const double> history_of(const double* values) const noexcept {
    return {values, values == nullptr ? 0 : static_cast<std::size_t>(bar_ + 1)};
  }
  /// Whether on_bar waits until the formula has been defined: one of numbers, and not just a column.
  [[nodiscard]] static bool delays(const expression::Expression& formula) noexcept {
    return formula.type() == expression::ValueType::kNumber &&
           formula.node().operation != expression::Operation::kColumn;
  }
  /// The values of a program's parameters: those given, else its own; noted as used.
  [[nodiscard]] expression::ParameterValues values_of_parameters(const expression::Program& program);
  /// The formulas that were declared, with their names and their parameters put in; not those that are columns.
  [[nodiscard]] std::vector<std::pair<std::string, expression::Expression>> declared_lines() const;
  /// Errors of init: of formulas, and of parameters that nobody asked for.
  [[nodiscard]] Status check_init() const;

  Context* root_ = this;  // over many symbols the context that keeps parameters, tags and journal for all
  std::uint32_t symbol_ = 0;
  Broker* broker_ = nullptr;
  std::int64_t bar_ = -1;
  const Nanoseconds* time_ = nullptr;
  const double *open_ = nullptr, *high_ = nullptr, *low_ = nullptr, *close_ = nullptr, *volume_ = nullptr;
  std::vector<const double*> lines_;
  bool keeps_journal_ = false;
  std::vector<sim::Deed> journal_;

  std::vector<expression::Expression> formulas_;  // of the lines
  std::vector<std::string> line_names_;           // likewise, where they were given
  std::optional<std::int64_t> warm_up_;
  expression::ParameterValues given_, used_;
  std::vector<std::string> tags_;
  std::map<std::string, std::uint32_t, std::less<>> tag_numbers_;
};

}  // namespace peak
