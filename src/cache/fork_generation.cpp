#include "fork_generation.hpp"

#include <pthread.h>

#include <atomic>

namespace peak::cache {
namespace {

std::atomic<std::uint64_t> generation{0};

void count_fork() { generation.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

std::uint64_t fork_generation() noexcept {
  static const bool is_watched = pthread_atfork(nullptr, nullptr, count_fork) == 0;
  return is_watched ? generation.load(std::memory_order_relaxed) : 0;
}

}  // namespace peak::cache
