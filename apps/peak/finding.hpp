// Finding: one thing that `peak doctor` looked at, what it saw, and what mends it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/config/configuration.hpp"
#include "peak/parallel/cpu_topology.hpp"
#include "peak/parallel/system_memory.hpp"

namespace peak::command {

/// The troubles of the performance guide, in its order.
enum class Topic : unsigned char { kInstallation, kSlowBacktests, kHighMemory, kCacheMisses, kSlowQueries };

enum class Condition : unsigned char {
  kGood,
  kBetter,  ///< works, and could work better
  kFaulty,  ///< something is missing or does not work
};

struct Finding {
  Topic topic = Topic::kInstallation;
  std::string name = {};  ///< of what was looked at: "cores", "L1 hits", a file
  Condition condition = Condition::kGood;
  std::string found = {};             ///< one sentence or a few words
  std::string command = {};           ///< what mends it, as typed
  std::function<Status()> mend = {};  ///< does the same; null where that is not for a program to decide
  bool mended = false;
};
using Findings = std::vector<Finding>;

/// What is looked at.
struct Patient {
  CpuTopology cores;
  SystemMemory memory;
  config::Configuration configuration;
  std::string cache_folder;
  std::string python;              ///< the interpreter whose numpy is looked at; empty: none
  std::vector<std::string> files;  ///< trade stores and files of prices
};

/// A finding that one setting mends: by `peak config set`, or by the environment where that is what set it.
[[nodiscard]] Finding setting_finding(const config::Configuration& configuration, config::Setting setting,
                                      const std::string& value, Finding finding);

void examine_machine(const Patient& patient, Findings& findings);
void examine_numpy(const Patient& patient, Findings& findings);
void examine_cache(const Patient& patient, Findings& findings);
/// An error for a file that cannot be read at all.
[[nodiscard]] Status examine_files(const Patient& patient, Findings& findings);

}  // namespace peak::command
