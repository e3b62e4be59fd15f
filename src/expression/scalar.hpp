// Scalar: what an instruction of numbers makes of one pair of them. Columns, single numbers and the stepper share it,
// so that they give the same bits.
#pragma once

#include <cmath>
#include <limits>

#include "expression/instructions.hpp"
#include "expression/kernels.hpp"

namespace peak::expression {

/// Of an instruction with one operand `b` is not looked at; NaN for a code that makes no number of numbers.
inline double scalar_result(Code code, double a, double b) {
  switch (code) {
    case Code::kSpread: return a;
    case Code::kNegate: return -a;
    case Code::kAbs: return std::fabs(a);
    case Code::kSqrt: return std::sqrt(a);
    case Code::kExp: return std::exp(a);
    case Code::kLog: return std::log(a);
    case Code::kAdd: return a + b;
    case Code::kSubtract: return a - b;
    case Code::kMultiply: return a * b;
    case Code::kDivide: return a / b;
    case Code::kRemainder: return remainder_of(a, b);
    case Code::kMinimum: return minimum(a, b);
    case Code::kMaximum: return maximum(a, b);
    default: return std::numeric_limits<double>::quiet_NaN();
  }
}

}  // namespace peak::expression
