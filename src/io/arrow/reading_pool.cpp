#include "io/arrow/reading_pool.hpp"

#include <arrow/memory_pool.h>
#include <arrow/status.h>

#include <algorithm>
#include <limits>
#include <string>

namespace peak::io {
namespace {

/// What small files need beside their columns.
constexpr std::uint64_t kLeast = std::uint64_t{1} << 20;

struct Budget {
  std::uint64_t max_bytes = 0;  ///< as the user gave it, for the message; 0: no bound
  std::int64_t left = 0;
};

thread_local Budget budget;

std::int64_t allowed(std::uint64_t max_bytes) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(max_bytes > (kMost - kLeast) / 2 ? kMost : 2 * max_bytes + kLeast);
}

arrow::Status take(std::int64_t bytes) {
  if (budget.max_bytes == 0) return arrow::Status::OK();
  if (bytes > budget.left) {
    return arrow::Status::CapacityError("unpacks to more than max_bytes = ", budget.max_bytes,
                                        " bytes; set a larger max_bytes if it is meant");
  }
  budget.left -= bytes;
  return arrow::Status::OK();
}

void give_back(std::int64_t bytes) {
  if (budget.max_bytes == 0) return;
  // What was taken before the bound began may come back under it.
  const std::int64_t most = allowed(budget.max_bytes);
  budget.left = bytes > most - budget.left ? most : budget.left + bytes;
}

class ReadingPool : public arrow::MemoryPool {
 public:
  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Free;
  using arrow::MemoryPool::Reallocate;

  arrow::Status Allocate(std::int64_t size, std::int64_t alignment, std::uint8_t** out) override {
    ARROW_RETURN_NOT_OK(take(size));
    auto status = system_->Allocate(size, alignment, out);
    if (!status.ok()) give_back(size);
    return status;
  }
  arrow::Status Reallocate(std::int64_t old_size, std::int64_t new_size, std::int64_t alignment,
                           std::uint8_t** place) override {
    if (new_size > old_size) ARROW_RETURN_NOT_OK(take(new_size - old_size));
    auto status = system_->Reallocate(old_size, new_size, alignment, place);
    if (status.ok() != (new_size > old_size)) give_back(std::max(old_size, new_size) - std::min(old_size, new_size));
    return status;
  }
  void Free(std::uint8_t* buffer, std::int64_t size, std::int64_t alignment) override {
    system_->Free(buffer, size, alignment);
    give_back(size);
  }
  std::int64_t bytes_allocated() const override { return system_->bytes_allocated(); }
  std::int64_t max_memory() const override { return system_->max_memory(); }
  std::int64_t total_bytes_allocated() const override { return system_->total_bytes_allocated(); }
  std::int64_t num_allocations() const override { return system_->num_allocations(); }
  std::string backend_name() const override { return system_->backend_name(); }

 private:
  arrow::MemoryPool* system_ = arrow::system_memory_pool();
};

}  // namespace

arrow::MemoryPool* reading_pool() {
  static auto* const pool = new ReadingPool;  // never destroyed: columns may be freed while the program ends
  return pool;
}

MemoryBound::MemoryBound(std::uint64_t max_bytes)
    : max_bytes_(std::max<std::uint64_t>(1, max_bytes)), outer_max_(budget.max_bytes), outer_left_(budget.left) {
  renew();
}

MemoryBound::~MemoryBound() { budget = {outer_max_, outer_left_}; }

void MemoryBound::renew() { budget = {max_bytes_, allowed(max_bytes_)}; }

}  // namespace peak::io
