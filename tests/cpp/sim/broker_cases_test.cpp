// Hand-worked cases of the broker: bars, orders and what must come of them, each with its arithmetic beside it.
//
// A case starts with 1,000 in cash and no costs. Prices are open, high, low, close; orders are given at a bar's close.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "peak/sim/broker.hpp"

namespace peak {
namespace {

constexpr double kNaN = kMissingPrice;

struct Step {
  std::int64_t bar;
  std::function<void(Broker&)> act;
};

struct Expected {
  double cash = 0;
  double units = 0;
  std::optional<double> equity = {};
  std::size_t trades = 1;
  std::optional<ExitReason> exit = {};     // of the last trade
  std::optional<bool> ambiguous = {};      // the last trade
  std::optional<OrderStatus> status = {};  // of the first order given by the case
  std::optional<Reason> reason = {};       // of that order
  std::optional<FillRule> last_rule = {};  // of the last order recorded
  std::optional<double> fees = {};
};

struct Case {
  const char* name;
  std::vector<BarPrices> bars;
  std::vector<Step> steps;
  Expected expected;
  std::function<void(BrokerOptions&)> options = {};
  Nanoseconds step = kNanosecondsPerDay;
};

OrderRequest market(OrderAction action, double units) { return OrderRequest::market(action, Sizing::units(units)); }
OrderRequest buy(double units) { return market(OrderAction::kBuy, units); }
OrderRequest sell(double units) { return market(OrderAction::kSell, units); }
OrderRequest buy_limit(double units, double limit) {
  return OrderRequest::limit_order(OrderAction::kBuy, Sizing::units(units), limit);
}
OrderRequest sell_limit(double units, double limit) {
  return OrderRequest::limit_order(OrderAction::kSell, Sizing::units(units), limit);
}
OrderRequest buy_stop(double units, double stop) {
  return OrderRequest::stop_order(OrderAction::kBuy, Sizing::units(units), stop);
}
OrderRequest sell_stop(double units, double stop) {
  return OrderRequest::stop_order(OrderAction::kSell, Sizing::units(units), stop);
}
OrderRequest with(OrderRequest request, const std::function<void(OrderRequest&)>& change) {
  change(request);
  return request;
}
OrderRequest bracket(OrderRequest request, double stop, double target) {
  if (!std::isnan(stop)) request.stop_loss = StopLevel::price(stop);
  if (!std::isnan(target)) request.take_profit = StopLevel::price(target);
  return request;
}
Step at(std::int64_t bar, const OrderRequest& request) {
  return {bar, [request](Broker& broker) { broker.submit(request); }};
}
Instrument with_action(CorporateActionKind kind, std::int64_t day, double value) {
  Instrument instrument;
  instrument.actions.push_back({day * kNanosecondsPerDay, kind, value});
  return instrument;
}

constexpr BarPrices kHundred{100, 100, 100, 100};
BarPrices with_volume(BarPrices bar, double volume) {
  bar.volume = volume;
  return bar;
}
BarPrices with_atr(BarPrices bar, double atr) {
  bar.atr = atr;
  return bar;
}

// clang-format off
const std::vector<Case>& cases() {
  static const std::vector<Case>& all = *new std::vector<Case>{
    {"a market order fills at the next open", {kHundred, {101, 105, 99, 104}}, {at(0, buy(5))},
     // 1000 - 5 * 101 = 495; 495 + 5 * 104 = 1015
     {.cash = 495, .units = 5, .equity = 1015, .status = OrderStatus::kFilled, .last_rule = FillRule::kOpen}},
    {"under same_close it fills at the close that decided it", {{100, 103, 99, 102}, kHundred}, {at(0, buy(5))},
     // 1000 - 5 * 102 = 490
     {.cash = 490, .units = 5, .last_rule = FillRule::kClose},
     [](BrokerOptions& o) { o.fill = FillTiming::kSameClose; }},
    {"more than can be paid is cut", {kHundred, kHundred}, {at(0, buy(50))},
     // 1000 / 100 = 10
     {.cash = 0, .units = 10, .status = OrderStatus::kPartlyFilled, .reason = Reason::kNoCash}},
    {"a short brings in cash and owes the units", {kHundred, {100, 100, 90, 90}}, {at(0, sell(5))},
     // 1000 + 5 * 100 = 1500; 1500 - 5 * 90 = 1050
     {.cash = 1500, .units = -5, .equity = 1050}},
    {"a gap through a stop fills at the open", {kHundred, kHundred, {90, 92, 88, 91}}, {at(0, bracket(buy(5), 95, kNaN))},
     // 500 + 5 * 90 = 950, not 5 * 95
     {.cash = 950, .exit = ExitReason::kStopLoss, .ambiguous = false, .last_rule = FillRule::kGap}},
    {"a stop inside the bar fills at its price", {kHundred, kHundred, {98, 99, 94, 97}}, {at(0, bracket(buy(5), 95, kNaN))},
     // 500 + 5 * 95 = 975
     {.cash = 975, .exit = ExitReason::kStopLoss, .last_rule = FillRule::kStopPrice}},
    {"a stop is a market order: it slips", {kHundred, kHundred, {98, 99, 94, 97}}, {at(0, bracket(buy(5), 95, kNaN))},
     // in at 100 * 1.5 = 150: 1000 - 750 = 250; out at 95 * 0.5 = 47.5: 250 + 237.5 = 487.5
     {.cash = 487.5}, [](BrokerOptions& o) { o.slippage = 0.5; }},
    {"a target fills at its price, and does not slip", {kHundred, kHundred, {105, 112, 104, 108}}, {at(0, bracket(buy(5), kNaN, 110))},
     // in at 100 * 1.0625 = 106.25: 1000 - 531.25 = 468.75; out at 110: + 550 = 1018.75
     {.cash = 1018.75, .exit = ExitReason::kTakeProfit, .last_rule = FillRule::kLimitPrice},
     [](BrokerOptions& o) { o.slippage = 0.0625; }},
    {"an open beyond the target fills there", {kHundred, kHundred, {115, 116, 114, 115}}, {at(0, bracket(buy(5), kNaN, 110))},
     // 500 + 5 * 115 = 1075
     {.cash = 1075, .exit = ExitReason::kTakeProfit, .last_rule = FillRule::kGap}},
    {"stop and target in one bar: the stop, ambiguous", {kHundred, kHundred, {100, 112, 94, 105}}, {at(0, bracket(buy(5), 95, 110))},
     {.cash = 975, .exit = ExitReason::kStopLoss, .ambiguous = true}},  // 500 + 5 * 95
    {"stop and target in one bar, best case: the target, ambiguous", {kHundred, kHundred, {100, 112, 94, 105}}, {at(0, bracket(buy(5), 95, 110))},
     {.cash = 1050, .exit = ExitReason::kTakeProfit, .ambiguous = true},  // 500 + 5 * 110
     [](BrokerOptions& o) { o.ambiguity = Ambiguity::kBest; }},
    {"the path open-high-low-close meets the target first", {kHundred, kHundred, {100, 112, 94, 105}}, {at(0, bracket(buy(5), 95, 110))},
     {.cash = 1050, .exit = ExitReason::kTakeProfit, .ambiguous = false},
     [](BrokerOptions& o) { o.ambiguity = Ambiguity::kOpenHighLow; }},
    {"the path open-low-high-close meets the stop first", {kHundred, kHundred, {100, 112, 94, 105}}, {at(0, bracket(buy(5), 95, 110))},
     {.cash = 975, .exit = ExitReason::kStopLoss, .ambiguous = false},
     [](BrokerOptions& o) { o.ambiguity = Ambiguity::kOpenLowHigh; }},
    {"entered at the open: exposed on that bar", {kHundred, {100, 101, 94, 99}}, {at(0, bracket(buy(5), 95, kNaN))},
     {.cash = 975, .exit = ExitReason::kStopLoss, .ambiguous = false}},  // 1000 - 500 + 475
    {"entered at the close: exposed from the next bar", {{100, 101, 90, 100}, {100, 101, 96, 100}}, {at(0, bracket(buy(5), 95, kNaN))},
     {.cash = 500, .units = 5}, [](BrokerOptions& o) { o.fill = FillTiming::kSameClose; }},
    {"entered by a limit inside the bar: its stop is active", {kHundred, {100, 101, 94, 99}}, {at(0, bracket(buy_limit(5, 98), 95, kNaN))},
     // 1000 - 5 * 98 + 5 * 95 = 985
     {.cash = 985, .exit = ExitReason::kStopLoss, .ambiguous = true}},
    {"entered by a limit inside the bar: its target is not", {{99, 99, 99, 99}, {99, 101, 97, 99}}, {at(0, bracket(buy_limit(5, 98), kNaN, 100))},
     {.cash = 510, .units = 5, .ambiguous = true}},  // 1000 - 490
    {"a limit fills at the better of limit and open", {kHundred, {97, 99, 96, 98}}, {at(0, buy_limit(5, 98))},
     {.cash = 515, .units = 5, .last_rule = FillRule::kGap}},  // 1000 - 5 * 97
    {"a touched limit fills", {kHundred, {100, 101, 98, 99}}, {at(0, buy_limit(5, 98))},
     {.cash = 510, .units = 5, .status = OrderStatus::kFilled}},  // 1000 - 5 * 98
    {"a touched limit does not fill where it must be gone through", {kHundred, {100, 101, 98, 99}}, {at(0, buy_limit(5, 98))},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kCancelled, .reason = Reason::kEndOfData},
     [](BrokerOptions& o) { o.limit_fill = LimitFill::kThrough; }},
    {"a buy stop that the bar opens beyond", {kHundred, {107, 108, 106, 107}}, {at(0, buy_stop(5, 105))},
     {.cash = 465, .units = 5, .last_rule = FillRule::kGap}},  // 1000 - 5 * 107
    {"a buy stop inside the bar", {kHundred, {100, 106, 99, 104}}, {at(0, buy_stop(5, 105))},
     {.cash = 475, .units = 5, .last_rule = FillRule::kStopPrice}},  // 1000 - 5 * 105
    {"a stop-limit waits for its limit after a gap", {kHundred, {110, 111, 108, 109}, {108, 109, 105, 107}},
     {at(0, with(buy_stop(5, 105), [](OrderRequest& r) { r.type = OrderType::kStopLimit; r.limit = 106; }))},
     {.cash = 470, .units = 5, .last_rule = FillRule::kLimitPrice}},  // 1000 - 5 * 106
    {"a stop-limit fills at the stop that its limit allows", {kHundred, {100, 107, 99, 104}},
     {at(0, with(buy_stop(5, 105), [](OrderRequest& r) { r.type = OrderType::kStopLimit; r.limit = 106; }))},
     {.cash = 475, .units = 5, .last_rule = FillRule::kStopPrice}},  // 1000 - 5 * 105
    {"a trailing stop by a distance", {kHundred, {100, 110, 99, 108}, {108, 109, 104, 106}},
     {at(0, with(buy(5), [](OrderRequest& r) { r.trailing_stop = StopLevel::distance(5); }))},
     // best 110 after the first bar: 110 - 5 = 105; 500 + 525
     {.cash = 1025, .exit = ExitReason::kTrailingStop}},
    {"a trailing stop moves by completed bars only", {kHundred, {100, 120, 99, 101}, {101, 102, 100, 101}},
     {at(0, with(buy(5), [](OrderRequest& r) { r.trailing_stop = StopLevel::distance(5); }))},
     // inside the first bar it stands at 95; then at 115, which the next open is below: 500 + 5 * 101
     {.cash = 1005, .exit = ExitReason::kTrailingStop, .last_rule = FillRule::kGap}},
    {"a trailing stop by a fraction", {kHundred, {100, 110, 99, 108}, {108, 109, 98, 106}},
     {at(0, with(buy(5), [](OrderRequest& r) { r.trailing_stop = StopLevel::fraction(0.5); }))},
     // 110 * 0.5 = 55: not reached
     {.cash = 500, .units = 5}},
    {"a trailing stop by average true ranges", {with_atr(kHundred, 1.5), {100, 100, 98, 99}, {99, 99, 96, 97}},
     {at(0, with(buy(5), [](OrderRequest& r) { r.trailing_stop = StopLevel::atr(2); }))},
     // 100 - 2 * 1.5 = 97: 500 + 5 * 97
     {.cash = 985, .exit = ExitReason::kTrailingStop}},
    {"a trailing order to buy follows prices down", {kHundred, {98, 99, 90, 91}, {92, 96, 92, 95}},
     {at(0, with(buy(5), [](OrderRequest& r) { r.type = OrderType::kTrailing; r.trail = StopLevel::distance(5); }))},
     // 105, then 90 + 5 = 95: 1000 - 475
     {.cash = 525, .units = 5, .last_rule = FillRule::kStopPrice}},
    {"one cancels the other", {kHundred, kHundred, {100, 111, 99, 110}},
     {at(0, buy(5)), at(1, with(sell_limit(5, 110), [](OrderRequest& r) { r.oco_group = 1; r.reduce_only = true; })),
      at(1, with(sell_stop(5, 95), [](OrderRequest& r) { r.oco_group = 1; r.reduce_only = true; }))},
     {.cash = 1050}},  // 500 + 5 * 110, and the stop never turns it short
    {"immediate or cancel: not marketable", {kHundred, {100, 100, 97, 98}},
     {at(0, with(buy_limit(5, 98), [](OrderRequest& r) { r.time_in_force = TimeInForce::kIoc; }))},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kCancelled, .reason = Reason::kExpired}},
    {"fill or kill: not enough volume", {kHundred, with_volume(kHundred, 30)},
     {at(0, with(buy(10), [](OrderRequest& r) { r.time_in_force = TimeInForce::kFok; }))},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kCancelled, .reason = Reason::kExpired},
     [](BrokerOptions& o) { o.impact.volume_share = 0.1; }},
    {"a day order is over on the next day", {kHundred, kHundred, {98, 98, 90, 95}},
     {at(0, with(buy_limit(5, 95), [](OrderRequest& r) { r.time_in_force = TimeInForce::kDay; }))},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kExpired, .reason = Reason::kExpired}},
    {"good till a date", {kHundred, kHundred, kHundred, {98, 98, 90, 95}},
     {at(0, with(buy_limit(5, 95), [](OrderRequest& r) { r.time_in_force = TimeInForce::kGtd; r.good_till = 2 * kNanosecondsPerDay; }))},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kExpired}},
    {"partly filled, then cancelled", {kHundred, with_volume(kHundred, 30), with_volume(kHundred, 30)},
     {at(0, buy(10)), {1, [](Broker& broker) { broker.cancel(0); }}},
     // 10 % of 30: 3 units; 1000 - 300
     {.cash = 700, .units = 3, .status = OrderStatus::kPartlyFilled, .reason = Reason::kCancelled},
     [](BrokerOptions& o) { o.impact.volume_share = 0.1; }},
    {"filled over several bars", {kHundred, with_volume({100, 100, 100, 100}, 40), with_volume({102, 102, 102, 102}, 40), with_volume({104, 104, 104, 104}, 40)},
     {at(0, buy(10))},
     // 4 * 100 + 4 * 102 + 2 * 104 = 1016 > 1000: the last part is cut to (1000 - 808) / 104 = 1.846...
     {.cash = 0, .units = 8 + 192.0 / 104, .status = OrderStatus::kPartlyFilled, .reason = Reason::kNoCash},
     [](BrokerOptions& o) { o.impact.volume_share = 0.1; }},
    {"a reversal pays two fees", {kHundred, kHundred, {110, 110, 110, 110}}, {at(0, buy(5)), at(1, sell(10))},
     // fees 0.25 of 500, 550, 550: 1000 - 500 - 125 + 550 - 137.5 + 550 - 137.5 = 1200
     {.cash = 1200, .units = -5, .trades = 2, .fees = 400}, [](BrokerOptions& o) { o.commission = 0.25; }},
    {"reduce-only does not turn", {kHundred, kHundred, kHundred},
     {at(0, buy(5)), at(1, with(sell(10), [](OrderRequest& r) { r.reduce_only = true; }))},
     {.cash = 1000, .units = 0, .trades = 1}},
    {"reduce-only with nothing to reduce", {kHundred, kHundred}, {at(0, with(sell(5), [](OrderRequest& r) { r.reduce_only = true; }))},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kRejected, .reason = Reason::kWrongSide}},
    {"a part is sold, then the rest", {kHundred, kHundred, {110, 110, 110, 110}, {120, 120, 120, 120}},
     {at(0, buy(5)), at(1, sell(2)), at(2, sell(3))},
     // 500 + 2 * 110 + 3 * 120 = 1080; one trade, mean exit (220 + 360) / 5 = 116
     {.cash = 1080, .trades = 1}},
    {"a cancelled order does not fill", {kHundred, kHundred, {90, 90, 90, 90}},
     {at(0, buy_limit(5, 95)), {1, [](Broker& broker) { EXPECT_TRUE(broker.cancel(0)); EXPECT_FALSE(broker.cancel(0)); }}},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kCancelled, .reason = Reason::kCancelled}},
    {"a replaced order fills by its new terms", {kHundred, kHundred, {99, 99, 96, 98}},
     {at(0, buy_limit(5, 90)), {1, [](Broker& broker) { EXPECT_TRUE(broker.replace(0, buy_limit(4, 97))); }}},
     {.cash = 612, .units = 4, .status = OrderStatus::kFilled}},  // 1000 - 4 * 97
    {"a split over an open order", {kHundred, {50, 50, 44, 46}}, {at(0, buy_limit(10, 90))},
     // two for one: 20 units at 45; 1000 - 900
     {.cash = 100, .units = 20}, [](BrokerOptions& o) { o.instrument = with_action(CorporateActionKind::kSplit, 1, 2); }},
    {"a split over a position and its stop", {kHundred, kHundred, {50, 51, 47, 50}}, {at(0, bracket(buy(5), 95, kNaN))},
     // 10 units, stop 47.5: 500 + 475
     {.cash = 975, .exit = ExitReason::kStopLoss}, [](BrokerOptions& o) { o.instrument = with_action(CorporateActionKind::kSplit, 2, 2); }},
    {"a dividend on a long", {kHundred, kHundred, {98, 98, 98, 98}}, {at(0, buy(5))},
     // 500 + 5 * 2 = 510; 510 + 5 * 98 = 1000
     {.cash = 510, .units = 5, .equity = 1000}, [](BrokerOptions& o) { o.instrument = with_action(CorporateActionKind::kDividend, 2, 2); }},
    {"a dividend on a short is paid", {kHundred, kHundred, {98, 98, 98, 98}}, {at(0, sell(5))},
     // 1500 - 5 * 2 = 1490; 1490 - 5 * 98 = 1000
     {.cash = 1490, .units = -5, .equity = 1000}, [](BrokerOptions& o) { o.instrument = with_action(CorporateActionKind::kDividend, 2, 2); }},
    {"funding above zero: a long pays", {kHundred, kHundred, kHundred}, {at(0, buy(5))},
     // 500 - 5 * 100 * 0.25
     {.cash = 375, .units = 5}, [](BrokerOptions& o) { o.instrument.funding = {{2 * kNanosecondsPerDay, 0.25}}; }},
    {"funding above zero: a short earns", {kHundred, kHundred, kHundred}, {at(0, sell(5))},
     // 1500 + 5 * 100 * 0.25
     {.cash = 1625, .units = -5}, [](BrokerOptions& o) { o.instrument.funding = {{2 * kNanosecondsPerDay, 0.25}}; }},
    {"leverage borrows cash", {kHundred, {100, 110, 100, 110}}, {at(0, OrderRequest::market(OrderAction::kBuy))},
     // twice the equity: 20 units; 1000 - 2000 = -1000; -1000 + 20 * 110 = 1200
     {.cash = -1000, .units = 20, .equity = 1200}, [](BrokerOptions& o) { o.margin.leverage = 2; }},
    {"a margin call liquidates at the close", {kHundred, {100, 100, 88, 88}}, {at(0, buy(50))},
     // -4000 + 50 * 88 = 400 < 0.125 * 4400 = 550
     {.cash = 400, .exit = ExitReason::kLiquidation},
     [](BrokerOptions& o) { o.margin = {5, 0.125}; }},
    {"more debt than value ruins", {kHundred, {100, 100, 78, 78}, kHundred}, {at(0, buy(50)), at(1, buy(1))},
     // -4000 + 50 * 78 = -100
     {.cash = -100, .exit = ExitReason::kLiquidation}, [](BrokerOptions& o) { o.margin.leverage = 5; }},
    {"a delisting closes at the last price", {kHundred, kHundred, kHundred}, {at(0, buy(5)), at(1, buy_limit(1, 50))},
     // 500 + 5 * 20
     {.cash = 600, .exit = ExitReason::kDelisting}, [](BrokerOptions& o) { o.instrument = with_action(CorporateActionKind::kDelisting, 2, 20); }},
    {"borrowing for a short costs by time", {kHundred, kHundred, kHundred}, {at(0, sell(5))},
     // bars a year of 365 days apart: 500 * 0.125 from bar 1 to bar 2
     {.cash = 1437.5, .units = -5}, [](BrokerOptions& o) { o.financing.borrow = 0.125; }, 365 * kNanosecondsPerDay},
    {"cash earns interest, the proceeds of a short do not", {kHundred, kHundred, kHundred}, {at(1, sell(5))},
     // 1000 * 0.125 to bar 1, 1125 * 0.125 to bar 2 = 1265.625; then + 500
     {.cash = 1765.625, .units = -5}, [](BrokerOptions& o) { o.financing.interest = 0.125; }, 365 * kNanosecondsPerDay},
    {"borrowed cash costs interest", {kHundred, kHundred, kHundred}, {at(0, buy(20))},
     // -1000 * 0.125
     {.cash = -1125, .units = 20}, [](BrokerOptions& o) { o.margin.leverage = 2; o.financing.margin_interest = 0.125; }, 365 * kNanosecondsPerDay},
    {"the least fee", {kHundred, kHundred}, {at(0, buy(5))},
     // 5 * 0.1 + 1 = 1.5 < 5
     {.cash = 495, .units = 5, .fees = 5}, [](BrokerOptions& o) { o.fees.per_unit = 0.1; o.fees.per_order = 1; o.fees.minimum = 5; }},
    {"all cash with a fee per order, in whole units", {kHundred, kHundred}, {at(0, OrderRequest::market(OrderAction::kBuy))},
     // 10 * 100 + 1 > 1000; 9 * 100 + 1 = 901
     {.cash = 99, .units = 9}, [](BrokerOptions& o) { o.fees.per_order = 1; o.size_step = 1; }},
    {"all cash with a fee per order, in any fraction", {kHundred, kHundred}, {at(0, OrderRequest::market(OrderAction::kBuy))},
     // (1000 - 200) / 100
     {.cash = 0, .units = 8, .fees = 200}, [](BrokerOptions& o) { o.fees.per_order = 200; }},
    {"makers pay their own commission", {kHundred, {99, 99, 97, 98}}, {at(0, buy_limit(5, 98))},
     {.cash = 510, .units = 5, .fees = 0}, [](BrokerOptions& o) { o.commission = 0.01; o.fees.maker = 0; }},
    {"tiers by what was traded before", {kHundred, kHundred, kHundred}, {at(0, buy(4)), at(1, buy(1))},
     // 400 * 0.25 = 100; 100 * 0.125 = 12.5
     {.cash = 387.5, .units = 5, .fees = 112.5}, [](BrokerOptions& o) { o.fees.tiers = {{0, 0.25, 0.25}, {400, 0.125, 0.125}}; }},
    {"spread and fixed slippage", {kHundred, kHundred}, {at(0, buy(5))},
     // 100 + 1 + 3 / 2 = 102.5
     {.cash = 487.5, .units = 5}, [](BrokerOptions& o) { o.impact.fixed = 1; o.impact.spread = 3; }},
    {"the price moves with the square of the volume's share", {kHundred, with_volume(kHundred, 10)}, {at(0, buy(5))},
     // share 0.5: 100 * (1 + 0.4 * 0.25) = 110
     {.cash = 450, .units = 5}, [](BrokerOptions& o) { o.impact.impact = 0.4; }},
    {"risk over the distance to the stop", {kHundred, kHundred},
     {at(0, bracket(OrderRequest::market(OrderAction::kBuy, Sizing::risk(0.01)), 95, kNaN))},
     // 0.01 * 1000 / 5 = 2
     {.cash = 800, .units = 2}},
    {"prices on the grid of ticks, against the trader", {kHundred, {100.2, 101, 100, 101}}, {at(0, buy(4))},
     {.cash = 598, .units = 4}, [](BrokerOptions& o) { o.instrument.tick_size = 0.5; }},  // 1000 - 4 * 100.5
    {"a contract's multiplier", {kHundred, {100, 110, 100, 110}}, {at(0, buy(0.5))},
     // 0.5 * 100 * 10 = 500; 500 + 0.5 * 110 * 10 = 1050
     {.cash = 500, .units = 0.5, .equity = 1050}, [](BrokerOptions& o) { o.instrument.multiplier = 10; }},
    {"less than the least value", {kHundred, kHundred}, {at(0, buy(5))},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kRejected, .reason = Reason::kBelowMinimum},
     [](BrokerOptions& o) { o.instrument.minimum_notional = 501; }},
    {"less than a step", {kHundred, kHundred}, {at(0, buy(0.5))},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kRejected, .reason = Reason::kBelowStep},
     [](BrokerOptions& o) { o.size_step = 1; }},
    {"a fall from the peak flattens and blocks", {kHundred, {100, 100, 80, 80}, {81, 81, 81, 81}, kHundred}, {at(0, buy(5)), at(2, buy(1))},
     // equity 900 <= 1000 * 0.9: out at the next open: 500 + 5 * 81 = 905
     {.cash = 905, .exit = ExitReason::kRiskLimit}, [](BrokerOptions& o) { o.risk.max_drawdown = 0.1; }},
    {"a loss of the day blocks until the next", {kHundred, {100, 100, 80, 80}, {80, 80, 80, 80}, {80, 80, 80, 80}, {80, 80, 80, 80}}, {at(0, buy(5)), at(1, buy(1)), at(3, buy(2))},
     // 12-hour bars: bar 1 loses 10 % on day 0 and blocks; bar 2 is day 1: 500 - 2 * 80
     {.cash = 340, .units = 7}, [](BrokerOptions& o) { o.risk.daily_loss = 0.1; o.risk.action = RiskAction::kBlock; }, kNanosecondsPerDay / 2},
    {"the largest position cuts an entry", {kHundred, kHundred}, {at(0, buy(9))},
     // half of 1000 at 100
     {.cash = 500, .units = 5, .status = OrderStatus::kPartlyFilled, .reason = Reason::kRiskLimit},
     [](BrokerOptions& o) { o.risk.max_position = 0.5; }},
    {"an equity floor", {kHundred, {100, 100, 80, 80}, {80, 80, 80, 80}}, {at(0, buy(5))},
     {.cash = 900, .exit = ExitReason::kRiskLimit}, [](BrokerOptions& o) { o.risk.equity_floor = 950; }},  // 500 + 5 * 80
    {"a short's stop that the bar opens beyond", {kHundred, kHundred, {110, 111, 109, 110}}, {at(0, bracket(sell(5), 105, kNaN))},
     {.cash = 950, .exit = ExitReason::kStopLoss, .last_rule = FillRule::kGap}},  // 1500 - 5 * 110
    {"a negative size", {kHundred, kHundred}, {at(0, buy(-5))},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kRejected, .reason = Reason::kInvalid}},
    {"a limit that is no number", {kHundred, kHundred}, {at(0, buy_limit(5, kNaN))},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kRejected, .reason = Reason::kInvalid}},
    {"an unknown symbol", {kHundred, kHundred}, {at(0, with(buy(5), [](OrderRequest& r) { r.symbol = 7; }))},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kRejected, .reason = Reason::kInvalid}},
    {"a stop on the wrong side", {kHundred, kHundred}, {at(0, bracket(buy(5), 105, kNaN))},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kRejected, .reason = Reason::kWrongSide}},
    {"a buy stop below the market", {kHundred, kHundred}, {at(0, buy_stop(5, 95))},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kRejected, .reason = Reason::kWrongSide}},
    {"a missing open fills nothing", {kHundred, {kNaN, 101, 99, 100}, kHundred}, {at(0, buy(5))},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kRejected, .reason = Reason::kNoPrice}},
    {"an order on the last bar", {kHundred, kHundred}, {at(1, buy(5))},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kCancelled, .reason = Reason::kEndOfData}},
    {"a target weight", {kHundred, {125, 125, 125, 125}, {125, 125, 125, 125}},
     {at(0, OrderRequest::target_order(0, Sizing::fraction(0.5)))},
     // 0.5 * 1000 / 125 = 4
     {.cash = 500, .units = 4}},
    {"a target weight is kept by selling", {kHundred, kHundred, {300, 300, 300, 300}},
     {at(0, OrderRequest::target_order(0, Sizing::fraction(0.5))), at(1, OrderRequest::target_order(0, Sizing::fraction(0.5)))},
     // 5 units at 100; equity 500 + 1500 = 2000 at 300: half is 3.33... units; 500 + (5 - 1000 / 300) * 300 = 1000
     {.cash = 1000, .units = 1000.0 / 300}},
    {"a target of the other side turns", {kHundred, kHundred, kHundred},
     {at(0, buy(5)), at(1, OrderRequest::target_order(0, Sizing::units(-5)))},
     {.cash = 1500, .units = -5, .trades = 2}},
    {"closing with nothing held", {kHundred, kHundred}, {at(0, OrderRequest::close())},
     {.cash = 1000, .trades = 0, .status = OrderStatus::kRejected, .reason = Reason::kWrongSide}},
    {"finalize closes at the last close", {kHundred, {100, 100, 90, 90}}, {at(0, buy(5))},
     {.cash = 950, .exit = ExitReason::kFinalize, .last_rule = FillRule::kMark}, [](BrokerOptions& o) { o.finalize = true; }},
  };
  return all;
}
// clang-format on

