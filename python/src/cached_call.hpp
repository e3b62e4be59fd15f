// CachedCall: the object that peaktrade.core.cache.decorators.cached puts in a function's place.
//
// A call makes the key of its arguments, looks into the memory level, and returns: for plain arguments without touching
// anything of Python's but the arguments themselves. Everything else (misses, other arguments) is the slower path.
//
// Key of a call: the function's prefix, then 32 hexadecimal digits: XXH3-128 of the arguments in the order of the
// function's parameters, defaults filled in, each as one byte for its kind and then
//     N None, T True, F False      i int64, f float64: eight bytes, little-endian
//     s text, b bytes: eight bytes of length, then the bytes           o anything else: its content's hash, 16 bytes
#pragma once

#include <nanobind/nanobind.h>

namespace peak::python {

void bind_cached_call(nanobind::module_& module);

}  // namespace peak::python
