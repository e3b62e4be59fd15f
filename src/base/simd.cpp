#include "peak/base/simd.hpp"

#include <hwy/highway.h>
#include <hwy/targets.h>

#include <cctype>
#include <cstdint>
#include <cstdlib>

namespace peak {
namespace {

// In Highway a lower bit is a better target, so the lowest supported bit is the one in use.
std::vector<std::int64_t> targets_in_use() { return hwy::SupportedAndGeneratedTargets(); }

// What the machine can do, read before any level is set.
const std::vector<std::int64_t>& machine_targets() {
  static const std::vector<std::int64_t> targets = targets_in_use();
  return targets;
}

bool equal_without_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::toupper(static_cast<unsigned char>(a[i])) != std::toupper(static_cast<unsigned char>(b[i]))) return false;
  }
  return true;
}

Status use_level(std::string_view level) {
  for (const std::int64_t target : machine_targets()) {
    const bool narrowest = target == machine_targets().back();
    if (equal_without_case(level, hwy::TargetName(target)) || (narrowest && equal_without_case(level, "scalar"))) {
      std::int64_t allowed = 0;
      for (const std::int64_t candidate : machine_targets()) allowed |= candidate >= target ? candidate : 0;
      hwy::SetSupportedTargetsForTest(allowed);
      return {};
    }
  }
  const std::vector<std::string> known = simd_levels();
  std::string message = "SIMD level '" + std::string(level) + "' is not one of this machine's:";
  for (const std::string& name : known) message += " " + name;
  return invalid_argument(message + " scalar");
}

Status follow_environment() {
  const char* wanted = std::getenv("PEAK_SIMD");
  if (wanted == nullptr || *wanted == '\0') return {};
  Status status = use_level(wanted);
  if (!status.ok()) return status.error().within("environment variable PEAK_SIMD");
  return {};
}

}  // namespace

std::vector<std::string> simd_levels() {
  std::vector<std::string> names;
  for (const std::int64_t target : machine_targets()) names.emplace_back(hwy::TargetName(target));
  return names;
}

std::string simd_level() {
  static_cast<void>(machine_targets());
  return hwy::TargetName(targets_in_use().front());
}

Status set_simd_level(std::string_view level) {
  static_cast<void>(machine_targets());
  if (!level.empty()) return use_level(level);
  hwy::SetSupportedTargetsForTest(0);
  static_cast<void>(simd_environment().ok() ? follow_environment() : Status{});
  return {};
}

Status simd_environment() {
  static const Status status = follow_environment();
  return status;
}

bool follow_simd_environment() noexcept { return simd_environment().ok(); }

}  // namespace peak
