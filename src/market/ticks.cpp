#include "peak/market/ticks.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "peak/base/suggest.hpp"
#include "peak/base/time_range.hpp"
#include "peak/market/resample.hpp"
#include "peak/table/rows.hpp"

namespace peak {
namespace {

struct Ticks {
  Column time, price, size;  ///< size is empty where there is none
};

const Column* number(const Table& table, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const Column* column = table.find(name);
    if (column != nullptr && (column->type() == ColumnType::kFloat64 || column->type() == ColumnType::kInt64))
      return column;
  }
  return nullptr;
}

Column middle_of(const Column& bid, const Column& ask) {
  const Column bids = bid.as_float64(), asks = ask.as_float64();
  std::vector<double> middle(bids.size());
  for (std::size_t i = 0; i < middle.size(); ++i) middle[i] = (bids.float64s()[i] + asks.float64s()[i]) / 2;
  return Column::own("price", std::move(middle));
}

Result<Ticks> ticks_of(const Table& table) {
  Ticks ticks;
  for (const Column& column : table.columns) {
    if (ticks.time.size() == 0 && column.type() == ColumnType::kTime) ticks.time = column;
    if (column.size() != table.rows()) return bad_data("columns of ticks differ in length");
  }
  if (ticks.time.size() == 0) return bad_data("ticks need a column of times with at least one row");
  const Column* price = number(table, {"price", "close", "last", "column_2"});
  const Column *bid = number(table, {"bid"}), *ask = number(table, {"ask", "offer"});
  if (price != nullptr) {
    ticks.price = price->as_float64();
  } else if (bid != nullptr && ask != nullptr) {
    ticks.price = middle_of(*bid, *ask);
  } else {
    std::string names;
    for (const Column& column : table.columns) names += (names.empty() ? "'" : ", '") + column.name() + "'";
    return bad_data("ticks need a column 'price', or 'bid' and 'ask'; there are: " + names);
  }
  const Column* size = number(table, {"amount", "size", "quantity", "qty", "volume", "column_3"});
  if (size != nullptr) ticks.size = size->as_float64();
  return ticks;
}

/// Turns ticks round that come newest first, and refuses other disorder and what is missing.
Status settle(Ticks& ticks) {
  const auto time = ticks.time.int64s();
  if (time.front() > time.back() && std::is_sorted(time.rbegin(), time.rend())) {
    std::vector<std::size_t> rows(time.size());
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = rows.size() - 1 - i;
    for (Column* column : {&ticks.time, &ticks.price, &ticks.size}) {
      if (column->size() != 0) *column = take_rows(*column, rows);
    }
  }
  const auto settled = ticks.time.int64s();
  for (std::size_t i = 0; i < settled.size(); ++i) {
    const std::string row = "tick " + std::to_string(i);
    if (!is_in_time_range(settled[i])) return bad_data(row + " has no time, or one outside of 1678 to 2261");
    if (i > 0 && settled[i] < settled[i - 1]) {
      return bad_data(row + ": " + format_time(settled[i]) + " comes after " + format_time(settled[i - 1]) +
                      "; sort the ticks by time first");
    }
    if (!std::isfinite(ticks.price.float64s()[i]))
      return bad_data(row + " at " + format_time(settled[i]) + " has no price");
    if (ticks.size.size() != 0 && !(ticks.size.float64s()[i] >= 0)) {
      return bad_data(row + " at " + format_time(settled[i]) + " has no amount, or a negative one");
    }
  }
  return {};
}

/// The bars that were closed, column by column.
class Builder {
 public:
  Builder(const Ticks& ticks, const TickRule& rule) : ticks_(ticks), rule_(rule) {}

  Result<Bars> run() {
    const std::size_t size = ticks_.time.size();
    for (std::size_t i = 0; i < size; ++i) {
      if (starts_period(i)) close();
      add(i);
      if (is_full()) close();
    }
    if (rule_.kind == TickRule::Kind::kTime) close();
    const bool has_size = ticks_.size.size() != 0;
    return Bars::from_columns(Column::own("time", std::move(stamps_), ColumnType::kTime),
                              Column::own("open", std::move(opens_)), Column::own("high", std::move(highs_)),
                              Column::own("low", std::move(lows_)), Column::own("close", std::move(closes_)),
                              has_size ? Column::own("volume", std::move(volumes_)) : Column(),
                              {Column::own("ticks", std::move(counts_))});
  }

