// Values: Python objects as the cache's values, and back (peak/value).
//
// Types     None, bool, int, float, str, bytes, datetime, date, timedelta, Decimal, UUID, list, tuple, dict and numpy
// arrays
//           here; what peaktrade._values takes apart (frames, series, registered dataclasses, ...) as records of these.
// Identity  exact types only: a subclass would come back as something else, so it is refused like any unknown type.
// Threads   to be called with the GIL held; an Encoded may be used and dropped anywhere.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include "peak/value/encoded.hpp"

namespace peak::python {

enum class EncodePurpose : unsigned char {
  kStore,  ///< dicts keep their order
  kKey,    ///< equal content gives equal bytes: dicts and sets are sorted; more types are taken (functions, instances)
};

/// The value in canonical form. Large memory is shared with the object: see with_own_buffers(). `context` goes to
/// peaktrade._values (who may pickle). TypeError names the type and its path in the value.
value::Encoded encode_object(nanobind::handle object, EncodePurpose purpose,
                             nanobind::handle context = nanobind::none());

/// With copies of the buffers, so that nobody can change them. Needs no GIL.
value::Encoded with_own_buffers(const value::Encoded& encoded);

/// The object; arrays and frames are read-only views that keep the encoded memory. ValueError for damaged bytes.
nanobind::object decode_object(const value::Encoded& encoded, nanobind::handle context = nanobind::none());

/// Whether nobody can change it: such objects are handed out as they are.
bool is_immutable(PyObject* object) noexcept;

/// The rough size in memory of an immutable object.
std::size_t immutable_size_bytes(PyObject* object) noexcept;

/// An object with Python's buffer protocol over read-only bytes that it keeps alive.
nanobind::object buffer_of(const value::ByteRun& bytes);

}  // namespace peak::python
