// Panel: several symbols, each with its own bars, on one time line; what runs of many symbols read (rule 14).
//
//     PEAK_ASSIGN_OR_RETURN(Panel panel, Panel::create({aapl, msft, spy}));   // Bars with their symbols set
//     panel.time()[t], panel.series(s).close()[panel.row(s, t)]
//
// Time line  the union of all stamps, ascending. A symbol without a bar at a stamp is absent there: nothing is filled
// in
//            and nothing is shifted. row() is its last bar at or before the stamp.
// Order      symbols keep the order in which they are given; rule 14 trades in that order.
// Missing    in wide data an empty cell means that the symbol has no bar there.
// Ownership  shares the memory of the bars; a series with a bar at every stamp costs nothing beside them.
// Threads    immutable after construction.
// Failure    series without a name, with equal names, without bars, of different zones or frequencies are refused, and
//            the message says which.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/hash.hpp"
#include "peak/base/status.hpp"
#include "peak/market/bars.hpp"

namespace peak {

struct PanelRules {
  /// Takes series of different zones or frequencies: stamps are then compared as moments in time, and where a symbol
  /// has no bar it is absent.
  bool mixed = false;
  /// Takes symbols without bars, for runs fed bar by bar whose symbols may come later.
  bool takes_empty = false;
};

class Panel {
 public:
  Panel() = default;

  /// Symbols are Bars::symbol().
  static Result<Panel> create(std::vector<Bars> series, const PanelRules& rules = {});

  /// From a long table: bars of all symbols below each other, told apart by a text column. `symbol_column` empty: the
  /// column `symbol`, `ticker` or `asset`. Symbols come in the order of first appearance; the rows of one need not
  /// stand together.
  static Result<Panel> from_long(const Table& table, std::string_view symbol_column = {}, const BarChecks& checks = {},
                                 const PanelRules& rules = {});

  /// From a wide table of closes: a time column, and a column of numbers for each symbol.
  static Result<Panel> from_wide(const Table& table, const BarChecks& checks = {}, const PanelRules& rules = {});

  /// Stamps.
  [[nodiscard]] std::size_t size() const noexcept { return time_.size(); }
  [[nodiscard]] std::span<const Nanoseconds> time() const noexcept { return time_.int64s(); }
  [[nodiscard]] const Column& time_column() const noexcept { return time_; }

  [[nodiscard]] std::size_t symbols() const noexcept { return series_.size(); }
  [[nodiscard]] const std::string& symbol(std::size_t s) const noexcept { return series_[s].symbol(); }
  [[nodiscard]] std::vector<std::string> symbol_names() const;
  /// The number of a symbol, or an error with the nearest name.
  [[nodiscard]] Result<std::uint32_t> find(std::string_view symbol) const;
  /// A symbol's own bars.
  [[nodiscard]] const Bars& series(std::size_t s) const noexcept { return series_[s]; }

  /// True if the symbol has a bar at every stamp; row(s, t) is then t.
  [[nodiscard]] bool is_whole(std::size_t s) const noexcept { return rows_[s].empty(); }
  /// The symbol's last bar at or before stamp t; -1 before its first.
  [[nodiscard]] std::int64_t row(std::size_t s, std::size_t t) const noexcept {
    return rows_[s].empty() ? static_cast<std::int64_t>(t) : rows_[s][t];
  }
  /// Whether the symbol has a bar at stamp t.
  [[nodiscard]] bool has_bar(std::size_t s, std::size_t t) const noexcept {
    return rows_[s].empty() || rows_[s][t] != (t == 0 ? -1 : rows_[s][t - 1]);
  }
  /// The stamp at or after `time`; size() if there is none.
  [[nodiscard]] std::size_t stamp_at(Nanoseconds time) const noexcept;

  /// Zone in which the data were given, for showing times.
  [[nodiscard]] const std::string& time_zone() const noexcept { return series_.front().time_zone(); }
  /// Whether series of different zones or frequencies were taken.
  [[nodiscard]] bool mixed() const noexcept { return mixed_; }

  /// Symbols beside the panel that formulas may read and nothing trades (market/other_symbols.hpp); null: none.
  [[nodiscard]] const OtherSymbols* others() const noexcept { return others_.get(); }
  /// The same panel with such symbols. Names that the panel has, and zones other than its, are refused; the latter not
  /// by a mixed panel.
  [[nodiscard]] Result<Panel> with_others(std::vector<Bars> others) const;

  /// The same panel with the splits of each series, which formulas then take out.
  [[nodiscard]] Panel with_splits(const std::vector<std::vector<Split>>& splits) const;

  /// Hash of all series with their names, in order, and of the symbols beside them.
  [[nodiscard]] Hash128 fingerprint() const;

  /// The market as one series on the panel's time line: from 100 on, each stamp the mean return of the symbols that had
  /// a close before (a mix rebalanced to equal parts at every stamp). Splits of a series (Bars::splits) are taken out;
  /// without them prices are taken as they are.
  [[nodiscard]] Bars equal_weight_index() const;

 private:
  std::vector<Bars> series_;
  Column time_;
  std::vector<std::vector<std::int32_t>> rows_;  // by symbol and stamp; empty for a whole series
  std::shared_ptr<const OtherSymbols> others_;
  bool mixed_ = false;
};

/// `bars` in another currency: opens (and dividends, by rate_at) at the last rate before the stamp, closes at the rate
/// of the stamp or the last one before; highs and lows at the larger and the smaller of the two. `rates` is the series
/// of what one unit of the bars' currency costs in the account's. A bar before the first rate has no prices.
[[nodiscard]] Result<Bars> at_rates(const Bars& bars, const Bars& rates);

/// The close of the last bar of `rates` before `time` (or at it, with `at`); NaN if there is none.
[[nodiscard]] double rate_at(const Bars& rates, Nanoseconds time, bool at);

}  // namespace peak
