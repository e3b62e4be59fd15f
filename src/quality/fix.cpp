#include "peak/quality/fix.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "peak/base/suggest.hpp"
#include "peak/market/periods.hpp"
#include "peak/table/rows.hpp"
#include "quality/checked_rows.hpp"

namespace peak {
namespace quality {
namespace {

constexpr std::size_t kMostInserted = 20'000'000;
using Rows = std::vector<std::size_t>;

/// One rule at work: the table before it, what it finds, the table after it.
class Fixer {
 public:
  Fixer(Table table, const CheckOptions& options) : table_(std::move(table)), options_(options) {}

  Status apply(FixRule rule) {
    PEAK_ASSIGN_OR_RETURN(rows_, checked_rows(table_));
    change_ = {};
    change_.rule = rule;
    PEAK_RETURN_IF_ERROR(run(rule));
    if (change_.count == 0) return {};
    change_.text = with_count(change_.text, change_.count);
    changes_.push_back(std::move(change_));
    if (table_.rows() == 0) {
      return bad_data(std::string("no rows are left after the rule '") + fix_rule_name(rule) + "'");
    }
    return {};
  }
  Fixed take() { return {std::move(table_), std::move(changes_)}; }

 private:
  Status run(FixRule rule) {
    switch (rule) {
      case FixRule::kTimes:
        keep([&](std::size_t row) { return !rows_.has_time(row) ? "no time" : ""; },
             "{row|rows} without a time dropped");
        break;
      case FixRule::kOrder: sort(); break;
      case FixRule::kDuplicates: drop_repeats(); break;
      case FixRule::kMissing:
        keep([&](std::size_t row) { return price_fault(row, [](double x) { return std::isnan(x); }); },
             "{row|rows} that lack a price dropped");
        break;
      case FixRule::kPrices:
        keep([&](std::size_t row) { return impossible(row); }, "{row|rows} with an impossible price or volume dropped");
        break;
      case FixRule::kRanges: widen(); break;
      case FixRule::kSpikes: flatten_spikes(); break;
      case FixRule::kSplits: adjust_splits(); break;
      case FixRule::kGaps: return fill_gaps();
    }
    return {};
  }

  void tell(std::size_t row, std::string words) {
    if (change_.count++ < options_.places) change_.first.push_back({row, rows_.at(row), std::move(words)});
  }

  void take(const Rows& rows) {
    for (Column& column : table_.columns) column = take_rows(column, rows);
  }

  /// Drops the rows for which `fault_of` gives words.
  template <typename FaultOf>
  void keep(const FaultOf& fault_of, const char* text) {
    Rows kept;
    kept.reserve(rows_.size());
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (const std::string words = fault_of(row); !words.empty()) {
        tell(row, words);
      } else {
        kept.push_back(row);
      }
    }
    change_.text = text;
    if (change_.count != 0) take(kept);
  }

  template <typename IsFault>
  std::string price_fault(std::size_t row, const IsFault& is_fault) const {
    for (std::size_t k = 0; k < 4; ++k) {
      if (rows_.has(k) && is_fault(rows_.price(k, row)))
        return std::string(kPriceNames[k]) + " " + number_words(rows_.price(k, row));
    }
    return {};
  }

  /// What of the row's prices and volume cannot be, in words.
  [[nodiscard]] std::string impossible(std::size_t row) const {
    const bool has_volume = rows_.volume.size() != 0;
    if (has_volume && std::isinf(rows_.volume.float64s()[row]))
      return "volume " + number_words(rows_.volume.float64s()[row]);
    return price_fault(row, [](double price) { return std::isinf(price) || price <= 0; });
  }

