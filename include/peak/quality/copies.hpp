// Copies: files that hold the same bars under two names, as happens when a download is saved under the wrong one.
//
// Threads    pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/quality/check.hpp"

namespace peak {

struct NamedTable {
  std::string name;  ///< as messages call it: a path
  Table table;       ///< as check_bars takes it
};

/// Two tables whose bars are equal wherever both have one.
struct Copy {
  std::size_t a = 0, b = 0;                     ///< places in the list
  std::size_t equal = 0;                        ///< stamps at which both have the same open, high, low and close
  std::size_t common = 0;                       ///< stamps that both have
  Nanoseconds first = kNoTime, last = kNoTime;  ///< of the equal ones
};

/// Pairs with at least 20 bars of which no two neighbours are alike in common, 99 in 100 of the common stamps equal in
/// every price that both have. Only rows with a time and a close count; the order of rows does not matter.
Result<std::vector<Copy>> find_copies(std::span<const NamedTable> tables);

/// The pair as a finding about the table at `place`.
[[nodiscard]] Finding copy_finding(const Copy& copy, std::size_t place, std::span<const NamedTable> tables);

}  // namespace peak