class BrokerCases : public ::testing::TestWithParam<std::size_t> {};

TEST_P(BrokerCases, ComesOutAsWorkedByHand) {
  const Case& it = cases()[GetParam()];
  SCOPED_TRACE(it.name);
  BrokerOptions options;
  options.cash = 1000;
  if (it.options) it.options(options);
  auto made = Broker::create(options);
  ASSERT_TRUE(made.ok()) << made.error().message;
  Broker broker = *made;
  for (std::size_t t = 0; t < it.bars.size(); ++t) {
    broker.begin(static_cast<Nanoseconds>(t) * it.step, it.bars[t]);
    for (const Step& step : it.steps) {
      if (step.bar == static_cast<std::int64_t>(t)) step.act(broker);
    }
    broker.end();
  }
  const double equity = broker.equity(), units = broker.position().units;
  const Simulation run = broker.finish();
  const Expected& expected = it.expected;
  EXPECT_DOUBLE_EQ(run.final_cash, expected.cash);
  EXPECT_DOUBLE_EQ(run.final_units, expected.units);
  if (!options.finalize) {
    EXPECT_DOUBLE_EQ(units, expected.units);
  }
  if (expected.equity) {
    EXPECT_DOUBLE_EQ(equity, *expected.equity);
  }
  ASSERT_EQ(run.trades.size(), expected.trades);
  if (expected.exit) {
    EXPECT_STREQ(exit_reason_name(run.trades.back().exit_reason), exit_reason_name(*expected.exit));
  }
  if (expected.ambiguous) {
    EXPECT_EQ(run.trades.back().ambiguous, *expected.ambiguous);
  }
  if (expected.status) {
    EXPECT_STREQ(order_status_name(run.orders[0].status), order_status_name(*expected.status));
  }
  if (expected.reason) {
    EXPECT_STREQ(reason_name(run.orders[0].reason), reason_name(*expected.reason));
  }
  if (expected.last_rule) {
    EXPECT_STREQ(fill_rule_name(run.orders.back().fill_rule), fill_rule_name(*expected.last_rule));
  }
  if (expected.fees) {
    EXPECT_DOUBLE_EQ(run.fees, *expected.fees);
  }
  // Rule 8: what trades earned, with interest, is what the account has gained.
  double pnl = run.interest;
  for (const Trade& trade : run.trades) pnl += trade.pnl;
  EXPECT_NEAR(equity - options.cash, pnl + (options.finalize ? -run.fees : 0), 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Table, BrokerCases, ::testing::Range<std::size_t>(0, cases().size()));

}  // namespace
}  // namespace peak
