// Roles: which column of a table is the time, which are prices and volume, by name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/io/options.hpp"

namespace peak::io {

/// Positions of columns; nothing where there is none.
struct Roles {
  std::optional<std::size_t> time, clock, open, high, low, close, volume;

  /// The role of a column as Detected says it: "time", "open", ...; empty for none.
  [[nodiscard]] const char* name_of(std::size_t column) const noexcept;
  /// True for open, high, low, close and volume.
  [[nodiscard]] bool is_number(std::size_t column) const noexcept;
};

/// By the options, else by the usual names. `time` is not decided here unless the options say so: see time_candidates.
/// kInvalidArgument if an option names a column that is not there.
Result<Roles> find_roles(const std::vector<std::string>& names, const ReadOptions& options);

/// Columns whose names are usual for times, the likeliest first.
std::vector<std::size_t> time_candidates(const std::vector<std::string>& names);

/// True for a name that a clock column has ("time", "hour").
bool is_clock_name(const std::string& name);

/// What columns are called whose texts tell the rows of several symbols apart.
inline constexpr const char* kSymbolNames[] = {"symbol", "ticker", "pair", "instrument", "country", "asset", "cross"};

/// "'a', 'b', 'c'": the names for an error message.
std::string quoted_names(const std::vector<std::string>& names);

}  // namespace peak::io
