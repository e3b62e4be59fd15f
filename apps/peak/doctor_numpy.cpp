// What peak doctor asks Python: which linear algebra numpy has, and on how many threads it computes.
#include <array>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>

#include "finding.hpp"
#include "program.hpp"

namespace peak::command {
namespace {

using config::Setting;

/// Prints lines "name value". The number of threads is numpy's own, before Peak Trade sets it.
constexpr const char* kQuestion = R"(
import os, platform, sys
print("silicon", int(sys.platform == "darwin" and platform.machine() == "arm64"))
try:
    import numpy
except ImportError:
    sys.exit()
print("numpy", numpy.__version__)
try:
    print("blas", numpy.show_config(mode="dicts")["Build Dependencies"]["blas"].get("name", "unknown"))
except (TypeError, KeyError):
    print("blas unknown")
try:
    import threadpoolctl
    threads = [e["num_threads"] for e in threadpoolctl.threadpool_info() if e["user_api"] == "blas"]
    print("threads", max(threads, default=0))
except ImportError:
    pass
)";

/// Variables of the environment that rule how many threads linear algebra uses.
constexpr std::array<const char*, 5> kVariables = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
                                                   "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"};

void examine_variables(const Patient& patient, Findings& findings) {
  for (const char* name : kVariables) {
    const char* text = std::getenv(name);
    if (text == nullptr || std::strtol(text, nullptr, 10) <= static_cast<long>(patient.cores.total_cores)) continue;
    findings.push_back({.topic = Topic::kSlowBacktests,
                        .name = name,
                        .condition = Condition::kBetter,
                        .found = std::string(text) + " threads on " + std::to_string(patient.cores.total_cores) +
                                 " cores get into each other's way",
                        .command = std::string("unset ") + name});
  }
}

Finding library(const std::map<std::string, std::string>& told) {
  const std::string& blas = told.at("blas");
  Finding finding{
      .topic = Topic::kSlowBacktests, .name = "numpy", .found = told.at("numpy") + ", linear algebra by " + blas};
  const bool silicon = told.at("silicon") == "1";
  if (silicon && blas != "accelerate") {
    finding.condition = Condition::kBetter;
    finding.found += ", not by Apple's Accelerate";
    finding.command = "pip install --upgrade 'numpy>=2'";
  } else if (blas == "none" || blas == "blas" || blas == "cblas" || blas == "lapack") {
    finding.condition = Condition::kBetter;
    finding.found += ", which is slow";
    finding.command = "pip install --force-reinstall numpy";
  }
  return finding;
}

Finding threads(const Patient& patient, long count) {
  const auto& configuration = patient.configuration;
  Finding finding{.topic = Topic::kSlowBacktests,
                  .name = "numpy's threads",
                  .found = std::to_string(count) + " on " + std::to_string(patient.cores.total_cores) + " cores"};
  const std::int64_t wanted = configuration.integer(Setting::kNumThreads);
  if (wanted > patient.cores.total_cores) {
    finding.condition = Condition::kBetter;
    finding.found += "; " + std::to_string(wanted) + " are configured";
    return setting_finding(configuration, Setting::kNumThreads, "0", std::move(finding));
  }
  if (configuration.boolean(Setting::kAutoConfigure)) {
    finding.found += "; Peak Trade sets one to each performance core";
    if (wanted > 0) finding.found = std::to_string(wanted) + ", as configured";
  } else if (count > static_cast<long>(patient.cores.total_cores)) {
    finding.condition = Condition::kBetter;
    finding.found += "; Peak Trade is told to leave them";
    return setting_finding(configuration, Setting::kAutoConfigure, "true", std::move(finding));
  }
  return finding;
}

}  // namespace

void examine_numpy(const Patient& patient, Findings& findings) {
  examine_variables(patient, findings);
  if (patient.python.empty()) return;
  const Result<std::string> output = output_of({patient.python, "-c", kQuestion}, std::chrono::seconds(20));
  if (!output.ok()) {
    findings.push_back(
        {.topic = Topic::kSlowBacktests, .name = "numpy", .found = "not looked at: " + output.error().message});
    return;
  }
  std::map<std::string, std::string> told;
  std::istringstream lines(*output);
  for (std::string name, value; lines >> name >> value;) told[name] = value;
  if (told.count("numpy") == 0 || told.count("blas") == 0) {
    findings.push_back({.topic = Topic::kSlowBacktests,
                        .name = "numpy",
                        .found = "'" + patient.python + "' has none; name another Python with --python"});
    return;
  }
  findings.push_back(library(told));
  const auto count = told.find("threads");
  if (count != told.end()) findings.push_back(threads(patient, std::strtol(count->second.c_str(), nullptr, 10)));
}

}  // namespace peak::command
