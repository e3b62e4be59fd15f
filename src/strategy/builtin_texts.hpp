// The built-in strategies as the strategy files that they are.
#pragma once

#include <span>

namespace peak {

/// One strategy file for each built-in, in the order of the list that users see.
std::span<const char* const> builtin_texts();

}  // namespace peak
