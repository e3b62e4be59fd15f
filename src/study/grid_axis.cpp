#include "peak/study/grid_axis.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_set>
#include <utility>

#include "peak/base/hash.hpp"
#include "peak/trading/settings.hpp"
#include "study/number_text.hpp"

namespace peak {
namespace {

using study::shown;

constexpr double kReachesHigh = 1e-9;     // how near a step must come to `high` for it to count as reached
constexpr int kMostDecimals = 15;         // 10^15 and what is scaled by it fit 53 bits, so that the division is exact
constexpr double kLargestExact = 0x1p53;  // whole numbers up to here are doubles
constexpr double kMostValues = 1e15;      // of one axis; more would not number combinations

// A number as digits / 10^decimals, exactly as its shortest text says.
struct Decimal {
  std::int64_t digits = 0;
  int decimals = 0;
};

std::optional<Decimal> decimal_of(double value) {
  char text[64];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed);
  if (error != std::errc()) return std::nullopt;
  Decimal decimal;
  bool after_point = false;
  const bool negative = text[0] == '-';
  for (const char* c = text + negative; c != end; ++c) {
    if (*c == '.') {
      after_point = true;
      continue;
    }
    if (decimal.digits > (std::numeric_limits<std::int64_t>::max() - 9) / 10) return std::nullopt;
    decimal.digits = decimal.digits * 10 + (*c - '0');
    decimal.decimals += after_point;
  }
  if (negative) decimal.digits = -decimal.digits;
  if (decimal.decimals > kMostDecimals) return std::nullopt;
  return decimal;
}

// The same number with more decimals; none if it does not fit.
std::optional<std::int64_t> scaled_to(Decimal decimal, int decimals) {
  for (; decimal.decimals < decimals; ++decimal.decimals) {
    if (std::llabs(decimal.digits) > (std::int64_t{1} << 53)) return std::nullopt;
    decimal.digits *= 10;
  }
  return decimal.digits;
}

double power_of_ten(int exponent) {
  double power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;  // exact up to 10^22
  return power;
}

Error range_error(const std::string& name, double low, double high, double step, const std::string& what) {
  return invalid_argument("grid: " + name + "=" + shown(low) + ":" + shown(high) + ":" + shown(step) + ": " + what);
}

Status check_name_given(const std::string& name) {
  if (name.empty()) return invalid_argument("grid: a parameter's name is missing; write name=lo:hi:step or name=1,2,5");
  return {};
}

Result<double> number_in(std::string_view text, const std::string& axis) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  std::string_view digits = text;
  if (!digits.empty() && digits.front() == '+') digits.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    return invalid_argument("grid: " + axis + ": '" + std::string(text) +
                            "' is not a number; write lo:hi:step or a list such as 1,2,5");
  }
  return value;
}

// Options of the broker that are words, or may be.
bool takes_words(std::string_view name) {
  for (const std::string_view known : {"fill", "size", "execution", "finalize", "accumulate"}) {
    if (name == known) return true;
  }
  return find_broker_setting(name) != nullptr;
}

std::vector<std::string> words_in(std::string_view text) {
  std::vector<std::string> words;
  for (;;) {
    const std::size_t at = text.find(',');
    std::string_view word = text.substr(0, at);
    while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    words.emplace_back(word);
    if (at == text.npos) return words;
    text.remove_prefix(at + 1);
  }
}

// Whether a value of the list begins as no number does.
bool holds_words(const std::vector<std::string>& values) {
  return std::any_of(values.begin(), values.end(), [](const std::string& value) {
    return !value.empty() &&
           ((value.front() >= 'a' && value.front() <= 'z') || (value.front() >= 'A' && value.front() <= 'Z'));
  });
}

Result<std::vector<double>> numbers_in(std::string_view text, char separator, const std::string& axis) {
  std::vector<double> values;
  for (;;) {
    const std::size_t at = text.find(separator);
    PEAK_ASSIGN_OR_RETURN(const double value, number_in(text.substr(0, at), axis));
    values.push_back(value);
    if (at == text.npos) return values;
    text.remove_prefix(at + 1);
  }
}

}  // namespace

Result<GridAxis> GridAxis::range(std::string name, double low, double high, double step) {
  PEAK_RETURN_IF_ERROR(check_name_given(name));
  if (!std::isfinite(low) || !std::isfinite(high) || !std::isfinite(step)) {
    return range_error(name, low, high, step, "low, high and step must be finite numbers");
  }
  if (step == 0) return range_error(name, low, high, step, "the step is 0, so the range never ends; give another step");
  const double steps = (high - low) / step;
  if (steps < -kReachesHigh) {
    return range_error(name, low, high, step,
                       "the range is empty: the step leads away from " + shown(high) + "; turn its sign");
  }
  if (!(steps < kMostValues)) return range_error(name, low, high, step, "that is more than 10^15 values");
  GridAxis axis;
  axis.name_ = std::move(name);
  axis.size_ = static_cast<std::uint64_t>(std::floor(steps + kReachesHigh)) + 1;
  axis.low_ = low;
  axis.plain_step_ = step;
  const auto low_decimal = decimal_of(low), step_decimal = decimal_of(step);
  if (!low_decimal || !step_decimal) return axis;
  axis.decimals_ = std::max(low_decimal->decimals, step_decimal->decimals);
  const auto start = scaled_to(*low_decimal, axis.decimals_), stride = scaled_to(*step_decimal, axis.decimals_);
  if (!start || !stride) return axis;
  const double last = static_cast<double>(*start) + static_cast<double>(*stride) * static_cast<double>(axis.size_);
  axis.is_decimal_ = std::fabs(static_cast<double>(*start)) < kLargestExact && std::fabs(last) < kLargestExact;
  axis.start_ = *start;
  axis.step_ = *stride;
  return axis;
}

