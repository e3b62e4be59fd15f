#include "report/page_data.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "peak/metrics/drawdown.hpp"
#include "peak/strategy/file.hpp"
#include "report/calendar_returns.hpp"
#include "report/column_code.hpp"
#include "report/json_sections.hpp"
#include "report/metric_groups.hpp"
#include "report/number_text.hpp"
#include "report/reproduction.hpp"
#include "report/trade_record.hpp"

namespace peak::report {
namespace {

using Layout = JsonWriter::Layout;
constexpr std::size_t kFewestPoints = 1000;
constexpr std::size_t kDeepestDrawdowns = 10;
constexpr std::int64_t kNanosecondsPerMicrosecond = 1000;  // a page's times are whole microseconds: exact in a double

std::int64_t microseconds(Nanoseconds time) { return time == kNoTime ? 0 : time / kNanosecondsPerMicrosecond; }

/// Bars joined `size` at a time.
class Points {
 public:
  Points(std::size_t bars, std::size_t most)
      : bars_(bars), size_(std::max<std::size_t>(1, (bars + most - 1) / std::max(most, kFewestPoints))) {
    if (most < kFewestPoints) size_ = std::max<std::size_t>(1, (bars + kFewestPoints - 1) / kFewestPoints);
  }
  [[nodiscard]] std::size_t size() const { return size_; }

  /// One value for each point: `join` of the point's bars.
  template <typename T, typename Join>
  [[nodiscard]] std::vector<T> joined(std::span<const T> values, const Join& join) const {
    std::vector<T> out;
    out.reserve(bars_ / size_ + 1);
    for (std::size_t first = 0; first < bars_; first += size_) {
      out.push_back(join(values.subspan(first, std::min(size_, bars_ - first))));
    }
    return out;
  }

