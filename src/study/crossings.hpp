// Crossings: the bars on which one column comes to stand above or below another (rule 7), found 64 bars at a time.
//
// Which of two values is larger is one comparison; the tolerance of rule 7 matters only where the answer changes. So
// the larger side is taken as bits, the bars where the bits change are looked at one by one, and where the two values
// are equal within the tolerance the bars after are gone through until they differ. Bars between changes cannot hold a
// crossing: an equal bar whose bit did not change carries the relation on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace peak::study {

/// A column whose values are defined from `first` on, without gaps.
struct SweptColumn {
  const double* values = nullptr;
  std::size_t first = 0;
};

/// The values as a column; none if there is a gap in them.
[[nodiscard]] std::optional<SweptColumn> swept_column(std::span<const double> values);

/// What of the bars before must be known.
struct CrossingState {
  bool started = false;  ///< a relation other than equal has been seen
  bool above = false;    ///< the last such relation
};

/// Appends the bars of [begin, end) on which a starts to stand above b or below it, in turn, to `bars`, which has room
/// for end - begin more. `size` is the columns' length. Returns how many.
std::size_t find_crossings(const SweptColumn& a, const SweptColumn& b, std::size_t begin, std::size_t end,
                           std::size_t size, CrossingState& state, std::uint32_t* bars);

}  // namespace peak::study
