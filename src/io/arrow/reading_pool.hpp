// Reading pool: the memory into which Arrow reads, the system's, with a bound on what one reading may hold at a time.
//
// Damaged files claim lengths of any size for what they unpack to. Arrow asks for that memory before it looks at the
// bytes; here such a request fails in words.
//
// Threads    the bound holds for the thread that made it; the pool lives as long as the program, so that columns may
//            outlive the reading.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>

namespace peak::io {

[[nodiscard]] arrow::MemoryPool* reading_pool();

/// While it lives, this thread gets no more from the pool than columns of `max_bytes` and the pages they come from.
class MemoryBound {
 public:
  explicit MemoryBound(std::uint64_t max_bytes);
  ~MemoryBound();
  MemoryBound(const MemoryBound&) = delete;
  MemoryBound& operator=(const MemoryBound&) = delete;

  /// Counts from nothing again: what was handed over is another's now.
  void renew();

 private:
  std::uint64_t max_bytes_, outer_max_;
  std::int64_t outer_left_;
};

}  // namespace peak::io
