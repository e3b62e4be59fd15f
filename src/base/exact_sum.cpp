#include "peak/base/exact_sum.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace peak {
namespace {

__extension__ typedef unsigned __int128 Unsigned128;

// value * 2^exponent for a value of at least 1. Where 2^exponent is a normal double that is one exact product, without
// the call into the mathematics library that a sweep would make for each part of each combination.
double times_power_of_two(double value, int exponent) {
  if (exponent < -1022 || exponent > 1023) return std::ldexp(value, exponent);
  return value * std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

// An integer in units of 2^-90, rounded once.
double value_of_fixed(Int128 units) {
  // Where both halves are doubles their sum is what is rounded; the general conversion is a call into the compiler's
  // library for each.
  const auto high = static_cast<std::int64_t>(units >> 50);
  if (high == units >> 50 && high >= -(std::int64_t{1} << 53) && high <= std::int64_t{1} << 53) {
    const auto low = static_cast<std::int64_t>(units & (kFixedHighWeight - 1));
    return static_cast<double>(high) * 0x1p-40 + static_cast<double>(low) * 0x1p-90;
  }
  return times_power_of_two(static_cast<double>(units), -kFixedBits);
}

// A number as sign and magnitude in 64-bit limbs, lowest first, in units of 2^unit, rounded once to double.
double round_limbs(std::span<const std::uint64_t> limbs, bool negative, int unit) {
  std::size_t top = limbs.size();
  while (top > 0 && limbs[top - 1] == 0) --top;
  if (top == 0) return 0.0;
  // The highest 64 bits, with any bit below them kept as a sticky last bit: 11 bits more than a double holds, so the
  // conversion below rounds as if it saw them all.
  const int shift = std::countl_zero(limbs[top - 1]);
  std::uint64_t head = limbs[top - 1] << shift;
  bool sticky = false;
  if (top >= 2) {
    if (shift > 0) head |= limbs[top - 2] >> (64 - shift);
    sticky = (limbs[top - 2] << shift) != 0;
    for (std::size_t i = 0; i + 2 < top; ++i) sticky = sticky || limbs[i] != 0;
  }
  const int exponent = static_cast<int>(top - 1) * 64 - shift + unit;
  const double magnitude = times_power_of_two(static_cast<double>(head | std::uint64_t{sticky}), exponent);
  return negative ? -magnitude : magnitude;
}

// Two's complement: -x = ~x + 1.
void negate(std::span<std::uint64_t> limbs) {
  std::uint64_t carry = 1;
  for (std::uint64_t& limb : limbs) {
    limb = ~limb + carry;
    carry = carry != 0 && limb == 0 ? 1 : 0;
  }
}

// Two's complement limbs turned into their magnitude; true if they were negative.
bool make_magnitude(std::span<std::uint64_t> limbs) {
  if ((limbs.back() >> 63) == 0) return false;
  negate(limbs);
  return true;
}

void add_limbs(std::span<std::uint64_t> to, std::span<const std::uint64_t> from) {
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < to.size(); ++i) {
    const Unsigned128 total = Unsigned128{to[i]} + from[i] + carry;
    to[i] = static_cast<std::uint64_t>(total);
    carry = static_cast<std::uint64_t>(total >> 64);
  }
}

using Limbs256 = std::array<std::uint64_t, 4>;

// a * b as two's complement.
Limbs256 multiply(Int128 a, Int128 b) {
  const bool negative = (a < 0) != (b < 0);
  const auto limbs_of = [](Int128 x) {
    const Unsigned128 magnitude = x < 0 ? Unsigned128{0} - static_cast<Unsigned128>(x) : static_cast<Unsigned128>(x);
    return std::array{static_cast<std::uint64_t>(magnitude), static_cast<std::uint64_t>(magnitude >> 64)};
  };
  const auto left = limbs_of(a), right = limbs_of(b);
  Limbs256 product{};
  for (std::size_t i = 0; i < 2; ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < 2; ++j) {
      const Unsigned128 part = Unsigned128{left[i]} * right[j] + product[i + j] + carry;
      product[i + j] = static_cast<std::uint64_t>(part);
      carry = static_cast<std::uint64_t>(part >> 64);
    }
    product[i + 2] = carry;
  }
  if (negative) negate(product);
  return product;
}

