// Store listing: rows of a trade store as a table for people or as JSON, shared by `peak db` and `peak runs`.
#pragma once

#include <string>

#include "peak/report/text_table.hpp"
#include "peak/store/trade_store.hpp"
#include "report/json_writer.hpp"

namespace peak::command {

/// "12.5", "SPY"; NULL is empty.
[[nodiscard]] std::string value_text(const store::Value& value);
void write_value(report::JsonWriter& json, const store::Value& value);

/// A table of all rows, with their number below it. Times, by the names that columns of a store have, are written out;
/// in JSON they stay nanoseconds.
[[nodiscard]] std::string rows_text(const store::QueryRows& rows, const TextStyle& style);
/// An array with an object for each row.
void write_rows(report::JsonWriter& json, const store::QueryRows& rows);

}  // namespace peak::command
