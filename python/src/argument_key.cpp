#include "argument_key.hpp"

#include <bit>

#include "values.hpp"

namespace nb = nanobind;

namespace peak::python {

static_assert(std::endian::native == std::endian::little, "keys are written as the machine holds integers");

void ArgumentKey::put(const void* bytes, std::size_t count) {
  if (large_.empty() && size_ + count <= small_.size()) {
    std::memcpy(small_.data() + size_, bytes, count);
    size_ += count;
    return;
  }
  if (large_.empty()) large_.assign(small_.data(), size_);
  large_.append(static_cast<const char*>(bytes), count);
}

void ArgumentKey::add(PyObject* value) {
  const PyTypeObject* type = Py_TYPE(value);
  if (type == &PyUnicode_Type && PyUnicode_IS_COMPACT_ASCII(value)) {
    put_text('s', static_cast<const char*>(PyUnicode_DATA(value)), PyUnicode_GET_LENGTH(value));
  } else if (type == &PyLong_Type) {
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow != 0) return add_content(value);
    put_number('i', static_cast<std::uint64_t>(number));
  } else if (type == &PyFloat_Type) {
    put_number('f', std::bit_cast<std::uint64_t>(PyFloat_AS_DOUBLE(value)));
  } else if (type == &PyBool_Type) {
    put(value == Py_True ? "T" : "F", 1);
  } else if (value == Py_None) {
    put("N", 1);
  } else if (type == &PyBytes_Type) {
    put_text('b', PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value));
  } else {
    add_content(value);
  }
}

void ArgumentKey::add_content(PyObject* value) {
  const Hash128 hash = content_hash_of(value);
  put("o", 1);
  put(&hash.low, sizeof(hash.low));
  put(&hash.high, sizeof(hash.high));
}

Hash128 content_hash_of(nb::handle object) {
  constexpr std::size_t kLarge = std::size_t{1} << 20U;
  const value::Encoded encoded = encode_object(object, EncodePurpose::kKey);
  if (encoded.size_bytes() < kLarge) return value::content_hash(encoded);
  const nb::gil_scoped_release release;
  return value::content_hash(encoded);
}

}  // namespace peak::python
