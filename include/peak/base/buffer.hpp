// Buffer: a fixed-size array whose elements start uninitialised, for columns that a kernel is about to fill.
//
// std::vector would write zeros first, which for a million bars costs as much as the computation. Read it as a span.
// Running out of memory throws std::bad_alloc, as std::vector does.
// Threads: as std::vector.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace peak {

/// Uninitialised memory aligned for vectors, on huge pages where it is large and the system has them; null if there is
/// none. Give it back with free_buffer.
[[nodiscard]] void* allocate_buffer(std::size_t size_bytes);
void free_buffer(void* memory) noexcept;

template <typename T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  using value_type = T;

  Buffer() = default;
  explicit Buffer(std::size_t size) : data_(static_cast<T*>(allocate_buffer(size * sizeof(T)))), size_(size) {
    if (data_ == nullptr) throw std::bad_alloc();
  }
  Buffer(std::size_t size, T value) : Buffer(size) { std::fill(begin(), end(), value); }
  explicit Buffer(std::span<const T> values) : Buffer(values.size()) {
    std::copy(values.begin(), values.end(), begin());
  }
  Buffer(const Buffer& other) : Buffer(std::span<const T>(other)) {}
  Buffer(Buffer&& other) noexcept : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] T* data() noexcept { return data_.get(); }
  [[nodiscard]] const T* data() const noexcept { return data_.get(); }
  [[nodiscard]] T& operator[](std::size_t i) noexcept { return data_[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return data_[i]; }
  [[nodiscard]] T* begin() noexcept { return data(); }
  [[nodiscard]] T* end() noexcept { return data() + size_; }
  [[nodiscard]] const T* begin() const noexcept { return data(); }
  [[nodiscard]] const T* end() const noexcept { return data() + size_; }
  [[nodiscard]] const T& back() const noexcept { return data_[size_ - 1]; }

 private:
  struct Release {
    void operator()(T* memory) const noexcept { free_buffer(memory); }
  };
  std::unique_ptr<T[], Release> data_;
  std::size_t size_ = 0;
};

}  // namespace peak
