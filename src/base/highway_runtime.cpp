// The few functions of Highway that are not in its headers, so that programs need not load libhwy.
//
// Loading libhwy.so (1.0.3) takes 4 ms, for it measures the resolution of the clock before main; all else of
// `peak --version` takes 2 ms. The definitions are weak: where libhwy is linked in statically, its own are taken.
#include <hwy/aligned_allocator.h>
#include <hwy/highway.h>
#include <hwy/targets.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace hwy {
namespace {

std::atomic<std::int64_t> g_instead{0};   // targets set by SetSupportedTargetsForTest; 0: what the machine has
std::atomic<std::int64_t> g_enabled{-1};  // all but those given to DisableTargets

constexpr std::size_t kAlignment = 128;  // two cache lines, which processors fetch in pairs

std::int64_t machine_targets() {
  std::int64_t targets = HWY_SCALAR | HWY_EMU128;
#if HWY_ARCH_X86
  // Each target asks for all instruction sets that Highway compiles it for, and for those of the narrower ones.
  __builtin_cpu_init();
  const bool ssse3 = __builtin_cpu_supports("ssse3");
  const bool sse4 = ssse3 && __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("sse4.2") &&
                    __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("aes");
  const bool avx2 = sse4 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  const bool avx3 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
                    __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512bw");
  if (ssse3) targets |= HWY_SSSE3;
  if (sse4) targets |= HWY_SSE4;
  if (avx2) targets |= HWY_AVX2;
  if (avx3) targets |= HWY_AVX3;
#endif
  return targets | HWY_STATIC_TARGET;
}

}  // namespace

__attribute__((weak)) std::int64_t SupportedTargets() {
  static const std::int64_t machine = machine_targets();
  const std::int64_t instead = g_instead.load();
  const std::int64_t targets = (instead != 0 ? instead : machine) & g_enabled.load();
  return targets != 0 ? targets : HWY_STATIC_TARGET;
}

__attribute__((weak)) void DisableTargets(std::int64_t disabled_targets) {
  g_enabled.store(~disabled_targets);
  GetChosenTarget().DeInit();
}

__attribute__((weak)) void SetSupportedTargetsForTest(std::int64_t targets) {
  g_instead.store(targets);
  GetChosenTarget().DeInit();
}

__attribute__((weak)) ChosenTarget& GetChosenTarget() {
  static ChosenTarget chosen;
  return chosen;
}

__attribute__((weak)) void* AllocateAlignedBytes(std::size_t payload_size, AllocPtr, void*) {
  const std::size_t rounded = (payload_size + kAlignment - 1) / kAlignment * kAlignment;
  return std::aligned_alloc(kAlignment, rounded < kAlignment ? kAlignment : rounded);
}

__attribute__((weak)) void FreeAlignedBytes(const void* aligned_pointer, FreePtr, void*) {
  std::free(const_cast<void*>(aligned_pointer));
}

}  // namespace hwy
