#include "peak/store/run_rows.hpp"

#include <cmath>

#include "peak/report/json.hpp"

namespace peak::store {
namespace {

Value number(double value) { return std::isfinite(value) ? Value(value) : Value(); }
Value time_at(const Bars& bars, std::int64_t bar) {
  return bar < 0 || static_cast<std::size_t>(bar) >= bars.size() ? Value() : bars.time()[static_cast<std::size_t>(bar)];
}
Value text(const std::string& value) { return value.empty() ? Value() : Value(value); }

/// The character that JsonWriter wrote as the escape at `at`, which is left on the escape's last character.
std::string unescaped(std::string_view document, std::size_t& at) {
  const char kind = ++at < document.size() ? document[at] : '\\';
  switch (kind) {
    case 'n': return "\n";
    case 't': return "\t";
    case 'r': return "\r";
    case 'b': return "\b";
    case 'f': return "\f";
    case 'u': {
      int code = 0;
      for (int digit = 0; digit < 4 && at + 1 < document.size(); ++digit) {
        const char c = document[++at];
        code = code * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
      }
      return {1, static_cast<char>(code)};  // only control characters are written so
    }
    default: return {1, kind};
  }
}

/// The object of parameters as it stands in a document without white space.
std::string parameters_in(const std::string& document) {
  static const std::string kKey = ",\"params\":";
  const std::size_t at = document.find(kKey + "{");
  if (at == document.npos) return "{}";
  const std::size_t begin = at + kKey.size();
  return document.substr(begin, document.find('}', begin) + 1 - begin);
}

std::vector<Value> trade_row(const BacktestResult& result, std::size_t number_of_trade, const Excursion& excursion) {
  const Trade& trade = result.simulation.trades[number_of_trade];
  const bool open = trade.status == TradeStatus::kOpen;
  const std::int64_t last = static_cast<std::int64_t>(result.bars.size()) - 1;
  return {Value(),
          static_cast<std::int64_t>(number_of_trade),
          result.symbol_of(trade.symbol),
          side_name(trade.side),
          trade.quantity,
          trade.entry_bar,
          time_at(result.bars, trade.entry_bar),
          trade.entry_price,
          open ? Value() : Value(trade.exit_bar),
          open ? Value() : time_at(result.bars, trade.exit_bar),
          open ? Value() : Value(trade.exit_price),
          trade.entry_fee + trade.exit_fee,
          number(trade.pnl),
          number(trade.return_fraction),
          (open ? last : trade.exit_bar) - trade.entry_bar,
          number(excursion.mae),
          number(excursion.mfe),
          text(exit_reason_name(trade.exit_reason)),
          static_cast<std::int64_t>(trade.ambiguous),
          trade_status_name(trade.status)};
}

}  // namespace

std::vector<Value> run_row(const BacktestResult& result, Nanoseconds created_at, const std::string& name,
                           const std::string& data_path, const std::vector<std::string>& command) {
  JsonOptions json;
  json.data_path = data_path;
  json.indent = 0;
  json.command = command;
  std::string document = to_json(result, json);
  const std::string& strategy = result.strategy.name;
  const auto last = static_cast<std::int64_t>(result.bars.size()) - 1;
  return {created_at,
          name.empty() ? strategy : name,
          strategy,
          parameters_in(document),
          result.fingerprint().hex(),
          result.bars.symbol(),
          text(data_path),
          (result.panel != nullptr ? result.panel->fingerprint() : result.bars.fingerprint()).hex(),
          time_at(result.bars, 0),
          time_at(result.bars, last),
          last + 1,
          static_cast<std::int64_t>(result.simulation.trades.size()),
          number(result.metrics[Metric::kFinalEquity]),
          number(result.metrics[Metric::kTotalReturn]),
          number(result.metrics[Metric::kSharpe]),
          number(result.metrics[Metric::kMaxDrawdown]),
          std::string(engine_version()),
          std::move(document)};
}

std::vector<std::string> command_of(std::string_view document) {
  static constexpr std::string_view kKey = ",\"command\":[";
  const std::size_t key = document.find(kKey);
  std::vector<std::string> words;
  if (key == document.npos) return words;
  bool inside = false;
  for (std::size_t at = key + kKey.size(); at < document.size(); ++at) {
    const char c = document[at];
    if (c == '"') {
      inside = !inside;
      if (inside) words.emplace_back();
    } else if (inside) {
      words.back() += c == '\\' ? unescaped(document, at) : std::string(1, c);
    } else if (c == ']') {
      break;
    }
  }
  return words;
}

std::vector<std::vector<Value>> run_trade_rows(const BacktestResult& result) {
  const std::vector<Excursion> extremes = excursions(result);
  std::vector<std::vector<Value>> rows;
  rows.reserve(result.simulation.trades.size());
  for (std::size_t i = 0; i < result.simulation.trades.size(); ++i) {
    rows.push_back(trade_row(result, i, i < extremes.size() ? extremes[i] : Excursion()));
  }
  return rows;
}

const char* same_run_sql() { return "SELECT id FROM runs WHERE fingerprint = ? AND name = ?"; }

}  // namespace peak::store
