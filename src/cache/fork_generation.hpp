// Fork generation: tells an object that it was made on the other side of a fork().
//
// Threads and the state of locks do not survive a fork. Objects that have either compare the number they were made
// under with the present one (one atomic load), and in the child leave what they had alone and start anew.
#pragma once

#include <cstdint>

namespace peak::cache {

/// How many forks lie between the first process and this one.
[[nodiscard]] std::uint64_t fork_generation() noexcept;

}  // namespace peak::cache
