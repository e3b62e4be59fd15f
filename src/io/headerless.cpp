#include "io/headerless.hpp"

#include <algorithm>
#include <optional>

#include "io/number.hpp"
#include "io/time_text.hpp"

namespace peak::io {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::optional<double> number_at(const std::vector<std::string>& row, std::size_t column) {
  double value = 0;
  if (column < row.size() && parse_whole_number(row[column], value)) return value;
  return std::nullopt;
}

/// True if the four columns from `first` on behave as open, high, low and close in nearly all rows.
bool behaves_as_bars(const Rows& rows, std::size_t first) {
  std::size_t good = 0, all = 0;
  for (const auto& row : rows) {
    const auto open = number_at(row, first), high = number_at(row, first + 1), low = number_at(row, first + 2),
               close = number_at(row, first + 3);
    if (!open || !high || !low || !close) continue;
    ++all;
    good += *high >= std::max(*open, *close) && *low <= std::min(*open, *close) ? 1U : 0U;
  }
  return all > 0 && good * 10 >= all * 9 && all * 2 >= rows.size();
}

}  // namespace

std::vector<std::string> guess_names(const Rows& rows, std::size_t columns, std::size_t first,
                                     std::string_view file_name) {
  std::vector<std::string> names(columns);
  for (std::size_t i = 0; i < columns; ++i) names[i] = std::string("column_").append(std::to_string(i + 1));
  const auto set = [&](std::size_t from, std::initializer_list<const char*> given) {
    for (const char* name : given) {
      if (from < columns) names[from++] = name;
    }
  };
  const std::size_t values = columns - std::min(first, columns);
  if (values == 10 && behaves_as_bars(rows, first) && behaves_as_bars(rows, first + 5)) {
    set(first, {"bid_open", "bid_high", "bid_low", "bid_close", "bid_size"});
    set(first + 5, {"ask_open", "ask_high", "ask_low", "ask_close", "ask_size"});
  } else if (values >= 4 && behaves_as_bars(rows, first)) {
    set(first, {"open", "high", "low", "close", "volume"});
  } else if (values == 2 && file_name.find("quote") != std::string_view::npos) {
    set(first, {"bid", "ask"});
  }
  return names;
}

Nanoseconds date_in_name(std::string_view file_name) {
  TimeText time;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (file_name.size() < 8 || !std::all_of(file_name.begin(), file_name.begin() + 8, is_digit)) return kNoTime;
  if (file_name.size() > 8 && is_digit(file_name[8])) return kNoTime;
  return parse_time_text(file_name.substr(0, 8), DateOrder::kYearMonthDay, time) ? time.time : kNoTime;
}

}  // namespace peak::io
