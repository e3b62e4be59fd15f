// Writing trades and prices.
#include <algorithm>
#include <cmath>

#include "peak/store/trade_store.hpp"
#include "store/sqlite/connection.hpp"

namespace peak::store {
namespace {

/// The trades' fields that the file's table has: one that someone else made may lack the optional ones.
Result<std::vector<std::string>> stored_fields(Connection& connection) {
  PEAK_ASSIGN_OR_RETURN(const std::vector<TableColumns> tables, connection.tables());
  for (const TableColumns& table : tables) {
    if (table.table != "trades") continue;
    std::vector<std::string> fields;
    for (const std::string& field : trade_fields()) {
      if (std::find(table.columns.begin(), table.columns.end(), field) != table.columns.end()) fields.push_back(field);
    }
    for (const std::string& field : required_trade_fields()) {
      if (std::find(fields.begin(), fields.end(), field) == fields.end()) {
        return bad_data("'" + connection.path() + "': its table trades has no column '" + field + "'");
      }
    }
    return fields;
  }
  return bad_data("'" + connection.path() + "' has no table trades; 'peak db create' makes it");
}

bool is_stored(const std::vector<std::string>& fields, const char* field) {
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

/// A value that was given for a field that the table lacks would be lost.
Error no_column(const Connection& connection, const char* field) {
  return bad_data("'" + connection.path() + "': its table trades has no column '" + field +
                  "', so that field of the trades would be lost; leave it out or add the column");
}

class TradeWriter {
 public:
  TradeWriter(Connection& connection, Statement statement, const std::vector<std::string>& fields)
      : connection_(connection), statement_(std::move(statement)) {
    for (const std::string& field : fields) place_of(field) = ++count_;
  }

  Status write(std::string_view symbol, std::string_view side, double quantity, double price, Nanoseconds timestamp) {
    statement_.bind(symbol_, symbol);
    statement_.bind(side_, side);
    statement_.bind(quantity_, quantity);
    statement_.bind(price_, price);
    statement_.bind(timestamp_, timestamp);
    const int code = statement_.step();
    statement_.reset();
    if (code != SQLITE_DONE) return connection_.error(code);
    return {};
  }

  void set_fees(double value) {
    if (fees_ != 0) statement_.bind(fees_, value);
  }
  void set_strategy(std::string_view value) { set_text(strategy_, value); }
  void set_tag(std::string_view value) { set_text(tag_, value); }

 private:
  void set_text(int place, std::string_view value) {
    if (place == 0) return;
    value.empty() ? statement_.bind_null(place) : statement_.bind(place, value);
  }
  int& place_of(const std::string& field) {
    if (field == "symbol") return symbol_;
    if (field == "side") return side_;
    if (field == "quantity") return quantity_;
    if (field == "price") return price_;
    if (field == "timestamp") return timestamp_;
    if (field == "fees") return fees_;
    return field == "strategy" ? strategy_ : tag_;
  }
  Connection& connection_;
  Statement statement_;
  int count_ = 0;
  int symbol_ = 0, side_ = 0, quantity_ = 0, price_ = 0, timestamp_ = 0, fees_ = 0, strategy_ = 0, tag_ = 0;
};

std::string_view text_at(const Column& column, std::size_t row) {
  if (column.size() == 0) return {};
  const std::int32_t code = column.codes()[row];
  return code < 0 ? std::string_view() : std::string_view((*column.dictionary())[static_cast<std::size_t>(code)]);
}

}  // namespace

Result<std::int64_t> TradeStore::insert_trades(std::span<const TradeRow> trades) {
  PEAK_ASSIGN_OR_RETURN(const std::vector<std::string> fields, stored_fields(*connection_));
  Transaction transaction(*connection_);
  PEAK_RETURN_IF_ERROR(transaction.begin());
  PEAK_ASSIGN_OR_RETURN(Statement statement, connection_->prepare(insert_sql("trades", fields)));
  TradeWriter writer(*connection_, std::move(statement), fields);
  for (std::size_t row = 0; row < trades.size(); ++row) {
    const TradeRow& trade = trades[row];
    PEAK_RETURN_IF_ERROR(check_trade(trade, row));
    if (trade.fees && !is_stored(fields, "fees")) return no_column(*connection_, "fees");
    if (!trade.strategy.empty() && !is_stored(fields, "strategy")) return no_column(*connection_, "strategy");
    if (!trade.tag.empty() && !is_stored(fields, "tag")) return no_column(*connection_, "tag");
    writer.set_fees(trade.fees.value_or(std::nan("")));
    writer.set_strategy(trade.strategy);
    writer.set_tag(trade.tag);
    PEAK_RETURN_IF_ERROR(writer.write(trade.symbol, trade.side, trade.quantity, trade.price, trade.timestamp));
  }
  PEAK_RETURN_IF_ERROR(transaction.commit());
  return static_cast<std::int64_t>(trades.size());
}

Result<std::int64_t> TradeStore::insert_trades(const TradeColumns& trades) {
  PEAK_ASSIGN_OR_RETURN(const std::vector<std::string> fields, stored_fields(*connection_));
  const std::pair<const char*, const Column*> optional[] = {
      {"fees", &trades.fees}, {"strategy", &trades.strategy}, {"tag", &trades.tag}};
  for (const auto& [field, column] : optional) {
    if (column->size() != 0 && !is_stored(fields, field)) return no_column(*connection_, field);
  }
  Transaction transaction(*connection_);
  PEAK_RETURN_IF_ERROR(transaction.begin());
  PEAK_ASSIGN_OR_RETURN(Statement statement, connection_->prepare(insert_sql("trades", fields)));
  TradeWriter writer(*connection_, std::move(statement), fields);
  const std::size_t rows = trades.rows();
  for (std::size_t row = 0; row < rows; ++row) {
    if (trades.fees.size() != 0) writer.set_fees(trades.fees.float64s()[row]);
    writer.set_strategy(text_at(trades.strategy, row));
    writer.set_tag(text_at(trades.tag, row));
    PEAK_RETURN_IF_ERROR(writer.write(text_at(trades.symbol, row), text_at(trades.side, row),
                                      trades.quantity.float64s()[row], trades.price.float64s()[row],
                                      trades.timestamp.int64s()[row]));
  }
  PEAK_RETURN_IF_ERROR(transaction.commit());
  return static_cast<std::int64_t>(rows);
}

Result<std::int64_t> TradeStore::update_prices(std::span<const std::pair<std::string, double>> prices) {
  Transaction transaction(*connection_);
  PEAK_RETURN_IF_ERROR(transaction.begin());
  PEAK_ASSIGN_OR_RETURN(Statement statement,
                        connection_->prepare("UPDATE positions SET current_price = ?1 WHERE symbol = ?2"));
  std::int64_t changed = 0;
  for (const auto& [symbol, price] : prices) {
    if (!std::isfinite(price)) {
      return bad_data("prices['" + symbol + "']: " + std::to_string(price) + " is not a finite number");
    }
    statement.bind(1, price);
    statement.bind(2, std::string_view(symbol));
    PEAK_RETURN_IF_ERROR(connection_->finish(statement));
    changed += sqlite3_changes(connection_->get());
  }
  PEAK_RETURN_IF_ERROR(transaction.commit());
  return changed;
}

}  // namespace peak::store
