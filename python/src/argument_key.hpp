// ArgumentKey: the arguments of a call as bytes that are equal exactly when the arguments' content is
// (cached_call.hpp).
#pragma once

#include <nanobind/nanobind.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "peak/base/hash.hpp"

namespace peak::python {

/// Bytes on the stack while they are few.
class ArgumentKey {
 public:
  /// TypeError for a value without content that could be told.
  void add(PyObject* value);
  [[nodiscard]] Hash128 hash() const noexcept {
    return large_.empty() ? hash_bytes(small_.data(), size_) : hash_bytes(large_.data(), large_.size());
  }

 private:
  void put(const void* bytes, std::size_t count);
  void put_number(char kind, std::uint64_t bits) {
    put(&kind, 1);
    put(&bits, sizeof(bits));
  }
  void put_text(char kind, const char* text, Py_ssize_t size) {
    put_number(kind, static_cast<std::uint64_t>(size));
    put(text, static_cast<std::size_t>(size));
  }
  void add_content(PyObject* value);

  std::array<char, 256> small_;
  std::size_t size_ = 0;
  std::string large_;
};

/// The hash of an object's content; large ones without the GIL.
Hash128 content_hash_of(nanobind::handle object);

}  // namespace peak::python
