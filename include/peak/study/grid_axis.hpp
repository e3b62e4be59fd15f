// GridAxis: the values that a sweep gives to one parameter, as a range or as a list.
//
//     GridAxis::range("fast", 5, 50, 5)       5, 10, ..., 50: `high` is included when the step reaches it
//     GridAxis::list("fast", {1, 2, 5})
//     GridAxis::texts("fill", {"next_open", "same_close"})   for options of the broker that are words
//     GridAxis::parse("fast=5:50:5")          the command's spelling; lists are written fast=1,2,5
//
// A range of lo:hi:step has n = floor((hi - lo) / step + 1e-9) + 1 values, each the decimal number lo + i * step: the
// third value of 0.1:0.5:0.1 is 0.3, not 0.30000000000000004.
//
// Threads: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/hash.hpp"
#include "peak/base/status.hpp"

namespace peak {

class GridAxis {
 public:
  /// Fails on a step of 0, a step away from `high`, or numbers that are not finite.
  [[nodiscard]] static Result<GridAxis> range(std::string name, double low, double high, double step);
  /// Fails on an empty list, a value that is not finite, or a value that stands there twice.
  [[nodiscard]] static Result<GridAxis> list(std::string name, std::vector<double> values);
  /// Of words, such as fill rules or stops that are not fractions ("atr:3"). Fails as list() does.
  [[nodiscard]] static Result<GridAxis> texts(std::string name, std::vector<std::string> values);
  /// A list of which a value is no number is one of words where the name is an option of the broker that takes words.
  [[nodiscard]] static Result<GridAxis> parse(std::string_view text);

  /// Of the parameter, or of an option of the broker ("commission", see combination_names()).
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// The value at place i < size(); of words the place itself.
  [[nodiscard]] double operator[](std::uint64_t i) const;
  [[nodiscard]] bool is_text() const noexcept { return !texts_.empty(); }
  /// The value as a text: the word, or the shortest text that reads back as the number.
  [[nodiscard]] std::string text(std::uint64_t i) const;
  /// A number that stands for the value wherever it is kept, also in another list: the value, or a hash of the word.
  [[nodiscard]] double key(std::uint64_t i) const;
  /// Adds the name and every value, so that axes which differ in anything differ in their hash. A range is told by its
  /// ends and step, so that it takes no time to speak of; it differs from a list of the same values.
  void add_to(Hasher& hasher) const noexcept;

 private:
  std::string name_;
  std::uint64_t size_ = 0;
  std::vector<double> values_;  // of a list
  std::vector<std::string> texts_;
  // A range in decimal: (start + i * step) / 10^decimals, or in doubles where that does not fit 53 bits.
  std::int64_t start_ = 0, step_ = 0;
  int decimals_ = 0;
  bool is_decimal_ = false;
  double low_ = 0, plain_step_ = 0;
};

}  // namespace peak
