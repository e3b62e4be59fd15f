// Kernels: column operations in SIMD, 64 bars (one word of a signal) at a time.
//
// A column operand has step 1; one number for all bars is 64 equal values with step 0, so that every kernel has one
// form. Signals are two runs of words, truth and defined; truth is a subset of defined and bits past the end are 0.
//
// Bits     each result is made of the IEEE operations named here in this order, on every target. Which NaN (sign,
//          payload) stands for undefined is not fixed.
// Overlap  outputs must not overlap inputs, but for the in-place kernels that say so.
// Threads  pure functions of their arguments.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace peak::expression {

struct Operand {
  const double* data = nullptr;
  std::size_t step = 1;
};

struct SignalOperand {
  const std::uint64_t* truth = nullptr;
  const std::uint64_t* defined = nullptr;
};

struct SignalTarget {
  std::uint64_t* truth = nullptr;
  std::uint64_t* defined = nullptr;
};

enum class Arithmetic : unsigned char { kAdd, kSubtract, kMultiply, kDivide, kMinimum, kMaximum };
enum class Unary : unsigned char { kNegate, kAbs, kSqrt };
enum class Comparison : unsigned char { kLess, kLessEqual, kEqual, kNotEqual };
enum class Crossing : unsigned char { kAbove, kBelow, kEither, kAboveStrict, kBelowStrict };

/// The smaller of a and b, a when they are equal, undefined when one of them is.
inline double minimum(double a, double b) noexcept { return a != a || b != b ? a + b : (b < a ? b : a); }
/// The larger of a and b, a when they are equal, undefined when one of them is.
inline double maximum(double a, double b) noexcept { return a != a || b != b ? a + b : (b > a ? b : a); }
/// a - b * floor(a / b), exactly: the sign is that of b, as in Python; undefined for b = 0.
inline double remainder_of(double a, double b) noexcept {
  const double rest = std::fmod(a, b);
  if (rest == 0) return std::copysign(rest, b);
  return (rest < 0) != (b < 0) ? rest + b : rest;
}

void apply_arithmetic(Arithmetic operation, Operand a, Operand b, double* out, std::size_t size);
void apply_unary(Unary operation, const double* a, double* out, std::size_t size);
/// condition ? a : b per bar; NaN where the condition is undefined.
void select_numbers(SignalOperand condition, Operand a, Operand b, double* out, std::size_t size);
void compare(Comparison operation, Operand a, Operand b, SignalTarget out, std::size_t size);
/// Rule 7 (peak/expression/crossing.hpp); defined where both values are defined on this bar and the one before.
void find_crossings(Crossing kind, Operand a, Operand b, SignalTarget out, std::size_t size);
/// kAbove and kBelow in one pass.
void find_crossings_both_ways(Operand a, Operand b, SignalTarget above, SignalTarget below, std::size_t size);
/// Truth: where the column is not NaN; defined everywhere.
void find_defined(Operand a, SignalTarget out, std::size_t size);

}  // namespace peak::expression
