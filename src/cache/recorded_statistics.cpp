#include "peak/cache/recorded_statistics.hpp"

#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

namespace peak::cache {
namespace {

constexpr const char* kNote = "statistics";

/// Calls visit(name, count) for every recorded figure.
template <typename Statistics, typename Visit>
void for_each_figure(Statistics& statistics, Visit visit) {
  const auto level = [&](const std::string& name, auto& figures) {
    visit(name + ".hits", figures.hits);
    visit(name + ".misses", figures.misses);
    visit(name + ".sets", figures.sets);
    visit(name + ".evictions", figures.evictions);
    visit(name + ".expirations", figures.expirations);
    visit(name + ".errors", figures.errors);
  };
  level("l1", statistics.l1);
  level("l2", statistics.l2);
  level("l3", statistics.l3);
  visit("computations", statistics.computations);
  visit("waits", statistics.waits);
  visit("stale_served", statistics.stale_served);
  visit("refreshes", statistics.refreshes);
}

std::string text_of(const CacheStatistics& statistics) {
  std::string text;
  for_each_figure(statistics, [&](const std::string& name, std::uint64_t count) {
    text += name + " " + std::to_string(count) + "\n";
  });
  return text;
}

}  // namespace

CacheStatistics recorded_statistics(const DiskCache& disk) {
  CacheStatistics statistics;
  const Result<std::string> note = disk.read_note(kNote);
  if (!note.ok()) return statistics;
  std::istringstream lines(*note);
  std::string name;
  std::uint64_t count = 0;
  while (lines >> name >> count) {
    for_each_figure(statistics, [&](const std::string& known, std::uint64_t& figure) {
      if (known == name) figure = count;
    });
  }
  return statistics;
}

Status record_statistics(DiskCache& disk, const CacheStatistics& counts) {
  // Whoever adds at the same time waits; after a while it is better to lose a count than to wait longer.
  std::unique_ptr<DiskCache::Lease> lease;
  for (int attempt = 0; lease == nullptr && attempt < 50; ++attempt) {
    lease = disk.try_lease("peak: recorded statistics");
    if (lease == nullptr) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  CacheStatistics sum = recorded_statistics(disk);
  std::vector<std::uint64_t> added;
  for_each_figure(counts, [&](const std::string&, std::uint64_t count) { added.push_back(count); });
  std::size_t next = 0;
  for_each_figure(sum, [&](const std::string&, std::uint64_t& figure) { figure += added[next++]; });
  return disk.write_note(kNote, text_of(sum));
}

Status forget_statistics(DiskCache& disk) { return disk.write_note(kNote, text_of(CacheStatistics())); }

}  // namespace peak::cache
