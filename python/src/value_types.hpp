// Types of the standard library and of others, looked up when they are first met: none of their modules is imported for
// it.
#pragma once

#include <nanobind/nanobind.h>

namespace peak::python {

enum class LazyType : unsigned char { kDecimal, kUuid, kTimeZone, kZoneInfo, kArray, kRecordBatch };
inline constexpr std::size_t kLazyTypes = 6;

/// Whether the type is that one, exactly. A type whose module nobody has imported is never met.
bool is_type(const PyTypeObject* type, LazyType wanted) noexcept;

/// The type itself, importing its module.
nanobind::object lazy_type(LazyType wanted);

}  // namespace peak::python
