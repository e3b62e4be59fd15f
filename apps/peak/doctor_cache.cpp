// What peak doctor asks the cache: do the levels find what they are asked for, and would another size serve better.
#include <cstdio>
#include <string>
#include <utility>

#include "finding.hpp"
#include "peak/cache/disk_cache.hpp"
#include "peak/cache/recorded_statistics.hpp"
#include "peak/cache/redis.hpp"
#include "peak/cache/size_advice.hpp"

namespace peak::command {
namespace {

using cache::LevelStatistics;
using config::Setting;

constexpr std::uint64_t kEnoughRequests = 100;

std::string percent(double rate) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * rate);
  return text;
}

/// One level's hit rate beside its target; without advice yet.
Finding hits(const char* name, const LevelStatistics& level, double target) {
  const std::uint64_t asked = level.hits + level.misses;
  Finding finding{.topic = Topic::kCacheMisses, .name = name};
  if (asked < kEnoughRequests) {
    finding.found = std::to_string(asked) + " requests were recorded: too few to judge";
    return finding;
  }
  finding.found =
      percent(level.hit_rate()) + " of " + std::to_string(asked) + " requests (target: above " + percent(target) + ")";
  if (level.hit_rate() <= target) finding.condition = Condition::kBetter;
  return finding;
}

void advise(const Patient& patient, const char* name, Setting setting, const std::optional<cache::Advised>& advised,
            Findings& findings) {
  if (!advised) return;
  Finding finding{
      .topic = Topic::kCacheMisses, .name = name, .condition = Condition::kBetter, .found = advised->reason};
  findings.push_back(
      setting_finding(patient.configuration, setting, std::to_string(advised->value), std::move(finding)));
}

void examine_memory_level(const Patient& patient, cache::DiskCache& disk, const cache::CacheStatistics& recorded,
                          Findings& findings) {
  const auto& settings = patient.configuration;
  Finding finding = hits("L1 hits", recorded.l1, 0.80);
  const cache::SizeAdvice advice =
      cache::size_advice(recorded, cache::working_set(disk),
                         {.size = static_cast<std::uint64_t>(settings.integer(Setting::kL1Size)),
                          .ttl_seconds = settings.number(Setting::kL1Ttl),
                          .max_mb = static_cast<std::uint64_t>(settings.integer(Setting::kL1MaxMb)),
                          .room_mb = (patient.memory.usable() >> 20U) / 2});
  if (finding.condition == Condition::kGood || advice.size || advice.ttl_seconds || advice.max_mb) {
    // Nothing to say, or the advice says it.
  } else if (recorded.l1.evictions > recorded.l1.sets / 4) {
    finding.found += "; much was thrown out, though what is configured (l1_size " +
                     std::to_string(settings.integer(Setting::kL1Size)) +
                     ") would hold it: a program opened its cache with less, see its MultiLevelCache(l1_size=...)";
  } else {
    finding.found += "; most was asked for the first time: fill it before the work begins";
    finding.command = "peak cache warm FILE...";
  }
  findings.push_back(std::move(finding));
  advise(patient, "L1 size", Setting::kL1Size, advice.size, findings);
  advise(patient, "L1 time to live", Setting::kL1Ttl, advice.ttl_seconds, findings);
  advise(patient, "L1 megabytes", Setting::kL1MaxMb, advice.max_mb, findings);
}

void examine_disk_level(const Patient& patient, const LevelStatistics& level, Findings& findings) {
  Finding finding = hits("L3 hits", level, 0.30);
  if (finding.condition != Condition::kGood) {
    const std::int64_t now = patient.configuration.integer(Setting::kL3MaxMb);
    if (level.evictions > level.sets / 4) {
      finding.found += "; much was thrown out for want of room (" + std::to_string(now) + " MB)";
      finding = setting_finding(patient.configuration, Setting::kL3MaxMb, std::to_string(2 * now), std::move(finding));
    } else {
      finding.found += "; most was asked for the first time: fill it before the work begins";
      finding.command = "peak cache warm FILE...";
    }
  }
  findings.push_back(std::move(finding));
  if (level.errors == 0) return;
  findings.push_back({.topic = Topic::kCacheMisses,
                      .name = "L3 faults",
                      .condition = Condition::kFaulty,
                      .found = std::to_string(level.errors) + " reads or writes failed, or met damaged entries",
                      .command = "peak cache verify --repair --path " + patient.cache_folder});
}

/// Whether the Redis server answers within a second.
void examine_redis(const Patient& patient, Findings& findings) {
  const auto& settings = patient.configuration;
  Finding finding{.topic = Topic::kCacheMisses, .name = "Redis"};
  if (!settings.boolean(Setting::kL2Enabled)) {
    finding.found = "off, as configured";
    findings.push_back(std::move(finding));
    return;
  }
  cache::RedisOptions options;
  options.host = settings.text(Setting::kL2Host);
  options.port = static_cast<std::uint16_t>(settings.integer(Setting::kL2Port));
  options.password = settings.text(Setting::kL2Password);
  options.key_space = settings.text(Setting::kL2Namespace);
  options.timeout = std::chrono::milliseconds(settings.integer(Setting::kL2TimeoutMs));
  const std::string place = options.host + ":" + std::to_string(options.port);
  const auto server = cache::RedisCache::open(options);
  if (server.ok()) static_cast<void>((*server)->contains("peak doctor"));  // the first call finds out
  if (server.ok() && (*server)->wait_until_available(std::chrono::seconds(1))) {
    finding.found = place + " answers";
    findings.push_back(std::move(finding));
    return;
  }
  finding.condition = Condition::kFaulty;
  finding.found = place + " does not answer" + (server.ok() ? "" : ": " + server.error().message);
  finding.command = "redis-server --port " + std::to_string(options.port) + " --daemonize yes";
  findings.push_back(std::move(finding));
}

}  // namespace

void examine_cache(const Patient& patient, Findings& findings) {
  cache::DiskCacheOptions options;
  options.path = patient.cache_folder;
  options.read_only = true;
  const auto disk = cache::DiskCache::open(options);
  if (disk.ok()) {
    const cache::CacheStatistics recorded = cache::recorded_statistics(**disk);
    examine_memory_level(patient, **disk, recorded, findings);
    if (patient.configuration.boolean(Setting::kL2Enabled)) {
      Finding finding = hits("L2 hits", recorded.l2, 0.50);
      if (finding.condition != Condition::kGood) {
        finding.found +=
            "; all machines must use one namespace, '" + patient.configuration.text(Setting::kL2Namespace) + "' here";
        finding.command = "peak config set cache.l2_namespace NAME";
      }
      findings.push_back(std::move(finding));
    }
    examine_disk_level(patient, recorded.l3, findings);
  } else {
    findings.push_back({.topic = Topic::kCacheMisses,
                        .name = "cache folder",
                        .found = "'" + patient.cache_folder + "' is not there: nothing was cached yet"});
  }
  examine_redis(patient, findings);
}

}  // namespace peak::command
