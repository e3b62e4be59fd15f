#include "redis_scan.hpp"

#include <string>

namespace peak::cache::redis {
namespace {

/// The prefix as a pattern of the server that matches it and nothing else.
std::string pattern_of(std::string_view prefix) {
  std::string pattern;
  for (const char c : prefix) {
    if (std::string_view("*?[]\\^-").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern + '*';
}

std::optional<std::size_t> unlink_batch(const std::vector<Reply>& keys, const RunCommands& run) {
  if (keys.empty()) return 0;
  Commands commands;
  std::vector<std::string_view> words{"UNLINK"};
  for (const Reply& key : keys) words.push_back(key.text);
  commands.add(words);
  const auto replies = run(commands);
  if (!replies.has_value() || replies->front().kind != Reply::Kind::kInteger) return std::nullopt;
  return static_cast<std::size_t>(replies->front().integer);
}

}  // namespace

std::optional<std::size_t> unlink_matching(std::string_view prefix, const RunCommands& run) {
  const std::string pattern = pattern_of(prefix);
  std::string cursor = "0";
  std::size_t count = 0;
  do {
    Commands commands;
    commands.add({"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"});
    const auto replies = run(commands);
    if (!replies.has_value() || replies->front().items.size() != 2) return std::nullopt;
    const std::vector<Reply>& parts = replies->front().items;
    const std::optional<std::size_t> gone = unlink_batch(parts[1].items, run);
    if (!gone.has_value()) return std::nullopt;
    count += *gone;
    cursor = parts[0].text;
  } while (cursor != "0");
  return count;
}

}  // namespace peak::cache::redis
