// Scan: deletes keys by what they start with, a batch at a time, so that the server serves others in between.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "redis_connection.hpp"

namespace peak::cache::redis {

using RunCommands = std::function<std::optional<std::vector<Reply>>(const Commands&)>;

/// How many are gone; nothing when the server failed in between.
[[nodiscard]] std::optional<std::size_t> unlink_matching(std::string_view prefix, const RunCommands& run);

}  // namespace peak::cache::redis
