// The run's JSON object for a writer of any style: to_json writes it for people and programs, the page embeds it.
#pragma once

#include <string_view>

#include "peak/report/json.hpp"
#include "report/json_writer.hpp"
#include "report/trade_record.hpp"

namespace peak::report {

// A key with its value, null for what is missing.
void time_or_null(JsonWriter& json, std::string_view name, Nanoseconds time);
void bar_or_null(JsonWriter& json, std::string_view name, std::int64_t bar);
void text_or_null(JsonWriter& json, std::string_view name, std::string_view value);
/// Null for NaN.
void number_or_null(JsonWriter& json, std::string_view name, double value);

/// The objects of JSON's lists: a trade with the columns of trades_csv, an order with those of orders_csv.
void write_trade(JsonWriter& json, const TradeRecord& record, const std::string& symbol);
void write_order(JsonWriter& json, const Order& order, const BacktestResult& result);

/// The object of peak/report/json.hpp; options.indent is the writer's business.
void write_result(JsonWriter& json, const BacktestResult& result, const JsonOptions& options);

/// Why a metric is null; empty for one that is defined.
[[nodiscard]] std::string_view undefined_reason(const Metrics& metrics, Metric metric);

}  // namespace peak::report
