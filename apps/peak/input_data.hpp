// What the system refuses to read is bad input, as damaged data are: the command ends with 3, not with 1 as when a run
// fails or its output cannot be written.
#pragma once

#include <utility>

#include "peak/base/status.hpp"

namespace peak::command {

/// The same, with an error of the system as one of the data.
template <typename T>
[[nodiscard]] Result<T> input_data(Result<T> read) {
  if (read.ok() || read.error().code != ErrorCode::kIo) return read;
  return Error{ErrorCode::kBadData, std::move(read).error().message};
}

}  // namespace peak::command
