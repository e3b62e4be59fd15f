#include "peak/market/align.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <utility>

#include "peak/table/rows.hpp"

namespace peak {
namespace {

using Stamps = std::vector<std::int64_t>;

Stamps common_stamps(std::span<const Bars> bars, AlignBy by) {
  Stamps stamps(bars.front().time().begin(), bars.front().time().end());
  for (const Bars& one : bars.subspan(1)) {
    const auto time = one.time();
    Stamps merged;
    if (by == AlignBy::kInner) {
      std::set_intersection(stamps.begin(), stamps.end(), time.begin(), time.end(), std::back_inserter(merged));
    } else {
      std::set_union(stamps.begin(), stamps.end(), time.begin(), time.end(), std::back_inserter(merged));
    }
    stamps = std::move(merged);
  }
  return stamps;
}

/// Row of each stamp; kNoRow where there is no bar.
std::vector<std::size_t> rows_at(std::span<const Nanoseconds> time, const Stamps& stamps) {
  std::vector<std::size_t> rows(stamps.size(), kNoRow);
  for (std::size_t i = 0, row = 0; i < stamps.size() && row < time.size(); ++i) {
    while (row < time.size() && time[row] < stamps[i]) ++row;
    if (row < time.size() && time[row] == stamps[i]) rows[i] = row;
  }
  return rows;
}

/// A price column in which missing bars take the last known close.
Column carried(const Column& price, std::span<const double> close, const std::vector<std::size_t>& rows) {
  std::vector<double> values(rows.size(), std::nan(""));
  double last = std::nan("");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    values[i] = rows[i] == kNoRow ? last : price.float64s()[rows[i]];
    if (rows[i] != kNoRow && !std::isnan(close[rows[i]])) last = close[rows[i]];
  }
  return Column::own(price.name(), std::move(values));
}

Column volume_at(const Column& volume, const std::vector<std::size_t>& rows) {
  std::vector<double> values(rows.size(), 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] != kNoRow) values[i] = volume.float64s()[rows[i]];
  }
  return Column::own("volume", std::move(values));
}

Result<Bars> placed(const Bars& bars, const Stamps& stamps, AlignBy by) {
  const std::vector<std::size_t> rows = rows_at(bars.time(), stamps);
  std::vector<Column> prices, further;
  Column volume;
  for (const std::string& name : bars.column_names()) {
    const Column& column = *bars.find(name);
    const bool is_price = name == "open" || name == "high" || name == "low" || name == "close";
    if (is_price) {
      prices.push_back(by == AlignBy::kForward ? carried(column, bars.close(), rows) : take_rows(column, rows));
    } else if (name == "volume") {
      volume = volume_at(column, rows);
    } else if (name != "time") {
      further.push_back(take_rows(column, rows));
    }
  }
  PEAK_ASSIGN_OR_RETURN(
      Bars made, Bars::from_columns(Column::own("time", stamps, ColumnType::kTime), prices[0], prices[1], prices[2],
                                    prices[3], std::move(volume), std::move(further)));
  made.set_symbol(bars.symbol());
  made.set_time_zone(bars.time_zone());
  return made;
}

}  // namespace

Result<std::vector<Bars>> aligned(std::span<const Bars> bars, AlignBy by) {
  std::vector<Bars> result;
  if (bars.empty()) return result;
  for (std::size_t k = 0; k < bars.size(); ++k) {
    const auto time = bars[k].time();
    if (std::adjacent_find(time.begin(), time.end(), std::greater_equal<>()) != time.end()) {
      return bad_data("symbol " + std::to_string(k) + " ('" + bars[k].symbol() + "'): its times do not rise");
    }
  }
  const Stamps stamps = common_stamps(bars, by);
  for (const Bars& one : bars) {
    PEAK_ASSIGN_OR_RETURN(Bars made, placed(one, stamps, by));
    result.push_back(std::move(made));
  }
  return result;
}

}  // namespace peak
