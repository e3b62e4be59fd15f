#include <string>
#include <vector>

#include "peak/cache/multi_level_cache.hpp"

namespace peak::cache {

std::vector<std::string> hit_rate_advice(const CacheStatistics& statistics) {
  constexpr std::uint64_t kEnough = 100;
  struct Target {
    const char* name;
    const LevelStatistics& level;
    double rate;
    const char* advice;
  };
  const Target targets[] = {
      {"L1", statistics.l1, 0.80, "enlarge l1_size or l1_ttl, or warm the cache with the keys of the last run"},
      {"L2", statistics.l2, 0.50, "check that all machines use the same namespace, and lengthen the time to live"},
      {"L3", statistics.l3, 0.30, "enlarge its byte budget or the time to live, or warm it before the work begins"}};
  std::vector<std::string> advice;
  for (const Target& target : targets) {
    const std::uint64_t asked = target.level.hits + target.level.misses;
    if (asked < kEnough || target.level.hit_rate() >= target.rate) continue;
    const auto percent = [](double rate) { return std::to_string(static_cast<int>(100 * rate + 0.5)) + " %"; };
    std::string text = std::string(target.name) + " found " + percent(target.level.hit_rate()) + " of " +
                       std::to_string(asked) + " requests (target: above " + percent(target.rate) + "): ";
    if (target.level.evictions > target.level.sets / 2) {
      text += "more than half of what was stored was evicted again; ";
    } else if (target.level.sets >= target.level.misses / 2 && target.level.evictions == 0) {
      text += "nothing was evicted, so most keys were asked for the first time; ";
    }
    advice.push_back(text + target.advice);
  }
  return advice;
}

}  // namespace peak::cache
