#include <cmath>

#include "peak/report/explanation.hpp"
#include "report/number_text.hpp"
#include "report/run_symbols.hpp"

namespace peak {
namespace {

using report::grouped_text;
using report::percent_text;

constexpr int kLabelWidth = 10;

std::string bar_text(const BacktestResult& result, std::int64_t bar) {
  if (bar < 0) return "-";
  return format_time_short(result.bars.time()[static_cast<std::size_t>(bar)]) + " (bar " + std::to_string(bar) + ")";
}

class Writer {
 public:
  Writer(const BacktestResult& result, const Explanation& explanation, const TextStyle& style)
      : result_(result),
        explanation_(explanation),
        style_(style),
        decimals_(report::price_decimals(report::bars_of(result, explanation.record.symbol).close())) {}

  std::string write() {
    heading();
    for (const ExplainedFill& fill : explanation_.fills) describe(fill);
    outcome();
    return std::move(text_);
  }

 private:
  void line(const std::string& label, const std::string& what) {
    std::string padded = label;
    padded.resize(kLabelWidth, ' ');
    text_ += "  " + toned(padded, TextTone::kQuiet, style_) +
             wrapped(what, style_.width - kLabelWidth - 2, kLabelWidth + 2) + "\n";
  }
  [[nodiscard]] std::string price(double value) const { return grouped_text(value, decimals_); }
  [[nodiscard]] static std::string money(double value) { return grouped_text(value, 2); }

  void heading() {
    const Trade& trade = explanation_.record;
    std::string title = "Trade " + std::to_string(explanation_.trade) + ": " + side_name(trade.side) + " " +
                        report::grouped_text(trade.quantity, 4) + " units" +
                        (result_.panel != nullptr ? " of " + result_.symbol_of(trade.symbol) : "") + ", " +
                        bar_text(result_, trade.entry_bar);
    title += trade.status == TradeStatus::kOpen ? ", still open" : " to " + bar_text(result_, trade.exit_bar);
    text_ += toned(title, TextTone::kStrong, style_) + "\n";
  }

  void describe(const ExplainedFill& fill) {
    const Order& order = fill.record;
    text_ += "\n" + toned(std::string(order_purpose_name(order.purpose)), TextTone::kStrong, style_) + "\n";
    line("decided", bar_text(result_, order.decision_bar));
    for (const ExplainedLine& one : fill.lines) signal_line(one);
    line("order", order_text(fill));
    if (const std::string tag = tag_of(result_.simulation, order); !tag.empty()) line("tag", tag);
    line("filled", bar_text(result_, order.fill_bar) + ", " + fill.rule);
    line("price", price_text(fill));
    line("size", grouped_text(fill.quantity, 4) + " units, worth " + money(fill.quantity * order.price * multiplier()));
    line("fee", money(fill.fee) + fee_share(fill));
    if (!std::isnan(fill.cash_before)) {
      line("cash", money(fill.cash_before) + " before, " + money(fill.cash_after) + " after");
    }
    if (order.ambiguous) {
      line("ambiguous", "the order of prices inside the bar decided; the worse one was taken (rule 13)");
    }
  }

  [[nodiscard]] double multiplier() const {
    return report::instrument_of(result_, explanation_.record.symbol).multiplier;
  }

  void signal_line(const ExplainedLine& one) {
    line("", one.name + " = " + one.formula + ": " + value_text(one, one.value) +
                 " (bar before: " + value_text(one, one.value_before) + ")");
  }

  [[nodiscard]] std::string value_text(const ExplainedLine& one, const std::optional<double>& value) const {
    if (!value) return "undefined";
    if (one.is_signal) return *value != 0 ? "true" : "false";
    return grouped_text(*value, std::fabs(*value) < 10 ? std::max(decimals_, 4) : decimals_);
  }

  [[nodiscard]] std::string order_text(const ExplainedFill& fill) const {
    const Order& order = fill.record;
    std::string text = std::string(order_type_name(order.type)) + " " + order_action_name(order.action);
    for (const OrderEvent& event : fill.life) {
      text += std::string(", ") + order_event_name(event.kind) + " on bar " + std::to_string(event.bar);
      if (event.kind == OrderEventKind::kFill) text += " (" + grouped_text(event.quantity, 4) + " units)";
    }
    if (order.status != OrderStatus::kFilled) {
      text += std::string("; ") + order_status_name(order.status) + ": " + reason_name(order.reason);
    }
    return text;
  }

  [[nodiscard]] std::string price_text(const ExplainedFill& fill) const {
    if (std::isnan(fill.market_price)) return price(fill.record.price) + " with slippage";
    if (fill.slippage == 0) return price(fill.record.price) + ", no slippage";
    return price(fill.market_price) + " at the market, " + grouped_text(fill.record.price, decimals_ + 2) +
           " with slippage, which cost " + money(fill.slippage);
  }

  [[nodiscard]] std::string fee_share(const ExplainedFill& fill) const {
    const double value = std::fabs(fill.quantity * fill.record.price * multiplier());
    return fill.fee == 0 || value == 0 ? "" : ", " + percent_text(fill.fee / value) + " of the value";
  }

  void outcome() {
    const Trade& trade = explanation_.record;
    text_ += "\n" + toned(trade.status == TradeStatus::kOpen ? "so far" : "outcome", TextTone::kStrong, style_) + "\n";
    if (trade.status == TradeStatus::kClosed) line("closed by", exit_reason_name(trade.exit_reason));
    const bool is_long = trade.side == Side::kLong;
    const std::string first = price(is_long ? trade.exit_price : trade.entry_price);
    const std::string second = price(is_long ? trade.entry_price : trade.exit_price);
    std::string sum = "(" + first + " - " + second + ") x " + grouped_text(trade.quantity, 4);
    if (multiplier() != 1) sum += " x " + grouped_text(multiplier(), 2);
    sum += " - fees " + money(trade.entry_fee + trade.exit_fee);
    if (trade.income != 0) sum += (trade.income < 0 ? " - paid " : " + received ") + money(std::fabs(trade.income));
    line("P&L", sum + " = " + money(trade.pnl) + " (" + percent_text(trade.return_fraction) + " of the entry)");
  }

  const BacktestResult& result_;
  const Explanation& explanation_;
  const TextStyle& style_;
  int decimals_;
  std::string text_;
};

}  // namespace

std::string format_explanation(const BacktestResult& result, const Explanation& explanation, const TextStyle& style) {
  return Writer(result, explanation, style).write();
}

}  // namespace peak
