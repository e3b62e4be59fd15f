#include "peak/cache/size_advice.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace peak::cache {
namespace {

constexpr std::uint64_t kEnoughRequests = 100;
constexpr double kTarget = 0.80;  // of L1, the guide's
constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20;

Nanoseconds wall_clock() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Two digits are precise enough, and steady from one look to the next.
std::uint64_t rounded_up(double count) {
  double step = 1;
  while (count / step > 99) step *= 10;
  auto rounded = static_cast<std::uint64_t>(count / step);
  if (static_cast<double>(rounded) * step < count) ++rounded;
  return rounded * static_cast<std::uint64_t>(step);
}

/// A life that people would set: the shortest of these that is not below `seconds`.
std::uint64_t usual_life(double seconds) {
  constexpr std::array<std::uint64_t, 8> kLives = {60, 300, 900, 3600, 14'400, 43'200, 86'400, 604'800};
  const auto* life = std::find_if(kLives.begin(), kLives.end() - 1,
                                  [&](std::uint64_t usual) { return static_cast<double>(usual) >= seconds; });
  return *life;
}

void advise_room(const CacheStatistics& recorded, const WorkingSet& seen, const MemorySettings& memory,
                 SizeAdvice& advice) {
  if (recorded.l1.evictions == 0) return;
  const std::string thrown = "memory threw " + std::to_string(recorded.l1.evictions) + " entries out for want of room";
  const std::string lie = std::to_string(seen.entries) + " entries lie on disk";
  if (seen.entries > memory.size) {
    advice.size = Advised{rounded_up(1.25 * static_cast<double>(seen.entries)),
                          thrown + "; " + lie + ", memory holds " + std::to_string(memory.size)};
  }
  // In memory an entry takes about twice what it takes packed.
  const auto wanted = rounded_up(2.0 * static_cast<double>(seen.bytes) / static_cast<double>(kMegabyte));
  if (wanted > memory.max_mb && (memory.room_mb == 0 || wanted <= memory.room_mb)) {
    advice.max_mb = Advised{wanted, thrown + "; " + lie + " in " + std::to_string(seen.bytes / kMegabyte) +
                                        " MB, memory may take " + std::to_string(memory.max_mb)};
  }
}

void advise_life(const CacheStatistics& recorded, const WorkingSet& seen, const MemorySettings& memory,
                 SizeAdvice& advice) {
  // Expired in memory and found below: it was thrown away too early.
  const std::uint64_t too_early = std::min(recorded.l1.expirations, recorded.l2.hits + recorded.l3.hits);
  if (too_early * 4 < recorded.l1.misses) return;
  const double age = static_cast<double>(seen.median_age) / static_cast<double>(kNanosecondsPerSecond);
  const std::uint64_t life = usual_life(std::max(age, 2 * memory.ttl_seconds));
  if (static_cast<double>(life) <= memory.ttl_seconds) return;
  advice.ttl_seconds = Advised{
      life, std::to_string(recorded.l1.expirations) + " entries expired in memory, and half of what lies below " +
                "is " + std::to_string(static_cast<std::uint64_t>(age)) + " s old or older and still good"};
}

}  // namespace

WorkingSet working_set(DiskCache& disk) {
  WorkingSet seen;
  std::vector<Nanoseconds> ages;
  const Nanoseconds now = disk.options().clock != nullptr ? disk.options().clock() : wall_clock();
  disk.for_each([&](const DiskEntry& entry) {
    ++seen.entries;
    seen.bytes += entry.bytes;
    ages.push_back(std::max<Nanoseconds>(0, now - entry.stored_at));
    return true;
  });
  if (!ages.empty()) {
    const auto middle = ages.begin() + static_cast<std::ptrdiff_t>(ages.size() / 2);
    std::nth_element(ages.begin(), middle, ages.end());
    seen.median_age = *middle;
  }
  return seen;
}

SizeAdvice size_advice(const CacheStatistics& recorded, const WorkingSet& seen, const MemorySettings& memory) {
  SizeAdvice advice;
  if (recorded.l1.hits + recorded.l1.misses < kEnoughRequests || recorded.l1.hit_rate() >= kTarget) return advice;
  advise_room(recorded, seen, memory, advice);
  advise_life(recorded, seen, memory, advice);
  return advice;
}

}  // namespace peak::cache