 private:
  [[nodiscard]] Nanoseconds time(std::size_t i) const { return ticks_.time.int64s()[i]; }

  [[nodiscard]] bool starts_period(std::size_t i) const {
    return rule_.kind == TickRule::Kind::kTime && count_ > 0 && time(i) >= rule_.timeframe.end_of(stamp_);
  }
  [[nodiscard]] bool is_full() const {
    switch (rule_.kind) {
      case TickRule::Kind::kTime: return false;
      case TickRule::Kind::kTick: return count_ >= rule_.size;
      case TickRule::Kind::kVolume: return volume_.value() >= rule_.size;
      case TickRule::Kind::kDollar: break;
    }
    return dollars_.value() >= rule_.size;
  }

  void add(std::size_t i) {
    const double price = ticks_.price.float64s()[i];
    const double size = ticks_.size.size() == 0 ? 0 : ticks_.size.float64s()[i];
    if (count_ == 0) {
      stamp_ = rule_.kind == TickRule::Kind::kTime ? rule_.timeframe.start_of(time(i)) : time(i);
      open_ = high_ = low_ = price;
    }
    high_ = std::max(high_, price);
    low_ = std::min(low_, price);
    close_ = price;
    volume_.add(size);
    dollars_.add(price * size);
    ++count_;
  }

  void close() {
    if (count_ == 0) return;
    stamps_.push_back(stamps_.empty() ? stamp_ : std::max(stamp_, stamps_.back() + 1));
    opens_.push_back(open_), highs_.push_back(high_), lows_.push_back(low_), closes_.push_back(close_);
    volumes_.push_back(volume_.value());
    counts_.push_back(count_);
    count_ = 0;
    volume_.reset();
    dollars_.reset();
  }

  const Ticks& ticks_;
  const TickRule& rule_;
  Nanoseconds stamp_ = 0;
  double open_ = 0, high_ = 0, low_ = 0, close_ = 0, count_ = 0;
  PeriodValue volume_{"volume"}, dollars_{"volume"};
  std::vector<std::int64_t> stamps_;
  std::vector<double> opens_, highs_, lows_, closes_, volumes_, counts_;
};

}  // namespace

Result<TickRule> TickRule::parse(std::string_view text) {
  TickRule rule;
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (colon == std::string_view::npos || name == "time") {
    PEAK_ASSIGN_OR_RETURN(rule.timeframe,
                          Timeframe::parse(colon == std::string_view::npos ? text : text.substr(colon + 1)));
    return rule;
  }
  const std::vector<std::string> known = {"time", "tick", "volume", "dollar"};
  const auto found = std::find(known.begin(), known.end(), name);
  if (found == known.end()) {
    return invalid_argument("there are no bars by '" + std::string(name) + "'" + suggestion(name, known));
  }
  rule.kind = static_cast<Kind>(found - known.begin());
  const std::string number(text.substr(colon + 1));
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), rule.size);
  const bool whole = rule.kind != Kind::kTick || rule.size == std::floor(rule.size);
  if (failed != std::errc() || end != number.data() + number.size() || !(rule.size > 0) || !std::isfinite(rule.size) ||
      !whole) {
    return invalid_argument("'" + std::string(text) + "': the size must be a number above 0" +
                            (rule.kind == Kind::kTick ? ", a whole one" : ""));
  }
  return rule;
}

Result<Bars> bars_from_ticks(const Table& table, const TickRule& rule) {
  PEAK_ASSIGN_OR_RETURN(Ticks ticks, ticks_of(table));
  PEAK_RETURN_IF_ERROR(settle(ticks));
  const bool by_volume = rule.kind == TickRule::Kind::kVolume || rule.kind == TickRule::Kind::kDollar;
  if (by_volume && ticks.size.size() == 0) {
    return invalid_argument("bars by volume or dollar need ticks with an amount, and these have none");
  }
  return Builder(ticks, rule).run();
}

}  // namespace peak
