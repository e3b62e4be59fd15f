#include "peak/report/csv.hpp"

#include "report/csv_text.hpp"
#include "report/trade_record.hpp"
#include "report/whole_file.hpp"

namespace peak {
namespace report {
namespace {

void add_trade(CsvText& csv, const TradeRecord& record, const std::string& symbol) {
  const Trade& trade = record.trade;
  const bool open = is_open(trade);
  csv.text(symbol);
  csv.text(side_name(trade.side));
  csv.number(trade.quantity);
  csv.bar(trade.entry_bar);
  csv.time(record.entry_time);
  csv.number(trade.entry_price);
  csv.bar(open ? kNoBar : trade.exit_bar);
  csv.time(record.exit_time);
  csv.number(open ? std::nan("") : trade.exit_price);
  csv.number(record.fees);
  csv.number(trade.pnl);
  csv.number(trade.return_fraction);
  csv.bar(record.bars);
  csv.number(record.excursion.mae);
  csv.number(record.excursion.mfe);
  csv.text(exit_reason_name(trade.exit_reason));
  csv.boolean(trade.ambiguous);
  csv.text(trade_status_name(trade.status));
  csv.number(trade.income);
  csv.text(record.tag);
  csv.end_line();
}

void add_order(CsvText& csv, const Order& order, const BacktestResult& result) {
  const Bars& bars = result.bars;
  if (result.panel != nullptr) csv.text(result.symbol_of(order.symbol));
  csv.bar(order.decision_bar);
  csv.time(time_of_bar(bars, order.decision_bar));
  csv.bar(order.fill_bar);
  csv.time(time_of_bar(bars, order.fill_bar));
  csv.text(order_action_name(order.action));
  csv.text(order_purpose_name(order.purpose));
  csv.text(side_name(order.side));
  csv.text(order_status_name(order.status));
  csv.text(reason_name(order.reason));
  csv.number(order.quantity);
  csv.number(order.fill_bar == kNoBar ? std::nan("") : order.price);
  csv.number(order.fee);
  csv.text(order_type_name(order.type));
  csv.text(tag_of(result.simulation, order));
  csv.end_line();
}

}  // namespace
}  // namespace report

std::string trades_csv(const BacktestResult& result) {
  report::CsvText csv(
      "symbol,side,quantity,entry_bar,entry_time,entry_price,exit_bar,exit_time,exit_price,fees,pnl,return,bars,mae,"
      "mfe,"
      "exit_reason,ambiguous,status,income,tag");
  for (const report::TradeRecord& record : report::trade_records(result)) {
    report::add_trade(csv, record, result.symbol_of(record.trade.symbol));
  }
  return csv.take();
}

std::string orders_csv(const BacktestResult& result) {
  const std::string names =
      "decision_bar,decision_time,fill_bar,fill_time,action,purpose,side,status,reason,quantity,price,fee,type,tag";
  report::CsvText csv(result.panel != nullptr ? "symbol," + names : names);
  for (const Order& order : result.simulation.orders) report::add_order(csv, order, result);
  return csv.take();
}

std::string equity_csv(const BacktestResult& result) {
  report::CsvText csv("time,equity,return,in_position");
  const Simulation& simulation = result.simulation;
  for (std::size_t bar = 0; bar < simulation.equity.size(); ++bar) {
    csv.time(result.bars.time()[bar]);
    csv.number(simulation.equity[bar]);
    csv.number(simulation.returns[bar]);
    csv.boolean(simulation.in_position.view()[bar]);
    csv.end_line();
  }
  return csv.take();
}

Status write_trades_csv(const BacktestResult& result, const std::string& path) {
  return report::write_whole_file(path, trades_csv(result));
}
Status write_orders_csv(const BacktestResult& result, const std::string& path) {
  return report::write_whole_file(path, orders_csv(result));
}
Status write_equity_csv(const BacktestResult& result, const std::string& path) {
  return report::write_whole_file(path, equity_csv(result));
}

}  // namespace peak