Result<GridAxis> GridAxis::list(std::string name, std::vector<double> values) {
  PEAK_RETURN_IF_ERROR(check_name_given(name));
  if (values.empty())
    return invalid_argument("grid: the list of values for '" + name + "' is empty; give at least one");
  std::unordered_set<double> seen;
  for (const double value : values) {
    if (!std::isfinite(value)) {
      return invalid_argument("grid: " + name + ": " + shown(value) + " is not a finite number");
    }
    if (!seen.insert(value).second) {
      return invalid_argument("grid: " + name + ": the value " + shown(value) + " stands there twice");
    }
  }
  GridAxis axis;
  axis.name_ = std::move(name);
  axis.size_ = values.size();
  axis.values_ = std::move(values);
  return axis;
}

Result<GridAxis> GridAxis::texts(std::string name, std::vector<std::string> values) {
  PEAK_RETURN_IF_ERROR(check_name_given(name));
  if (values.empty()) {
    return invalid_argument("grid: the list of values for '" + name + "' is empty; give at least one");
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].empty()) return invalid_argument("grid: " + name + ": a value is empty");
    if (std::find(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(i), values[i]) !=
        values.begin() + static_cast<std::ptrdiff_t>(i)) {
      return invalid_argument("grid: " + name + ": the value " + values[i] + " stands there twice");
    }
  }
  GridAxis axis;
  axis.name_ = std::move(name);
  axis.size_ = values.size();
  axis.texts_ = std::move(values);
  return axis;
}

Result<GridAxis> GridAxis::parse(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos || equals == 0) {
    return invalid_argument("grid: '" + std::string(text) +
                            "' is not NAME=VALUES, such as fast=5:50:5 (lo:hi:step) or fast=1,2,5");
  }
  std::string name(text.substr(0, equals));
  const std::string_view values = text.substr(equals + 1);
  if (takes_words(name)) {
    if (std::vector<std::string> words = words_in(values); holds_words(words))
      return texts(std::move(name), std::move(words));
  }
  if (values.find(':') == values.npos) {
    PEAK_ASSIGN_OR_RETURN(std::vector<double> listed, numbers_in(values, ',', name));
    return list(std::move(name), std::move(listed));
  }
  PEAK_ASSIGN_OR_RETURN(const std::vector<double> parts, numbers_in(values, ':', name));
  if (parts.size() > 3) {
    return invalid_argument("grid: '" + std::string(text) + "' has more than three parts; a range is lo:hi:step");
  }
  return range(std::move(name), parts[0], parts[1], parts.size() == 3 ? parts[2] : 1.0);
}

double GridAxis::operator[](std::uint64_t i) const {
  if (!values_.empty()) return values_[i];
  if (is_text()) return static_cast<double>(i);
  if (!is_decimal_) return low_ + static_cast<double>(i) * plain_step_;
  // Both whole numbers are exact, and one division rounds once: the double nearest to the decimal number.
  const std::int64_t digits = start_ + static_cast<std::int64_t>(i) * step_;
  return static_cast<double>(digits) / power_of_ten(decimals_);
}

std::string GridAxis::text(std::uint64_t i) const { return is_text() ? texts_[i] : shown((*this)[i]); }

double GridAxis::key(std::uint64_t i) const {
  if (!is_text()) return (*this)[i];
  // 52 bits of the hash as a whole number: finite, and equal for equal words only.
  return static_cast<double>(hash_bytes(texts_[i].data(), texts_[i].size()).low >> 12);
}

void GridAxis::add_to(Hasher& hasher) const noexcept {
  hasher.add_text(name_);
  hasher.add_integer(size_);
  hasher.add(values_.data(), values_.size() * sizeof(double));
  for (const std::string& text : texts_) hasher.add_text(text);
  hasher.add_integer(is_decimal_ ? 1 : 0);
  hasher.add_integer(static_cast<std::uint64_t>(start_));
  hasher.add_integer(static_cast<std::uint64_t>(step_));
  hasher.add_integer(static_cast<std::uint64_t>(decimals_));
  hasher.add(&low_, sizeof low_);
  hasher.add(&plain_step_, sizeof plain_step_);
}

}  // namespace peak
