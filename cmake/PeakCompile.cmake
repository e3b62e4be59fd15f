# Flags for every target of the project, as the interface library peak_compile.
add_library(peak_compile INTERFACE)
target_compile_features(peak_compile INTERFACE cxx_std_20)
# -ffp-contract=off: a fused multiply-add rounds once where the rule book's operations round twice (rule 16).
target_compile_options(peak_compile INTERFACE -ffp-contract=off -fno-math-errno -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  # GCC 12 and 13 warn of std::string's own operator+ (GCC bug 105651).
  target_compile_options(peak_compile INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Position-independent code may be replaced by another library's at load, so that GCC does not inline within a file;
  # nobody replaces ours. Clang assumes so anyway.
  target_compile_options(peak_compile INTERFACE -fno-semantic-interposition)
endif()
if(PEAK_WERROR)
  target_compile_options(peak_compile INTERFACE -Werror)
endif()
if(PEAK_SANITIZE)
  target_compile_options(peak_compile INTERFACE -fsanitize=${PEAK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(peak_compile INTERFACE -fsanitize=${PEAK_SANITIZE})
endif()
if(PEAK_ONE_SIMD_TARGET)
  # Kernels for the compiler's own target alone: a fifth of the compile time, for builds that look for races and crashes.
  # That target is AVX2 where this machine has it, so that vectors and their tails are looked at too.
  target_compile_definitions(peak_compile INTERFACE HWY_COMPILE_ONLY_STATIC)
  if(EXISTS /proc/cpuinfo)
    file(STRINGS /proc/cpuinfo peak_avx2_flags REGEX "^flags.* aes .* avx2 .* bmi2 " LIMIT_COUNT 1)
    if(peak_avx2_flags)
      target_compile_options(peak_compile INTERFACE -march=haswell -maes)  # Highway asks for AES too
    endif()
  endif()
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
  # Kernels keep vectors in structures, which vectors of unknown length (SVE) cannot be in: NEON, which every one of these has.
  target_compile_definitions(peak_compile INTERFACE "HWY_DISABLED_TARGETS=(HWY_SVE|HWY_SVE2|HWY_SVE_256|HWY_SVE2_128)")
endif()
if(NOT APPLE)
  # Libraries that turn out not to be needed are not loaded: libhwy alone costs 4 ms (src/base/highway_runtime.cpp).
  target_link_options(peak_compile INTERFACE -Wl,--as-needed)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