Limbs256 shift_left(const Limbs256& x, unsigned bits) {
  Limbs256 shifted{};
  const std::size_t limbs = bits / 64;
  const unsigned rest = bits % 64;
  for (std::size_t i = limbs; i < x.size(); ++i) {
    shifted[i] = x[i - limbs] << rest;
    if (rest != 0 && i > limbs) shifted[i] |= x[i - limbs - 1] >> (64 - rest);
  }
  return shifted;
}

}  // namespace

// Two's complement in units of 2^-90: 1024 + 90 bits for one double, 31 for their number, one for the sign.
struct ExactSum::Wide {
  std::array<std::uint64_t, 18> limbs{};

  void add(double value) {
    int exponent = 0;
    const double fraction = std::frexp(std::fabs(value), &exponent);  // in [0.5, 1)
    const auto significand = static_cast<std::uint64_t>(std::ldexp(fraction, 53));
    const auto position = static_cast<unsigned>(exponent - 53 + kFixedBits);  // of the last bit; |value| >= 64: >= 44
    std::array<std::uint64_t, 18> addend{};
    const Unsigned128 placed = Unsigned128{significand} << (position % 64);
    addend[position / 64] = static_cast<std::uint64_t>(placed);
    addend[position / 64 + 1] = static_cast<std::uint64_t>(placed >> 64);
    if (std::signbit(value)) negate(addend);
    add_limbs(limbs, addend);
  }
  void add(Int128 units) {
    std::array<std::uint64_t, 18> addend;
    addend.fill(units < 0 ? ~std::uint64_t{0} : 0);
    addend[0] = static_cast<std::uint64_t>(units);
    addend[1] = static_cast<std::uint64_t>(units >> 64);
    add_limbs(limbs, addend);
  }
};

ExactSum::ExactSum(const ExactSum& other)
    : fixed_(other.fixed_),
      not_finite_(other.not_finite_),
      wide_(other.wide_ ? std::make_shared<Wide>(*other.wide_) : nullptr) {}

ExactSum& ExactSum::operator=(const ExactSum& other) {
  if (this != &other) *this = ExactSum(other);
  return *this;
}

void ExactSum::add_large(double value) {
  if (!std::isfinite(value)) {
    ++not_finite_;
    return;
  }
  if (!wide_) wide_ = std::make_shared<Wide>();
  wide_->add(value);
}

void ExactSum::add(const ExactSum& other) {
  fixed_ += other.fixed_;
  not_finite_ += other.not_finite_;
  if (!other.wide_) return;
  if (!wide_) {
    wide_ = std::make_shared<Wide>(*other.wide_);
  } else {
    add_limbs(wide_->limbs, other.wide_->limbs);
  }
}

ExactSum ExactSum::negated() const {
  ExactSum result = *this;
  result.fixed_ = -fixed_;
  if (result.wide_) negate(result.wide_->limbs);
  return result;
}

double ExactSum::value() const {
  if (not_finite_ != 0) return std::numeric_limits<double>::quiet_NaN();
  if (!wide_) return value_of_fixed(fixed_);
  Wide total = *wide_;
  total.add(fixed_);
  const bool negative = make_magnitude(total.limbs);
  return round_limbs(total.limbs, negative, -kFixedBits);
}

double centred_sum(std::int64_t n, const ExactSum& sum_x, const ExactSum& sum_y, const ExactSum& sum_xy) {
  const auto count = static_cast<double>(n);
  if (!sum_x.is_fixed() || !sum_y.is_fixed() || !sum_xy.is_fixed()) {
    return sum_xy.value() - sum_x.value() * (sum_y.value() / count);
  }
  // n * sum_xy - sum_x * sum_y in units of 2^-180.
  Limbs256 difference = shift_left(multiply(sum_xy.fixed_units(), n), kFixedBits);
  Limbs256 product = multiply(sum_x.fixed_units(), sum_y.fixed_units());
  negate(product);
  add_limbs(difference, product);
  const bool negative = make_magnitude(difference);
  return round_limbs(difference, negative, -2 * kFixedBits) / count;
}

}  // namespace peak
