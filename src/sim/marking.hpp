// Marking: equity and returns of bars on which nothing filled (rules 8 and 16), many bars at a time.
//
// Limit: one 8-byte load, two 8-byte stores and one division per bar. With AVX-512 on Zen 4 the division takes about
// 1.2 cycles per bar and memory traffic for a million bars (24 MB) more than that; see bench/sim.
#pragma once

#include <cstddef>

namespace peak::sim {

/// For t in [first, last): equity[t] = cash + units * marks[t] and returns[t] = equity[t] / equity[t - 1] - 1, or
/// marks[t] / marks[t - 1] - 1 when `by_price`. Needs first >= 1, and the position unchanged since bar first - 1.
/// Returns true if an equity is zero or below.
bool mark_held(double cash, double units, const double* marks, std::size_t first, std::size_t last, bool by_price,
               double* equity, double* returns);

/// For t in [first, last): equity[t] = cash and returns[t] = 0.
void mark_flat(double cash, std::size_t first, std::size_t last, double* equity, double* returns);

/// True if a value is not a finite number.
bool has_gap(const double* values, std::size_t size);

}  // namespace peak::sim
