#include "report/trade_record.hpp"

#include <utility>

namespace peak::report {

Nanoseconds time_of_bar(const Bars& bars, std::int64_t bar) {
  if (bar < 0 || static_cast<std::size_t>(bar) >= bars.size()) return kNoTime;
  return bars.time()[static_cast<std::size_t>(bar)];
}

std::vector<TradeRecord> trade_records(const BacktestResult& result) {
  const std::vector<Excursion> excursions_of_trades = excursions(result);
  const auto last_bar = static_cast<std::int64_t>(result.bars.size()) - 1;
  std::vector<TradeRecord> records;
  records.reserve(result.simulation.trades.size());
  for (const Trade& trade : result.simulation.trades) {
    TradeRecord record;
    record.trade = trade;
    record.entry_time = time_of_bar(result.bars, trade.entry_bar);
    record.exit_time = is_open(trade) ? kNoTime : time_of_bar(result.bars, trade.exit_bar);
    record.fees = trade.entry_fee + trade.exit_fee;
    record.bars = (is_open(trade) ? last_bar : trade.exit_bar) - trade.entry_bar;
    if (records.size() < excursions_of_trades.size()) record.excursion = excursions_of_trades[records.size()];
    record.tag = tag_of(result.simulation, trade);
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace peak::report
