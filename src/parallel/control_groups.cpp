#include "parallel/control_groups.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include "parallel/system_file.hpp"

namespace peak::parallel {
namespace {

void lower_to(double limit, double& current) {
  if (limit > 0 && (current == 0 || limit < current)) current = limit;
}

/// Version 2: "max 100000" or "150000 100000" in cpu.max.
double quota_of_version_2(const std::string& folder) {
  std::istringstream text(first_line(folder + "/cpu.max"));
  std::string quota;
  double period = 0;
  if (!(text >> quota >> period) || quota == "max" || period <= 0) return 0;
  return std::strtod(quota.c_str(), nullptr) / period;
}

/// Version 1: -1 for none, else microseconds in each period.
double quota_of_version_1(const std::string& folder) {
  const double quota = std::strtod(first_line(folder + "/cpu.cfs_quota_us").c_str(), nullptr);
  const double period = std::strtod(first_line(folder + "/cpu.cfs_period_us").c_str(), nullptr);
  return quota > 0 && period > 0 ? quota / period : 0;
}

/// "max" reads as 0: none.
double memory_of_version_2(const std::string& folder) {
  return std::strtod(first_line(folder + "/memory.max").c_str(), nullptr);
}

double memory_of_version_1(const std::string& folder) {
  return std::strtod(first_line(folder + "/memory.limit_in_bytes").c_str(), nullptr);
}

/// Asks `group` and each group above it. Inside a container the path may be the host's and not be there: then the
/// groups that are visible count, the root among them.
void walk_up(const std::string& mount, std::string group, double (*limit_of)(const std::string&), double& limit) {
  while (true) {
    lower_to(limit_of(mount + (group == "/" ? "" : group)), limit);
    if (group.empty() || group == "/") return;
    const std::size_t slash = group.rfind('/');
    group.erase(slash == group.npos ? 0 : slash);
  }
}

bool has(const std::string& controllers, const std::string& wanted) {
  std::istringstream list(controllers);
  for (std::string name; std::getline(list, name, ',');) {
    if (name == wanted) return true;
  }
  return false;
}

using LimitOf = double (*)(const std::string& folder);

/// The smallest limit of the process's group and of those above it, by what each version's files say.
double smallest_limit(const std::string& root, const std::string& controller, LimitOf version_1, LimitOf version_2) {
  const std::string mount = root + "/sys/fs/cgroup";
  double limit = 0;
  std::string group_1;
  std::string group_2;
  std::string controllers = controller;
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {  // "0::/path" or "4:cpu,cpuacct:/path"
    const std::size_t first = line.find(':');
    const std::size_t second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string names = line.substr(first + 1, second - first - 1);
    if (names.empty()) group_2 = line.substr(second + 1);
    if (has(names, controller)) {
      controllers = names;
      group_1 = line.substr(second + 1);
    }
  }
  walk_up(mount, group_2, version_2, limit);
  walk_up(mount + "/unified", group_2, version_2, limit);  // both versions at once
  walk_up(mount + "/" + controller, group_1, version_1, limit);
  if (controllers != controller) walk_up(mount + "/" + controllers, group_1, version_1, limit);
  return limit;
}

}  // namespace

double control_group_cores(const std::string& root) {
  return smallest_limit(root, "cpu", quota_of_version_1, quota_of_version_2);
}

std::uint64_t control_group_memory(const std::string& root) {
  const double limit = smallest_limit(root, "memory", memory_of_version_1, memory_of_version_2);
  constexpr double kNoLimit = 9e18;  // version 1 tells none by the largest number of pages
  return limit >= kNoLimit ? 0 : static_cast<std::uint64_t>(limit);
}

}  // namespace peak::parallel
