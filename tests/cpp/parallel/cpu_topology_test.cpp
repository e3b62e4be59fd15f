#include "peak/parallel/cpu_topology.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "peak/base/simd.hpp"
#include "peak/parallel/system_memory.hpp"
#if defined(__linux__)
#include <sched.h>
#endif

namespace peak {
namespace {

namespace fs = std::filesystem;

/// A folder that looks like the root of another machine: the files that a reader of the topology looks at, as they are
/// there. Gone at the end of the test.
class RecordedSystem {
 public:
  RecordedSystem() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::temp_directory_path() / (std::string("peak_topology_") + test->name() + std::to_string(::getpid()));
    fs::remove_all(root_);
  }
  ~RecordedSystem() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  RecordedSystem(const RecordedSystem&) = delete;
  RecordedSystem& operator=(const RecordedSystem&) = delete;

  void write(const std::string& path, const std::string& text) const {
    const fs::path file = root_ / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
  void online(unsigned count) const {
    write("sys/devices/system/cpu/online", count == 1 ? "0\n" : "0-" + std::to_string(count - 1) + "\n");
  }
  void cpu(unsigned number, const std::string& file, const std::string& text) const {
    write("sys/devices/system/cpu/cpu" + std::to_string(number) + "/" + file, text + "\n");
  }
  void allowed(const std::string& list) const {
    write("proc/self/status", "Name:\tpeak\nCpus_allowed:\tffffff\nCpus_allowed_list:\t" + list + "\nvoluntary:\t1\n");
  }
  [[nodiscard]] CpuTopology read() const { return read_cpu_topology(root_.string()); }
  [[nodiscard]] SystemMemory read_memory() const { return read_system_memory(root_.string()); }

 private:
  fs::path root_;
};

TEST(CpuList, ReadsWhatTheKernelWrites) {
  EXPECT_EQ(parse_cpu_list("0-3,8,10-11\n"), (std::vector<unsigned>{0, 1, 2, 3, 8, 10, 11}));
  EXPECT_EQ(parse_cpu_list("5"), (std::vector<unsigned>{5}));
  EXPECT_EQ(parse_cpu_list("3,1,1"), (std::vector<unsigned>{1, 3}));
  EXPECT_TRUE(parse_cpu_list("").empty());
  EXPECT_TRUE(parse_cpu_list("none").empty());
  EXPECT_TRUE(parse_cpu_list("0-99999999999").empty());
  EXPECT_TRUE(parse_cpu_list("3-1").empty());
  EXPECT_EQ(parse_cpu_list("2,-4"), (std::vector<unsigned>{2}));
}

// Intel i9-12900K, Linux 6.1: 8 performance cores of two threads (0-15), 8 efficiency cores (16-23).
void write_alder_lake(const RecordedSystem& system) {
  system.online(24);
  system.write("sys/devices/cpu_core/cpus", "0-15\n");
  system.write("sys/devices/cpu_atom/cpus", "16-23\n");
  system.write("proc/cpuinfo",
               "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: 12th Gen Intel(R) Core(TM) i9-12900K\n");
  for (unsigned cpu = 0; cpu < 16; ++cpu) {
    const unsigned first = cpu / 2 * 2;
    system.cpu(cpu, "topology/core_cpus_list", std::to_string(first) + "-" + std::to_string(first + 1));
  }
  for (unsigned cpu = 16; cpu < 24; ++cpu) system.cpu(cpu, "topology/core_cpus_list", std::to_string(cpu));
  const std::vector<std::vector<std::string>> caches = {
      {"1", "Data", "48K"}, {"1", "Instruction", "32K"}, {"2", "Unified", "1280K"}, {"3", "Unified", "30720K"}};
  for (std::size_t i = 0; i < caches.size(); ++i) {
    const std::string folder = "cache/index" + std::to_string(i) + "/";
    system.cpu(0, folder + "level", caches[i][0]);
    system.cpu(0, folder + "type", caches[i][1]);
    system.cpu(0, folder + "size", caches[i][2]);
    system.cpu(0, folder + "coherency_line_size", "64");
  }
}

TEST(CpuTopology, IntelHybrid) {
  const RecordedSystem system;
  write_alder_lake(system);
  const CpuTopology topology = system.read();
  EXPECT_EQ(topology.model, "12th Gen Intel(R) Core(TM) i9-12900K");
  EXPECT_EQ(topology.source, CoreKindSource::kIntelHybrid);
  EXPECT_EQ(topology.total_cores, 24U);
  EXPECT_EQ(topology.performance_cores, 16U);
  EXPECT_EQ(topology.efficiency_cores, 8U);
  EXPECT_EQ(topology.machine_cores, 24U);
  EXPECT_EQ(topology.machine_physical_cores, 16U);
  EXPECT_EQ(topology.efficiency_cpus, (std::vector<unsigned>{16, 17, 18, 19, 20, 21, 22, 23}));
  EXPECT_EQ(topology.caches.l1_data, 48U * 1024U);
  EXPECT_EQ(topology.caches.l1_instruction, 32U * 1024U);
  EXPECT_EQ(topology.caches.l2, 1280U * 1024U);
  EXPECT_EQ(topology.caches.l3, 30720U * 1024U);
  EXPECT_EQ(topology.caches.line, 64U);
  EXPECT_EQ(topology.core_limit, 0.0);
}

TEST(CpuTopology, AffinityTakesCoresAwayByKind) {
  const RecordedSystem system;
  write_alder_lake(system);
  system.allowed("2-3,20-21");
  CpuTopology topology = system.read();
  EXPECT_EQ(topology.performance_cores, 2U);
  EXPECT_EQ(topology.efficiency_cores, 2U);
  EXPECT_EQ(topology.total_cores, 4U);
  EXPECT_EQ(topology.machine_cores, 24U);
  system.allowed("16-17");  // taskset to the small cores
  topology = system.read();
  EXPECT_EQ(topology.performance_cores, 0U);
  EXPECT_EQ(topology.efficiency_cores, 2U);
  EXPECT_EQ(topology.total_cores, 2U);
}

TEST(CpuTopology, QuotaKeepsPerformanceCores) {
  const RecordedSystem system;
  write_alder_lake(system);
  system.write("proc/self/cgroup", "0::/system.slice/job.service\n");
  system.write("sys/fs/cgroup/system.slice/cpu.max", "1800000 100000\n");  // 18 cores for the slice
  system.write("sys/fs/cgroup/system.slice/job.service/cpu.max", "max 100000\n");
  CpuTopology topology = system.read();
  EXPECT_EQ(topology.core_limit, 18.0);
  EXPECT_EQ(topology.performance_cores, 16U);
  EXPECT_EQ(topology.efficiency_cores, 2U);
  system.write("sys/fs/cgroup/system.slice/job.service/cpu.max", "150000 100000\n");
  topology = system.read();
  EXPECT_EQ(topology.core_limit, 1.5);
  EXPECT_EQ(topology.performance_cores, 2U);  // one and a half: two threads use it whole
  EXPECT_EQ(topology.efficiency_cores, 0U);
  EXPECT_EQ(topology.total_cores, 2U);
}

// A container of cgroup v2: its group is the root of what it sees, while /proc may still tell the host's path.
TEST(CpuTopology, QuotaInsideAContainer) {
  const RecordedSystem system;
  system.online(8);
  system.write("proc/self/cgroup", "0::/../../docker/abcdef\n");
  system.write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  const CpuTopology topology = system.read();
  EXPECT_EQ(topology.core_limit, 0.5);
  EXPECT_EQ(topology.total_cores, 1U);
  EXPECT_EQ(topology.machine_cores, 8U);
}

TEST(CpuTopology, QuotaOfVersionOne) {
  const RecordedSystem system;
  system.online(8);
  system.write("proc/self/cgroup", "12:cpuset:/docker/ab\n4:cpu,cpuacct:/docker/ab\n1:name=systemd:/docker/ab\n");
  system.write("sys/fs/cgroup/cpu,cpuacct/docker/ab/cpu.cfs_quota_us", "300000\n");
  system.write("sys/fs/cgroup/cpu,cpuacct/docker/ab/cpu.cfs_period_us", "100000\n");
  system.write("sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_quota_us", "-1\n");
  system.write("sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(system.read().core_limit, 3.0);
  EXPECT_EQ(system.read().total_cores, 3U);
}

TEST(CpuTopology, BothVersionsAtOnceTakeTheSmallerQuota) {
  const RecordedSystem system;
  system.online(16);
  system.write("proc/self/cgroup", "3:cpu:/a\n0::/a\n");
  system.write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "800000\n");
  system.write("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
  system.write("sys/fs/cgroup/unified/a/cpu.max", "400000 100000\n");
  EXPECT_EQ(system.read().core_limit, 4.0);
}

// Rockchip RK3588: four Cortex-A55 (capacity 530) and four Cortex-A76 (1024).
TEST(CpuTopology, BigLittle) {
  const RecordedSystem system;
  system.online(8);
  for (unsigned cpu = 0; cpu < 8; ++cpu) system.cpu(cpu, "cpu_capacity", cpu < 4 ? "530" : "1024");
  system.write("proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd05\n");
  system.write("sys/firmware/devicetree/base/model", std::string("Radxa ROCK 5B\0", 14));
  system.cpu(4, "cache/index0/level", "1");
  system.cpu(4, "cache/index0/type", "Data");
  system.cpu(4, "cache/index0/size", "64K");
  const CpuTopology topology = system.read();
  EXPECT_EQ(topology.source, CoreKindSource::kCapacity);
  EXPECT_EQ(topology.performance_cpus, (std::vector<unsigned>{4, 5, 6, 7}));
  EXPECT_EQ(topology.efficiency_cpus, (std::vector<unsigned>{0, 1, 2, 3}));
  EXPECT_EQ(topology.model, "Radxa ROCK 5B");
  EXPECT_EQ(topology.caches.l1_data, 64U * 1024U);  // of a performance core
}

// Three clusters (Snapdragon 8 Gen 2: 3 x A510, 4 x A715/A710, 1 x X3): the small ones alone are efficiency cores.
TEST(CpuTopology, ThreeClusters) {
  const RecordedSystem system;
  system.online(8);
  for (unsigned cpu = 0; cpu < 8; ++cpu) system.cpu(cpu, "cpu_capacity", cpu < 3 ? "325" : cpu < 7 ? "828" : "1024");
  const CpuTopology topology = system.read();
  EXPECT_EQ(topology.performance_cores, 5U);
  EXPECT_EQ(topology.efficiency_cores, 3U);
}

TEST(CpuTopology, CapacitiesThatDifferByTheClockAloneAreOneKind) {
  const RecordedSystem system;
  system.online(4);
  for (unsigned cpu = 0; cpu < 4; ++cpu) system.cpu(cpu, "cpu_capacity", cpu < 2 ? "1024" : "980");
  const CpuTopology topology = system.read();
  EXPECT_EQ(topology.source, CoreKindSource::kUniform);
  EXPECT_EQ(topology.performance_cores, 4U);
}

TEST(CpuTopology, AServerOfOneKindWithCoresOffline) {
  const RecordedSystem system;
  system.write("sys/devices/system/cpu/online", "0-2,4\n");
  for (const unsigned cpu : {0U, 1U, 2U, 4U}) system.cpu(cpu, "topology/thread_siblings_list", std::to_string(cpu));
  const CpuTopology topology = system.read();
  EXPECT_EQ(topology.total_cores, 4U);
  EXPECT_EQ(topology.machine_physical_cores, 4U);
  EXPECT_EQ(topology.performance_cpus, (std::vector<unsigned>{0, 1, 2, 4}));
}

TEST(CpuTopology, NothingToldIsOneCore) {
  const RecordedSystem system;
  const CpuTopology topology = system.read();
  EXPECT_EQ(topology.total_cores, 1U);
  EXPECT_EQ(topology.performance_cores, 1U);
  EXPECT_EQ(topology.model, "");
  EXPECT_EQ(topology.caches.l2, 0U);
  EXPECT_EQ(topology.machine_physical_cores, 0U);
}

TEST(CpuTopology, DamagedFilesGiveNoQuota) {
  const RecordedSystem system;
  system.online(2);
  system.write("proc/self/cgroup", "nonsense\n0::\n::\n0::/a/b\n");
  system.write("sys/fs/cgroup/cpu.max", "banana\n");
  system.write("sys/fs/cgroup/a/cpu.max", "100000 0\n");
  system.write("sys/fs/cgroup/a/b/cpu.max", "-5 100000\n");
  system.cpu(0, "cpu_capacity", "");
  EXPECT_EQ(system.read().core_limit, 0.0);
  EXPECT_EQ(system.read().total_cores, 2U);
}

TEST(CpuTopology, OfThisMachine) {
  const CpuTopology& topology = cpu_topology();
  EXPECT_GE(topology.total_cores, 1U);
  EXPECT_EQ(topology.total_cores, topology.performance_cores + topology.efficiency_cores);
  EXPECT_LE(topology.total_cores, topology.machine_cores);
  EXPECT_EQ(topology.machine_cores, topology.machine_performance_cores + topology.machine_efficiency_cores);
  EXPECT_EQ(topology.simd_level, simd_level());
#if defined(__linux__)
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  EXPECT_EQ(topology.performance_cpus.size() + topology.efficiency_cpus.size(),
            static_cast<std::size_t>(CPU_COUNT(&allowed)));
#endif
}

// 16 GiB in the machine; the slice may have 4 GiB, the job in it 6 GiB: 4 hold (cgroups(7)).
TEST(SystemMemory, TheTightestGroupHolds) {
  const RecordedSystem system;
  system.write("proc/meminfo", "MemTotal:       16777216 kB\nMemFree: 1 kB\nMemAvailable:    8388608 kB\n");
  system.write("proc/self/cgroup", "0::/user.slice/job.scope\n");
  EXPECT_EQ(system.read_memory().usable(), std::uint64_t{16} << 30);
  system.write("sys/fs/cgroup/user.slice/memory.max", "4294967296\n");
  system.write("sys/fs/cgroup/user.slice/job.scope/memory.max", "6442450944\n");
  const SystemMemory memory = system.read_memory();
  EXPECT_EQ(memory.total, std::uint64_t{16} << 30);
  EXPECT_EQ(memory.available, std::uint64_t{8} << 30);
  EXPECT_EQ(memory.limit, std::uint64_t{4} << 30);
  EXPECT_EQ(memory.usable(), std::uint64_t{4} << 30);
}

TEST(SystemMemory, GroupsOfVersionOne) {
  const RecordedSystem system;
  system.write("proc/meminfo", "MemTotal: 16777216 kB\n");
  system.write("proc/self/cgroup", "5:memory:/docker/ab\n4:cpu,cpuacct:/docker/ab\n");
  system.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");  // none
  EXPECT_EQ(system.read_memory().limit, 0U);
  system.write("sys/fs/cgroup/memory/docker/ab/memory.limit_in_bytes", "268435456\n");
  EXPECT_EQ(system.read_memory().limit, std::uint64_t{256} << 20);
}

TEST(SystemMemory, NonsenseIsNoLimit) {
  const RecordedSystem system;
  EXPECT_EQ(system.read_memory().usable(), 0U);
  system.write("proc/meminfo", "MemTotal: lots\n");
  system.write("proc/self/cgroup", "0::/\n");
  system.write("sys/fs/cgroup/memory.max", "plenty\n");
  EXPECT_EQ(system.read_memory().usable(), 0U);
}

}  // namespace
}  // namespace peak