  void sort() {
    Rows all = rows_.ordered;  // rows without a time stay at the end
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (!rows_.has_time(row)) all.push_back(row);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i] != i) tell(all[i], "was row " + std::to_string(all[i]));
    }
    change_.text = "{row|rows} moved to the order of time";
    if (change_.count != 0) take(all);
  }

  void drop_repeats() {
    std::vector<bool> last(rows_.size(), false);
    for (const std::size_t row : rows_.unique) last[row] = true;
    keep([&](std::size_t row) { return last[row] || !rows_.has_time(row) ? "" : "a later row has this time"; },
         "{row|rows} dropped whose time a later row has");
  }

  [[nodiscard]] std::vector<double> values(const Column& column) const {
    const auto view = column.float64s();
    return {view.begin(), view.end()};
  }
  void put(const Column& from, std::vector<double> numbers) {
    for (Column& column : table_.columns) {
      if (column.name() != from.name()) continue;
      column = Column::own(from.name(), std::move(numbers));
      return;  // a file may repeat a name: the first was looked at
    }
  }

  void widen() {
    change_.text = "{bar|bars} widened to hold open and close";
    if (!rows_.has_ranges()) return;
    std::vector<double> high = values(rows_.prices[1]), low = values(rows_.prices[2]);
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      const double open = rows_.price(0, row), close = rows_.price(3, row);
      const double top = std::max({high[row], low[row], open, close});
      const double bottom = std::min({high[row], low[row], open, close});
      if (!(top > high[row] || bottom < low[row])) continue;
      tell(row, "high " + number_words(high[row]) + " to " + number_words(top) + ", low " + number_words(low[row]) +
                    " to " + number_words(bottom));
      high[row] = top;
      low[row] = bottom;
    }
    if (change_.count == 0) return;
    put(rows_.prices[1], std::move(high));
    put(rows_.prices[2], std::move(low));
  }

  void flatten_spikes() {
    change_.text = "{bar|bars} of spikes set to the close before";
    if (!rows_.has(3)) return;
    std::array<std::vector<double>, 4> prices;
    for (std::size_t k = 0; k < 4; ++k) prices[k] = values(rows_.prices[k]);
    for (const Move& move : find_moves(rows_, options_.outlier_moves)) {
      if (move.kind != Move::Kind::kSpike) continue;
      const double before = prices[3][rows_.unique[move.place - 1]];
      for (std::size_t i = move.place; i < move.place + move.length; ++i) {
        const std::size_t row = rows_.unique[i];
        tell(row, number_words(prices[3][row]) + " to " + number_words(before));
        for (std::size_t k = 0; k < 4; ++k) {
          if (rows_.has(k)) prices[k][row] = before;
        }
      }
    }
    for (std::size_t k = 0; k < 4 && change_.count != 0; ++k) {
      if (rows_.has(k)) put(rows_.prices[k], std::move(prices[k]));
    }
  }

  void adjust_splits() {
    change_.text = "{split|splits} taken out of the prices before";
    if (!rows_.has(3)) return;
    std::vector<double> factor(rows_.size(), 1);  // what prices are divided by
    std::vector<Move> splits;
    for (Move& move : find_moves(rows_, options_.outlier_moves)) {
      if (move.kind != Move::Kind::kSplit) continue;
      tell(rows_.unique[move.place], number_words(move.ratio) + ":1, " + move.words);
      splits.push_back(std::move(move));
    }
    if (splits.empty()) return;
    double ratio = 1;
    for (std::size_t i = rows_.unique.size(), next = splits.size(); i-- > 0;) {
      factor[rows_.unique[i]] = ratio;
      if (next > 0 && splits[next - 1].place == i) ratio *= splits[--next].ratio;
    }
    for (std::size_t k = 0; k < 4; ++k) {
      if (!rows_.has(k)) continue;
      std::vector<double> price = values(rows_.prices[k]);
      for (std::size_t row = 0; row < price.size(); ++row) price[row] /= factor[row];
      put(rows_.prices[k], std::move(price));
    }
    if (rows_.volume.size() == 0) return;
    std::vector<double> volume = values(rows_.volume);
    for (std::size_t row = 0; row < volume.size(); ++row) volume[row] *= factor[row];
    put(rows_.volume, std::move(volume));
  }

  Status fill_gaps() {
    change_.text = "{bar|bars} inserted where the calendar expects some";
    std::vector<Nanoseconds> stamps;
    for (const std::size_t row : rows_.unique) stamps.push_back(rows_.at(row));
    const Nanoseconds step = modal_step(stamps);
    if (step < kNanosecondsPerSecond || step > kNanosecondsPerDay || !rows_.has(3)) return {};
    if (rows_.unique.size() != rows_.size()) {
      return bad_data("the rule 'gaps' needs rows with different times: ask for 'times' and 'duplicates' as well");
    }
    const TradingHours hours(rows_, step, options_);
    Rows rows, inserted_after;  // for an inserted row the row before it, for others kNoRow
    std::vector<std::int64_t> times;
    for (std::size_t i = 0; i < stamps.size(); ++i) {
      if (i > 0 && hours.missing_bars(stamps[i - 1], stamps[i]) != 0) {
        insert(hours, rows_.unique[i - 1], stamps[i - 1], stamps[i], step, rows, inserted_after, times);
        if (change_.count > kMostInserted) {
          return bad_data("the rule 'gaps' would insert more than " + std::to_string(kMostInserted) +
                          " bars: cut the file into its periods first");
        }
      }
      rows.push_back(rows_.unique[i]);
      inserted_after.push_back(kNoRow);
      times.push_back(stamps[i]);
    }
    if (change_.count != 0) put_filled(rows, inserted_after, std::move(times));
    return {};
  }

  void insert(const TradingHours& hours, std::size_t row, Nanoseconds after, Nanoseconds before, Nanoseconds step,
              Rows& rows, Rows& inserted_after, std::vector<std::int64_t>& times) {
    for (Nanoseconds time = after + step; time < before && change_.count <= kMostInserted; time += step) {
      // One place at a time: it is missing if a gap that reaches just around it has a missing bar.
      if (hours.missing_bars(time - step, time + step) == 0) continue;
      tell(row, "inserted " + format_time_short(time));
      rows.push_back(kNoRow);
      inserted_after.push_back(row);
      times.push_back(time);
    }
  }

  void put_filled(const Rows& rows, const Rows& inserted_after, std::vector<std::int64_t> times) {
    const CheckedRows before = rows_;
    take(rows);
    for (Column& column : table_.columns) {
      if (column.name() != before.time.name() || column.type() != ColumnType::kTime) continue;
      column = Column::own(column.name(), std::move(times), ColumnType::kTime);
      break;
    }
    const auto filled = [&](const Column& source, const Column* close) {
      std::vector<double> numbers(rows.size());
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool is_new = inserted_after[i] != kNoRow;
        numbers[i] = !is_new ? source.float64s()[rows[i]] : close == nullptr ? 0 : close->float64s()[inserted_after[i]];
      }
      put(source, std::move(numbers));
    };
    for (const Column& price : before.prices) {
      if (price.size() != 0) filled(price, &before.prices[3]);
    }
    if (before.volume.size() != 0) filled(before.volume, nullptr);
  }

  Table table_;
  const CheckOptions& options_;
  CheckedRows rows_;
  Change change_;
  std::vector<Change> changes_;
};

}  // namespace
}  // namespace quality

