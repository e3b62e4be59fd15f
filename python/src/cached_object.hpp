// CachedObject: what the memory level keeps of a Python object, and the codec that leads it to the levels below.
//
// Immutable objects are kept as they are and handed out as they are. All others are kept encoded, with memory of their
// own, and made anew each time they are asked for: frames and arrays as read-only views of that memory.
//
// Threads   made and dropped on any thread, with or without the GIL; a reference is dropped under the GIL, never under
// a
//           lock of the cache.
#pragma once

#include <nanobind/nanobind.h>

#include <atomic>
#include <memory>

#include "peak/cache/entry.hpp"

namespace peak::python {

class CachedObject {
 public:
  /// Keeps a reference to an immutable object; with the GIL held.
  explicit CachedObject(PyObject* immutable) : object_(immutable) { Py_INCREF(immutable); }
  explicit CachedObject(value::Encoded encoded) : encoded_(std::make_unique<value::Encoded>(std::move(encoded))) {}
  ~CachedObject();
  CachedObject(const CachedObject&) = delete;
  CachedObject& operator=(const CachedObject&) = delete;

  /// The object itself, or null when it must be made with make().
  [[nodiscard]] PyObject* immutable() const noexcept { return object_.load(std::memory_order_acquire); }
  /// A new reference; with the GIL held. `context` as in values.hpp.
  [[nodiscard]] nanobind::object make(nanobind::handle context) const;
  /// The encoded value; takes the GIL if it must be made.
  [[nodiscard]] value::Encoded encoded() const;
  [[nodiscard]] std::size_t size_bytes() const noexcept;

 private:
  mutable std::atomic<PyObject*> object_{nullptr};
  std::unique_ptr<const value::Encoded> encoded_;
};

/// What the cache keeps for `object`; with the GIL held. TypeError for what cannot be kept.
cache::Object cached_object_of(nanobind::handle object, nanobind::handle context);

inline const CachedObject& as_cached(const void* object) { return *static_cast<const CachedObject*>(object); }

[[nodiscard]] std::shared_ptr<const cache::ObjectCodec> python_codec();

}  // namespace peak::python
