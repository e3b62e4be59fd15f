// Suggest: the nearest known name, for errors that help ("unknown indicator 'smaa'; did you mean 'sma'?").
//
// Threads: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace peak {

/// The name in `known` nearest to `name` (optimal string alignment distance, case ignored, ties to the earlier name),
/// or an empty text when none is near: at most one edit for every three characters, and at least one allowed.
[[nodiscard]] std::string nearest_name(std::string_view name, std::span<const std::string> known);

/// "; did you mean 'sma'?" when a near name exists, else "; known: a, b, c" (the first twelve, then "...").
[[nodiscard]] std::string suggestion(std::string_view name, std::span<const std::string> known);

}  // namespace peak
