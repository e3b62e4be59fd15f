#include "io/selection.hpp"

#include <algorithm>
#include <limits>

#include "io/number.hpp"
#include "io/roles.hpp"
#include "peak/base/suggest.hpp"
#include "peak/table/rows.hpp"

namespace peak::io {
namespace {

std::optional<std::size_t> position_of(const std::vector<std::string>& names, const std::string& wanted) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == wanted) return i;
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (equals_ignoring_case(trimmed(names[i]), trimmed(wanted))) return i;
  }
  return std::nullopt;
}

/// What bars are made of without having a role: bid and ask of quote bars, and what tells symbols apart.
bool is_of_bars(const std::string& name) {
  static constexpr const char* kSides[] = {"bid_", "ask_"};
  const auto is = [&](std::string_view text) {
    return [text](const char* one) { return equals_ignoring_case(text, one); };
  };
  return std::any_of(std::begin(kSides), std::end(kSides), is(std::string_view(name).substr(0, 4))) ||
         std::any_of(std::begin(kSymbolNames), std::end(kSymbolNames), is(name));
}

}  // namespace

Result<ChosenColumns> choose_columns(const std::vector<std::string>& names, const ReadOptions& options, bool for_bars) {
  PEAK_ASSIGN_OR_RETURN(const Roles roles, find_roles(names, options));
  const std::vector<std::size_t> candidates = time_candidates(names);
  ChosenColumns chosen;
  chosen.time = roles.time ? roles.time : candidates.empty() ? std::nullopt : std::optional(candidates.front());
  std::vector<bool> wanted(names.size(), options.select.empty());
  for (const std::string& name : options.select) {
    const auto at = position_of(names, name);
    if (!at) return invalid_argument("select: there is no column '" + name + "'" + suggestion(name, names));
    wanted[*at] = true;
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool is_time = roles.time == i || roles.clock == i || is_clock_name(names[i]) ||
                         std::find(candidates.begin(), candidates.end(), i) != candidates.end();
    const bool is_price = for_bars && (roles.is_number(i) || is_of_bars(names[i]));
    // Without a usual name any column may hold the times.
    if (wanted[i] || is_time || is_price || candidates.empty()) chosen.columns.push_back(i);
  }
  return chosen;
}

void keep_selected(LoadedTable& loaded, const ReadOptions& options, bool for_bars) {
  if (options.select.empty()) return;
  std::vector<std::string> names;
  for (const Column& column : loaded.table.columns) names.push_back(column.name());
  std::vector<bool> keep(names.size(), false);
  for (const std::string& name : options.select) {
    if (const auto at = position_of(names, name)) keep[*at] = true;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& role = loaded.detected.columns[i].role;
    if (!keep[i] && role != "time" && !(for_bars && (!role.empty() || is_of_bars(names[i])))) continue;
    if (kept != i) {
      loaded.table.columns[kept] = std::move(loaded.table.columns[i]);
      loaded.detected.columns[kept] = std::move(loaded.detected.columns[i]);
    }
    ++kept;
  }
  loaded.table.columns.resize(kept);
  loaded.detected.columns.resize(kept);
}

Status keep_range(LoadedTable& loaded, const ReadOptions& options) {
  if (!options.start && !options.end) return {};
  const Nanoseconds start = options.start.value_or(std::numeric_limits<Nanoseconds>::min());
  const Nanoseconds end = options.end.value_or(std::numeric_limits<Nanoseconds>::max());
  const auto& columns = loaded.detected.columns;
  const auto time = std::find_if(columns.begin(), columns.end(), [](const auto& one) { return one.role == "time"; });
  if (time == columns.end()) {
    return invalid_argument("start and end select rows by their times, and no column of times was found");
  }
  const auto times = loaded.table.columns[static_cast<std::size_t>(time - columns.begin())].int64s();
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < times.size(); ++row) {
    if (times[row] != kNoTime && times[row] >= start && times[row] <= end) rows.push_back(row);
  }
  const bool together = rows.empty() || rows.back() - rows.front() + 1 == rows.size();
  for (Column& column : loaded.table.columns) {
    column = together ? column.slice(rows.empty() ? 0 : rows.front(), rows.size()) : take_rows(column, rows);
  }
  return {};
}

}  // namespace peak::io
