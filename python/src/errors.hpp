// Errors: the one place where failures of the library become Python exceptions.
//
//     kInvalidArgument, kParse  ValueError            kBadData      peaktrade.DataError (a ValueError)
//     kNotFound                 FileNotFoundError for a file, peaktrade.NotFoundError (a KeyError) for a name
//     kIo                       OSError               kUnsupported  NotImplementedError
//     kCancelled                KeyboardInterrupt     kInternal     RuntimeError
//
// Threads: to be called with the GIL held.
#pragma once

#include <string>
#include <utility>

#include "peak/base/status.hpp"

namespace peak::python {

/// What was asked for when something was not found.
enum class Sought : unsigned char { kName, kFile };

[[noreturn]] void raise(const Error& error, Sought sought = Sought::kName);
[[noreturn]] void raise_type_error(const std::string& message);
[[noreturn]] void raise_value_error(const std::string& message);

template <typename T>
T value_or_raise(Result<T> result, Sought sought = Sought::kName) {
  if (!result.ok()) raise(result.error(), sought);
  return std::move(result).value();
}

inline void check(const Status& status, Sought sought = Sought::kName) {
  if (!status.ok()) raise(status.error(), sought);
}

}  // namespace peak::python
