#include "machine.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#if defined(__linux__)
#include <sched.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace peak::command {
namespace {

#if defined(__linux__)

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// The rest of the first line of `path` that starts with `key`, after the colon.
std::string field(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const std::size_t colon = line.find(':');
    const std::size_t start = colon == line.npos ? line.npos : line.find_first_not_of(" \t", colon + 1);
    return start == line.npos ? "" : line.substr(start);
  }
  return {};
}

std::uint64_t kilobytes(const std::string& key) {
  return std::strtoull(field("/proc/meminfo", key).c_str(), nullptr, 10) * 1024U;
}

void lower_to(double limit, double& current) {
  if (limit > 0 && (current == 0 || limit < current)) current = limit;
}

/// Limits of one control group of version 2: "max" or numbers.
void read_group(const std::string& folder, Machine& machine) {
  std::istringstream quota(first_line(folder + "/cpu.max"));
  std::string share;
  double period = 0;
  if (quota >> share >> period && share != "max" && period > 0) {
    lower_to(std::strtod(share.c_str(), nullptr) / period, machine.core_limit);
  }
  const std::uint64_t memory = std::strtoull(first_line(folder + "/memory.max").c_str(), nullptr, 10);
  if (memory != 0 && (machine.memory_limit_bytes == 0 || memory < machine.memory_limit_bytes)) {
    machine.memory_limit_bytes = memory;
  }
}

/// The limits of the process's group and of every group above it hold together (cgroups(7)).
void read_groups(Machine& machine) {
  const std::string root = "/sys/fs/cgroup";
  std::string group = field("/proc/self/cgroup", "0:");  // "0::/path"
  group = group.empty() ? "" : group.substr(group.find('/') == group.npos ? group.size() : group.find('/'));
  while (true) {
    read_group(root + (group == "/" ? "" : group), machine);
    if (group.empty() || group == "/") break;
    group.erase(group.rfind('/'));
  }
  // Version 1 keeps each kind in a folder of its own.
  const double quota = std::strtod(first_line(root + "/cpu/cpu.cfs_quota_us").c_str(), nullptr);
  const double period = std::strtod(first_line(root + "/cpu/cpu.cfs_period_us").c_str(), nullptr);
  if (quota > 0 && period > 0) lower_to(quota / period, machine.core_limit);
  const std::uint64_t memory = std::strtoull(first_line(root + "/memory/memory.limit_in_bytes").c_str(), nullptr, 10);
  if (memory != 0 && memory < machine.memory_bytes) machine.memory_limit_bytes = memory;
}

void read_system(Machine& machine) {
  machine.cpu_model = field("/proc/cpuinfo", "model name");
  machine.memory_bytes = kilobytes("MemTotal");
  machine.available_bytes = kilobytes("MemAvailable");
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    machine.usable_cores = static_cast<unsigned>(CPU_COUNT(&allowed));
  }
  read_groups(machine);
}

#elif defined(__APPLE__)

void read_system(Machine& machine) {
  char model[256] = {};
  std::size_t size = sizeof model - 1;
  if (sysctlbyname("machdep.cpu.brand_string", model, &size, nullptr, 0) == 0) machine.cpu_model = model;
  std::uint64_t memory = 0;
  size = sizeof memory;
  if (sysctlbyname("hw.memsize", &memory, &size, nullptr, 0) == 0) machine.memory_bytes = memory;
}

#else

void read_system(Machine&) {}

#endif

}  // namespace

Machine read_machine() {
  Machine machine;
  utsname name{};
  if (uname(&name) == 0) {
    machine.system = std::string(name.sysname) + " " + name.release + " " + name.machine;
  }
  machine.cores = static_cast<unsigned>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  machine.usable_cores = machine.cores;
  read_system(machine);
  return machine;
}

}  // namespace peak::command
