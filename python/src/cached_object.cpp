#include "cached_object.hpp"

#include <utility>

#include "values.hpp"

namespace nb = nanobind;

namespace peak::python {

CachedObject::~CachedObject() {
  PyObject* object = object_.load(std::memory_order_relaxed);
  // When the interpreter is gone its objects are gone with it.
  if (object == nullptr || !nb::is_alive()) return;
  const nb::gil_scoped_acquire guard;
  Py_DECREF(object);
}

nb::object CachedObject::make(nb::handle context) const {
  if (PyObject* object = immutable(); object != nullptr) return nb::borrow(object);
  nb::object made = decode_object(*encoded_, context);
  // What came from the levels below as an immutable object is one from now on.
  if (encoded_->buffers.empty() && is_immutable(made.ptr())) {
    PyObject* none = nullptr;
    if (object_.compare_exchange_strong(none, made.ptr(), std::memory_order_acq_rel)) Py_INCREF(made.ptr());
  }
  return made;
}

value::Encoded CachedObject::encoded() const {
  if (encoded_ != nullptr) return *encoded_;
  const nb::gil_scoped_acquire guard;
  return encode_object(immutable(), EncodePurpose::kStore);
}

std::size_t CachedObject::size_bytes() const noexcept {
  const std::size_t own = sizeof(CachedObject) + (encoded_ == nullptr ? 0 : encoded_->size_bytes());
  PyObject* object = immutable();
  return own + (object == nullptr ? 0 : immutable_size_bytes(object));
}

cache::Object cached_object_of(nb::handle object, nb::handle context) {
  if (is_immutable(object.ptr())) return std::make_shared<const CachedObject>(object.ptr());
  const value::Encoded shared = encode_object(object, EncodePurpose::kStore, context);
  if (shared.buffers.empty()) return std::make_shared<const CachedObject>(shared);
  value::Encoded own;
  {
    const nb::gil_scoped_release release;
    own = with_own_buffers(shared);
  }
  return std::make_shared<const CachedObject>(std::move(own));
}

namespace {

class PythonCodec final : public cache::ObjectCodec {
 public:
  [[nodiscard]] Result<value::Encoded> encode(const cache::Object& object) const override {
    return as_cached(object.get()).encoded();
  }
  [[nodiscard]] Result<cache::Object> decode(const value::Encoded& encoded) const override {
    return cache::Object(std::make_shared<const CachedObject>(encoded));
  }
  [[nodiscard]] std::size_t charge(const cache::Object& object) const override {
    return as_cached(object.get()).size_bytes();
  }
};

}  // namespace

std::shared_ptr<const cache::ObjectCodec> python_codec() {
  static const auto codec = std::make_shared<const PythonCodec>();
  return codec;
}

}  // namespace peak::python
