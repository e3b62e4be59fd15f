// Linux: everything is a small file below /proc and /sys. No call to the system is made, so that a recorded tree of
// another machine is read exactly as this machine's own.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "parallel/control_groups.hpp"
#include "parallel/system_file.hpp"
#include "parallel/topology_source.hpp"

namespace peak {

std::vector<unsigned> parse_cpu_list(const std::string& text) {
  std::vector<unsigned> cpus;
  const char* place = text.c_str();
  while (std::isdigit(static_cast<unsigned char>(*place)) != 0) {
    constexpr unsigned long kMostCpus = 1UL << 16U;  // a damaged file must not ask for memory without end
    char* end = nullptr;
    const unsigned long first = std::strtoul(place, &end, 10);
    unsigned long last = first;
    if (*end == '-' && std::isdigit(static_cast<unsigned char>(end[1])) != 0) last = std::strtoul(end + 1, &end, 10);
    if (last >= kMostCpus) break;
    for (unsigned long cpu = first; cpu <= last; ++cpu) cpus.push_back(static_cast<unsigned>(cpu));
    if (*end != ',') break;
    place = end + 1;
  }
  std::sort(cpus.begin(), cpus.end());
  cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
  return cpus;
}

namespace parallel {
namespace {

using CpuList = std::vector<unsigned>;

CpuList intersection(const CpuList& a, const CpuList& b) {
  CpuList both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

std::string cpu_folder(const std::string& root, unsigned cpu) {
  return root + "/sys/devices/system/cpu/cpu" + std::to_string(cpu);
}

/// Online cores; where sysfs is hidden (some containers), the processors that /proc/cpuinfo lists.
CpuList online_cpus(const std::string& root) {
  CpuList cpus = parse_cpu_list(first_line(root + "/sys/devices/system/cpu/online"));
  if (!cpus.empty()) return cpus;
  std::ifstream file(root + "/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("processor")) cpus.push_back(static_cast<unsigned>(cpus.size()));
  }
  if (cpus.empty()) cpus.push_back(0);
  return cpus;
}

/// The efficiency cores among `online`, and who said so.
CpuList efficiency_cpus(const std::string& root, const CpuList& online, CoreKindSource& source) {
  const CpuList core = parse_cpu_list(first_line(root + "/sys/devices/cpu_core/cpus"));
  const CpuList atom = parse_cpu_list(first_line(root + "/sys/devices/cpu_atom/cpus"));
  if (!core.empty() && !atom.empty()) {
    source = CoreKindSource::kIntelHybrid;
    return intersection(atom, online);
  }
  std::map<unsigned long, CpuList> by_capacity;
  for (const unsigned cpu : online) {
    const unsigned long capacity = number_in(cpu_folder(root, cpu) + "/cpu_capacity");
    if (capacity == 0) return {};
    by_capacity[capacity].push_back(cpu);
  }
  // Cores that differ by their highest clock alone are of one kind; little ones have at most about half the capacity.
  if (by_capacity.empty() || by_capacity.begin()->first * 4 >= by_capacity.rbegin()->first * 3) return {};
  source = CoreKindSource::kCapacity;
  return by_capacity.begin()->second;
}

/// "x86: model name"; Arm tells codes only, beside the board's name in the device tree.
std::string model_of(const std::string& root) {
  const std::string info = root + "/proc/cpuinfo";
  std::string model = field(info, "model name");
  if (!model.empty()) return model;
  model = first_line(root + "/sys/firmware/devicetree/base/model");
  while (!model.empty() && model.back() == '\0') model.pop_back();
  if (!model.empty()) return model;
  const std::string implementer = field(info, "CPU implementer");
  if (implementer.empty()) return field(info, "Hardware");
  return "Arm implementer " + implementer + " part " + field(info, "CPU part");
}

std::uint64_t bytes_of(const std::string& text) {
  char* end = nullptr;
  const std::uint64_t number = std::strtoull(text.c_str(), &end, 10);
  return *end == 'K' ? number << 10U : *end == 'M' ? number << 20U : number;
}

CacheSizes caches_of(const std::string& root, unsigned cpu) {
  CacheSizes sizes;
  for (int index = 0; index < 16; ++index) {
    const std::string folder = cpu_folder(root, cpu) + "/cache/index" + std::to_string(index);
    const std::string level = first_line(folder + "/level");
    if (level.empty()) break;
    const std::uint64_t size = bytes_of(first_line(folder + "/size"));
    const std::string type = first_line(folder + "/type");
    if (level == "1" && type == "Instruction") sizes.l1_instruction = size;
    if (level == "1" && type != "Instruction") sizes.l1_data = size;
    if (level == "2") sizes.l2 = size;
    if (level == "3") sizes.l3 = size;
    if (sizes.line == 0) sizes.line = number_in(folder + "/coherency_line_size");
  }
  return sizes;
}

unsigned physical_cores(const std::string& root, const CpuList& online) {
  std::set<std::string> siblings;
  for (const unsigned cpu : online) {
    const std::string folder = cpu_folder(root, cpu) + "/topology/";
    std::string list = first_line(folder + "core_cpus_list");
    if (list.empty()) list = first_line(folder + "thread_siblings_list");
    if (list.empty()) return 0;
    siblings.insert(list);
  }
  return static_cast<unsigned>(siblings.size());
}

}  // namespace

CpuTopology read_linux(const std::string& given_root) {
  const std::string root = given_root == "/" ? "" : given_root;
  CpuTopology topology;
  const CpuList online = online_cpus(root);
  const CpuList efficient = efficiency_cpus(root, online, topology.source);
  CpuList performant;
  std::set_difference(online.begin(), online.end(), efficient.begin(), efficient.end(), std::back_inserter(performant));
  CpuList allowed = parse_cpu_list(field(root + "/proc/self/status", "Cpus_allowed_list"));
  if (allowed.empty()) allowed = online;

  topology.model = model_of(root);
  topology.machine_cores = static_cast<unsigned>(online.size());
  topology.machine_physical_cores = physical_cores(root, online);
  topology.machine_performance_cores = static_cast<unsigned>(performant.size());
  topology.machine_efficiency_cores = static_cast<unsigned>(efficient.size());
  topology.caches = caches_of(root, performant.empty() ? online.front() : performant.front());
  topology.core_limit = control_group_cores(root);
  topology.performance_cpus = intersection(performant, allowed);
  topology.efficiency_cpus = intersection(efficient, allowed);
  count_usable(static_cast<unsigned>(topology.performance_cpus.size()),
               static_cast<unsigned>(topology.efficiency_cpus.size()), topology);
  return topology;
}

}  // namespace parallel
}  // namespace peak