const char* fix_rule_name(FixRule rule) noexcept {
  static constexpr const char* kNames[] = {"times",  "order",  "duplicates", "missing", "prices",
                                           "ranges", "spikes", "splits",     "gaps"};
  static_assert(std::size(kNames) == kFixRuleCount);
  return kNames[static_cast<std::size_t>(rule)];
}

Result<std::vector<FixRule>> parse_fix_rules(std::string_view names) {
  std::vector<bool> chosen(kFixRuleCount, false);
  std::vector<std::string> known = {"safe"};
  for (std::size_t i = 0; i < kFixRuleCount; ++i) known.emplace_back(fix_rule_name(static_cast<FixRule>(i)));
  while (true) {
    const std::size_t comma = names.find(',');
    std::string_view name = names.substr(0, comma);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) {
      return invalid_argument("there is no rule '" + std::string(name) + "'" + suggestion(name, known));
    }
    const auto place = static_cast<std::size_t>(found - known.begin());
    for (std::size_t i = 0; i < kFixRuleCount; ++i) {
      const bool is_safe = i <= static_cast<std::size_t>(FixRule::kRanges);
      if (place == 0 ? is_safe : i + 1 == place) chosen[i] = true;
    }
    if (comma == std::string_view::npos) break;
    names.remove_prefix(comma + 1);
  }
  std::vector<FixRule> rules;
  for (std::size_t i = 0; i < kFixRuleCount; ++i) {
    if (chosen[i]) rules.push_back(static_cast<FixRule>(i));
  }
  return rules;
}

Result<Fixed> fix_bars(const Table& table, std::span<const FixRule> rules, const CheckOptions& options) {
  std::vector<FixRule> ordered(rules.begin(), rules.end());
  std::sort(ordered.begin(), ordered.end());
  ordered.erase(std::unique(ordered.begin(), ordered.end()), ordered.end());
  quality::Fixer fixer(table, options);
  for (const FixRule rule : ordered) PEAK_RETURN_IF_ERROR(fixer.apply(rule));
  return fixer.take();
}

}  // namespace peak
