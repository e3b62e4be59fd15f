// Large memory: room for millions of values, not set to zero, in huge pages where the system has them.
//
// First touches of small pages cost a third of the time of reading a large file.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace peak::io {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// Room for `count` values of a trivial type; null if there is no memory.
template <typename T>
std::shared_ptr<T[]> large_memory(std::size_t count) {
  if (count > static_cast<std::size_t>(-1) / sizeof(T) / 2) return nullptr;
  const std::size_t size = count * sizeof(T);
  if (size < 2 * kHugePage) return std::shared_ptr<T[]>(new (std::nothrow) T[count]);
  void* memory = ::operator new(size, std::align_val_t(kHugePage), std::nothrow);
  if (memory == nullptr) return nullptr;
#if defined(__linux__)
  ::madvise(memory, size, MADV_HUGEPAGE);  // advice: nothing is lost if it is not taken
#endif
  return std::shared_ptr<T[]>(static_cast<T*>(memory),
                              [](T* values) { ::operator delete(values, std::align_val_t(kHugePage)); });
}

}  // namespace peak::io