 private:
  std::size_t bars_;
  std::size_t size_;
};

double first_defined(std::span<const double> values) {
  const auto found = std::find_if(values.begin(), values.end(), [](double v) { return !std::isnan(v); });
  return found == values.end() ? std::nan("") : *found;
}
double last_defined(std::span<const double> values) {
  const auto found = std::find_if(values.rbegin(), values.rend(), [](double v) { return !std::isnan(v); });
  return found == values.rend() ? std::nan("") : *found;
}
double highest(std::span<const double> values) {
  double best = std::nan("");
  for (const double value : values) best = std::fmax(best, value);
  return best;
}
double lowest(std::span<const double> values) {
  double best = std::nan("");
  for (const double value : values) best = std::fmin(best, value);
  return best;
}

/// Equity below its last peak, as a fraction; the first peak is the cash (rule 10).
std::vector<double> drawdown_column(const BacktestResult& result) {
  std::vector<double> column;
  column.reserve(result.simulation.equity.size());
  double peak = result.broker.cash;
  for (const double equity : result.simulation.equity) {
    peak = std::fmax(peak, equity);
    column.push_back(equity / peak - 1);
  }
  return column;
}

/// Decimals that leave money nine significant digits: closer than a pixel or a printed cent.
int money_decimals(std::span<const double> values) {
  double largest = 1;
  for (const double value : values) largest = std::fmax(largest, std::fabs(value));
  return std::isfinite(largest) ? std::clamp(8 - static_cast<int>(std::log10(largest)), 2, 8) : 2;
}

void write_bars(JsonWriter& json, const BacktestResult& result, const ReportOptions& options) {
  const Bars& bars = result.bars;
  const Points points(bars.size(), options.max_points);
  json.key("bars");
  json.begin_object();
  json.integer("count", static_cast<std::int64_t>(bars.size()));
  json.integer("per_point", static_cast<std::int64_t>(points.size()));
  json.integer("price_decimals", price_decimals(bars.close()));
  json.key("time");
  write_whole(json, points.joined(bars.time(), [](auto times) { return microseconds(times.front()); }));
  const auto price = [&](const char* name, std::span<const double> values, double (*join)(std::span<const double>)) {
    json.key(name);
    points.size() == 1 ? write_exact(json, values) : write_exact(json, points.joined(values, join));
  };
  price("open", bars.open(), first_defined);
  price("high", bars.high(), highest);
  price("low", bars.low(), lowest);
  price("close", bars.close(), last_defined);
  const std::span<const double> equity(result.simulation.equity);
  json.key("equity");
  write_rounded(json, points.joined(equity, last_defined), money_decimals(equity));
  const std::vector<double> drawdown = drawdown_column(result);
  json.key("drawdown");
  write_rounded(json, points.joined(std::span<const double>(drawdown), lowest), 6);
  json.end_object();
}

void write_trades(JsonWriter& json, const BacktestResult& result) {
  const std::vector<TradeRecord> records = trade_records(result);
  const auto whole = [&](const char* name, const auto& value_of) {
    std::vector<std::int64_t> values;
    for (const TradeRecord& record : records) values.push_back(static_cast<std::int64_t>(value_of(record)));
    json.key(name);
    write_whole(json, values);
  };
  const auto exact = [&](const char* name, const auto& value_of) {
    std::vector<double> values;
    for (const TradeRecord& record : records) values.push_back(value_of(record));
    json.key(name);
    write_exact(json, values);
  };
  json.key("trades");
  json.begin_object();
  json.integer("count", static_cast<std::int64_t>(records.size()));
  if (result.panel != nullptr) {
    whole("symbol", [](const TradeRecord& r) { return r.trade.symbol; });
    json.key("symbols");
    json.begin_array();
    for (std::size_t s = 0; s < result.panel->symbols(); ++s) json.text(result.panel->symbol(s));
    json.end_array();
  }
  whole("short", [](const TradeRecord& r) { return r.trade.side == Side::kShort; });
  whole("open", [](const TradeRecord& r) { return is_open(r.trade); });
  whole("exit_reason", [](const TradeRecord& r) { return static_cast<int>(r.trade.exit_reason); });
  whole("entry_bar", [](const TradeRecord& r) { return r.trade.entry_bar; });
  whole("exit_bar",
        [](const TradeRecord& r) { return is_open(r.trade) ? r.trade.entry_bar + r.bars : r.trade.exit_bar; });
  whole("entry_time", [](const TradeRecord& r) { return microseconds(r.entry_time); });
  whole("exit_time", [](const TradeRecord& r) { return microseconds(is_open(r.trade) ? r.entry_time : r.exit_time); });
  whole("bars", [](const TradeRecord& r) { return r.bars; });
  exact("quantity", [](const TradeRecord& r) { return r.trade.quantity; });
  exact("entry_price", [](const TradeRecord& r) { return r.trade.entry_price; });
  exact("exit_price", [](const TradeRecord& r) { return r.trade.exit_price; });
  exact("fees", [](const TradeRecord& r) { return r.fees; });
  exact("pnl", [](const TradeRecord& r) { return r.trade.pnl; });
  exact("return", [](const TradeRecord& r) { return r.trade.return_fraction; });
  exact("mae", [](const TradeRecord& r) { return r.excursion.mae; });
  exact("mfe", [](const TradeRecord& r) { return r.excursion.mfe; });
  json.key("exit_reasons");
  json.begin_array(Layout::kOneLine);
  for (int reason = 0; reason <= static_cast<int>(kLastExitReason); ++reason) {
    json.text(exit_reason_name(static_cast<ExitReason>(reason)));
  }
  json.end_array();
  json.end_object();
}

void write_unfilled(JsonWriter& json, const BacktestResult& result) {
  std::vector<Order> orders;
  for (const Order& order : result.simulation.orders) {
    if (order.status != OrderStatus::kFilled) orders.push_back(order);
  }
  const auto whole = [&](const char* name, const auto& value_of) {
    std::vector<std::int64_t> values;
    for (const Order& order : orders) values.push_back(static_cast<std::int64_t>(value_of(order)));
    json.key(name);
    write_whole(json, values);
  };
  json.key("unfilled");
  json.begin_object();
  json.integer("count", static_cast<std::int64_t>(orders.size()));
  whole("bar", [](const Order& order) { return order.decision_bar; });
  whole("time", [&](const Order& order) { return microseconds(time_of_bar(result.bars, order.decision_bar)); });
  whole("sell", [](const Order& order) { return order.action == OrderAction::kSell; });
  whole("purpose", [](const Order& order) { return order.purpose; });
  whole("short", [](const Order& order) { return order.side == Side::kShort; });
  whole("status", [](const Order& order) { return order.status; });
  whole("reason", [](const Order& order) { return order.reason; });
  const auto names = [&](const char* key, int last, const auto& name_of) {
    json.key(key);
    json.begin_array(Layout::kOneLine);
    for (int code = 0; code <= last; ++code) json.text(name_of(code));
    json.end_array();
  };
  names("purposes", static_cast<int>(kLastOrderPurpose),
        [](int code) { return order_purpose_name(static_cast<OrderPurpose>(code)); });
  names("statuses", static_cast<int>(kLastOrderStatus),
        [](int code) { return order_status_name(static_cast<OrderStatus>(code)); });
  names("reasons", static_cast<int>(kLastReason), [](int code) { return reason_name(static_cast<Reason>(code)); });
  json.end_object();
}

void write_metric_groups(JsonWriter& json) {
  json.key("metric_groups");
  json.begin_array();
  for (std::size_t group = 0; group < kMetricGroups.size(); ++group) {
    json.begin_object(Layout::kOneLine);
    json.text("title", kMetricGroups[group].title);
    json.key("metrics");
    json.begin_array();
    for (int metric = static_cast<int>(kMetricGroups[group].first); metric < static_cast<int>(group_end(group));
         ++metric) {
      const MetricInfo& info = metric_info(static_cast<Metric>(metric));
      json.begin_object();
      json.text("name", info.name);
      json.text("title", info.title);
      json.text("unit", info.unit);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

void write_years(JsonWriter& json, const BacktestResult& result) {
  json.key("years");
  json.begin_array();
  for (const YearReturns& year : calendar_returns(result)) {
    json.begin_object(Layout::kOneLine);
    json.integer("year", year.year);
    json.key("months");
    json.begin_array();
    for (const double month : year.months) json.number(month);
    json.end_array();
    json.number("total", year.total);
    json.number("benchmark", year.benchmark);
    json.end_object();
  }
  json.end_array();
}

void write_drawdowns(JsonWriter& json, const BacktestResult& result) {
  json.key("drawdowns");
  json.begin_array();
  for (const Drawdown& fall : drawdowns(result.simulation.equity, result.broker.cash, kDeepestDrawdowns)) {
    json.begin_object(Layout::kOneLine);
    json.integer("peak_bar", fall.peak_bar);
    json.integer("trough_bar", fall.trough_bar);
    json.integer("recovery_bar", fall.recovery_bar);
    json.integer("peak_time", microseconds(time_of_bar(result.bars, std::max<std::int64_t>(fall.peak_bar, 0))));
    json.integer("trough_time", microseconds(time_of_bar(result.bars, fall.trough_bar)));
    json.integer("recovery_time", microseconds(time_of_bar(result.bars, fall.recovery_bar)));
    json.number("depth", fall.depth);
    json.integer("bars", fall.bars);
    json.end_object();
  }
  json.end_array();
}

void write_reproduction(JsonWriter& json, const BacktestResult& result, const ReportOptions& options) {
  static constexpr const char* kSources[] = {"builtin", "file", "written", "signals"};
  const StrategySource source = strategy_source(result, options);
  json.key("reproduction");
  json.begin_object();
  json.text("source", kSources[static_cast<std::size_t>(source)]);
  json.text("command", command_line(result, options));
  json.text("python", python_lines(result, options));
  json.text("description", result.strategy.description);
  json.text("strategy", source == StrategySource::kSignals ? "" : to_toml(result.strategy));
  json.end_object();
}

}  // namespace

std::string page_title(const BacktestResult& result, const ReportOptions& options) {
  if (!options.title.empty()) return options.title;
  const std::string& symbol = result.bars.symbol();
  return symbol.empty() ? result.strategy.name : result.strategy.name + " on " + symbol;
}

std::string page_data(const BacktestResult& result, const ReportOptions& options) {
  JsonWriter json({.indent = 0, .html_safe = true});
  json.begin_object();
  json.text("title", page_title(result, options));
  json.key("result");
  write_result(json, result, {.data_path = options.data_path});
  write_metric_groups(json);
  write_bars(json, result, options);
  write_trades(json, result);
  write_unfilled(json, result);
  write_years(json, result);
  write_drawdowns(json, result);
  write_reproduction(json, result, options);
  json.end_object();
  return json.take();
}

}  // namespace peak::report
