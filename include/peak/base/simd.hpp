// SIMD level: which vector instructions the kernels use, and how to ask for fewer.
//
// Kernels are compiled for several targets by Highway and chosen at run time; results are the same bits on each (rule
// 16). The environment variable PEAK_SIMD (a name from simd_levels(), or "scalar" for the narrowest) lowers the level,
// for tests and for bug reports. It is read once, when a program that holds a kernel starts; an unknown name changes
// nothing and is told by simd_environment().
//
// Threads: set_simd_level must not run beside a computation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"

namespace peak {

/// Levels that this machine can run and this build holds, widest first, by Highway's names ("AVX3", "AVX2", "SSE4",
/// ...).
[[nodiscard]] std::vector<std::string> simd_levels();
/// The level in use.
[[nodiscard]] std::string simd_level();
/// Uses `level` and nothing wider from now on; "" returns to the widest (or to PEAK_SIMD). Unknown: an error with the
/// known.
[[nodiscard]] Status set_simd_level(std::string_view level);
/// Whether PEAK_SIMD, as it was when the program started, could be followed; ok when it is not set.
[[nodiscard]] Status simd_environment();

/// Follows PEAK_SIMD. Called once before main through the constant below; it needs no other call.
bool follow_simd_environment() noexcept;
/// Every file that includes this header (the kernels do) makes the program follow PEAK_SIMD.
inline const bool kSimdEnvironmentFollowed = follow_simd_environment();

}  // namespace peak
