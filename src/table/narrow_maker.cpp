// Making a column narrow: one look at all values, the form of the fewest bytes, and the values in it.
#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <unordered_map>
#include <utility>

#include "peak/table/narrow_column.hpp"
#include "table/narrow_forms.hpp"
#include "table/value_survey.hpp"

namespace peak {
namespace {

constexpr std::size_t kMostCodes = 65'536;
constexpr std::uint64_t kTooWide = std::numeric_limits<std::uint64_t>::max();
/// Bytes of a distance of at most `most`; the largest code of a width is kept for what is missing.
unsigned width_of(std::uint64_t most, bool has_missing) noexcept {
  const std::uint64_t kept = has_missing ? 1 : 0;
  if (most <= 0xffU - kept) return 1;
  if (most <= 0xffffU - kept) return 2;
  return most <= 0xffffffffU - kept ? 4 : 8;
}

template <typename Narrow>
void put(std::vector<std::uint8_t>& bytes, std::size_t row, std::uint64_t value) {
  const auto narrow = static_cast<Narrow>(value);
  std::memcpy(bytes.data() + row * sizeof(Narrow), &narrow, sizeof(Narrow));
}

template <typename Distance>
std::shared_ptr<const std::vector<std::uint8_t>> packed(std::size_t rows, unsigned width, const Distance& of_row) {
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(rows * width);
  for (std::size_t row = 0; width == 1 && row < rows; ++row) put<std::uint8_t>(*bytes, row, of_row(row));
  for (std::size_t row = 0; width == 2 && row < rows; ++row) put<std::uint16_t>(*bytes, row, of_row(row));
  for (std::size_t row = 0; width == 4 && row < rows; ++row) put<std::uint32_t>(*bytes, row, of_row(row));
  return bytes;
}

}  // namespace

class NarrowMaker {
 public:
  NarrowMaker(NarrowColumn& made, const Column& column) : made_(made), column_(column) {}

  void run() {
    made_.name_ = column_.name();
    made_.type_ = column_.type();
    made_.size_ = column_.size();
    // Rows are counted in 32 bits; without rows there is nothing to save.
    if (column_.size() == 0 || column_.size() > std::numeric_limits<std::uint32_t>::max()) return keep_plain();
    switch (column_.type()) {
      case ColumnType::kFloat64: return numbers();
      case ColumnType::kInt64: return whole_numbers(column_.int64s(), false);
      case ColumnType::kTime: return whole_numbers(column_.int64s(), true);
      case ColumnType::kBool: {
        const std::vector<std::int64_t> values(column_.bools().begin(), column_.bools().end());
        return whole_numbers(values, false);
      }
      case ColumnType::kText: return texts();
    }
  }

 private:
  void keep_plain() {
    made_.form_ = NarrowForm::kPlain;
    made_.plain_ = column_;
    made_.texts_ = column_.type() == ColumnType::kText ? column_.dictionary() : nullptr;
  }

  void numbers() {
    const std::span<const double> values = column_.float64s();
    const std::unique_ptr<std::int64_t[]> room(new std::int64_t[values.size()]);  // every place is written
    const std::span<std::int64_t> whole(room.get(), values.size());
    bool has_missing = false;
    if (const auto places = places_of(values, whole, has_missing)) {
      made_.places_ = static_cast<std::int8_t>(*places);
      made_.has_missing_ = has_missing;
      choose(whole, true, false);
    } else {
      std::memcpy(whole.data(), values.data(), values.size_bytes());
      choose(whole, false, true);
    }
    if (made_.form_ != NarrowForm::kPlain && bytes_ <= 4 * values.size()) return;
    if (!are_float32(values)) {
      if (made_.form_ == NarrowForm::kPlain) keep_plain();
      return;
    }
    made_.narrow_ = nullptr;
    made_.values_ = nullptr;
    made_.rows_ = nullptr;
    made_.places_ = -1;
    made_.has_missing_ = false;
    made_.form_ = NarrowForm::kFloat32;
    auto narrow = std::make_shared<std::vector<std::uint8_t>>(values.size() * sizeof(float));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto value = static_cast<float>(values[i]);
      std::memcpy(narrow->data() + i * sizeof(float), &value, sizeof(float));
    }
    made_.narrow_ = std::move(narrow);
  }

  void whole_numbers(std::span<const std::int64_t> values, bool are_times) {
    choose(values, are_times, false);
    if (made_.form_ == NarrowForm::kPlain) keep_plain();
  }

  /// The texts that rows have, and their codes as whole numbers, -1 for a missing one.
  void texts() {
    const auto codes = column_.codes();
    const auto& known = *column_.dictionary();
    std::vector<std::int64_t> places(known.size(), -1), values(codes.size());
    auto used = std::make_shared<std::vector<std::string>>();
    for (std::size_t row = 0; row < codes.size(); ++row) {
      if (codes[row] < 0) {
        values[row] = -1;
        continue;
      }
      std::int64_t& place = places[static_cast<std::size_t>(codes[row])];
      if (place < 0) {
        place = static_cast<std::int64_t>(used->size());
        used->push_back(known[static_cast<std::size_t>(codes[row])]);
      }
      values[row] = place;
    }
    choose(values, false, false);
    if (made_.form_ == NarrowForm::kPlain) return keep_plain();
    made_.texts_ = std::move(used);
  }

  /// The form of the fewest bytes. `bits`: the values are the bits of numbers, whose order and distances mean nothing.
  void choose(std::span<const std::int64_t> values, bool may_miss, bool bits) {
    const std::size_t rows = values.size();
    const ValueSurvey look = survey_of(values, may_miss);
    bytes_ = 8 * rows;
    made_.has_missing_ = may_miss && look.has_missing;
    if (look.runs == 1) return constant(values.front());
    const bool steps = look.deltas_fit && look.least_delta == look.most_delta && !bits;
    if (steps) return equal_steps(values.front(), look.least_delta);
    enum class Best : unsigned char { kNone, kWhole, kDeltas, kRuns, kSparse, kCodes } best = Best::kNone;
    const auto take = [&](Best form, std::size_t bytes) {
      if (bytes >= bytes_) return;
      bytes_ = bytes;
      best = form;
    };
    const std::int64_t unit = !bits && column_.type() == ColumnType::kTime ? unit_of(values, look.low) : 1;
    const auto per_unit = [&](std::uint64_t most) { return most / static_cast<std::uint64_t>(unit); };
    const unsigned width = bits ? 8 : width_of(per_unit(distance(look.low, look.high)), made_.has_missing_);
    if (width < 8) take(Best::kWhole, rows * width);
    const unsigned delta_width =
        bits || !look.deltas_fit ? 8 : width_of(per_unit(distance(look.least_delta, look.most_delta)), false);
    if (delta_width < 8) take(Best::kDeltas, rows * delta_width + (rows / kDeltaBlock + 1) * 8);
    take(Best::kRuns, look.runs * 12);
    std::size_t distinct = 0;
    const std::int64_t fill = most_frequent(values, distinct);
    const auto others = static_cast<std::size_t>(
        std::count_if(values.begin(), values.end(), [&](std::int64_t value) { return value != fill; }));
    take(Best::kSparse, others * 12);
    if (bytes_ > 2 * rows && distinct <= kSamples / 2 && find_codes(values))
      take(Best::kCodes, rows * (dictionary_.size() <= 256 ? 1U : 2U) + dictionary_.size() * 8);
    switch (best) {
      case Best::kNone: return;
      case Best::kWhole: return distances(values, look.low, unit, width);
      case Best::kDeltas: return deltas(values, look.least_delta, unit, delta_width);
      case Best::kRuns: return runs(values, look.runs);
      case Best::kSparse: return sparse(values, fill, others);
      case Best::kCodes: return codes();
    }
  }

  void constant(std::int64_t value) {
    made_.form_ = NarrowForm::kConstant;
    made_.base_ = value;
    bytes_ = 16;
  }

  void equal_steps(std::int64_t first, std::int64_t step) {
    made_.form_ = NarrowForm::kSteps;
    made_.base_ = first;
    made_.unit_ = step;
    bytes_ = 16;
  }

  void distances(std::span<const std::int64_t> values, std::int64_t low, std::int64_t unit, unsigned width) {
    made_.form_ = NarrowForm::kWhole;
    made_.base_ = low;
    made_.unit_ = unit;
    made_.width_ = static_cast<std::uint8_t>(width);
    if (unit == 1 && !made_.has_missing_) {
      made_.narrow_ = packed(values.size(), width, [&](std::size_t row) { return distance(low, values[row]); });
      return;
    }
    const auto divisor = static_cast<std::uint64_t>(unit);
    made_.narrow_ = packed(values.size(), width, [&](std::size_t row) {
      if (made_.has_missing_ && values[row] == kMissingWhole) return kTooWide;  // its lowest bytes are the largest code
      return distance(low, values[row]) / divisor;
    });
  }

  void deltas(std::span<const std::int64_t> values, std::int64_t least, std::int64_t unit, unsigned width) {
    made_.form_ = NarrowForm::kDeltas;
    made_.base_ = least;
    made_.unit_ = unit;
    made_.width_ = static_cast<std::uint8_t>(width);
    const auto divisor = static_cast<std::uint64_t>(unit);
    made_.narrow_ = packed(values.size(), width, [&](std::size_t row) {
      if (row == 0) return std::uint64_t{0};
      const auto delta = static_cast<std::int64_t>(distance(values[row - 1], values[row]));
      return unit == 1 ? distance(least, delta) : distance(least, delta) / divisor;
    });
    auto full = std::make_shared<std::vector<std::int64_t>>();
    for (std::size_t row = 0; row < values.size(); row += kDeltaBlock) full->push_back(values[row]);
    made_.values_ = std::move(full);
  }

  void runs(std::span<const std::int64_t> values, std::size_t count) {
    made_.form_ = NarrowForm::kRuns;
    auto begins = std::make_shared<std::vector<std::uint32_t>>();
    auto kept = std::make_shared<std::vector<std::int64_t>>();
    begins->reserve(count);
    kept->reserve(count);
    for (std::size_t row = 0; row < values.size(); ++row) {
      if (row != 0 && values[row] == values[row - 1]) continue;
      begins->push_back(static_cast<std::uint32_t>(row));
      kept->push_back(values[row]);
    }
    made_.rows_ = std::move(begins);
    made_.values_ = std::move(kept);
  }

  void sparse(std::span<const std::int64_t> values, std::int64_t fill, std::size_t count) {
    made_.form_ = NarrowForm::kSparse;
    made_.base_ = fill;
    auto places = std::make_shared<std::vector<std::uint32_t>>();
    auto kept = std::make_shared<std::vector<std::int64_t>>();
    places->reserve(count);
    kept->reserve(count);
    for (std::size_t row = 0; row < values.size(); ++row) {
      if (values[row] == fill) continue;
      places->push_back(static_cast<std::uint32_t>(row));
      kept->push_back(values[row]);
    }
    made_.rows_ = std::move(places);
    made_.values_ = std::move(kept);
  }

  bool find_codes(std::span<const std::int64_t> values) {
    std::unordered_map<std::int64_t, std::uint32_t> code_of;
    codes_.reserve(values.size());
    for (const std::int64_t value : values) {
      const auto [place, is_new] = code_of.try_emplace(value, static_cast<std::uint32_t>(dictionary_.size()));
      if (is_new) {
        if (dictionary_.size() == kMostCodes) return false;
        dictionary_.push_back(value);
      }
      codes_.push_back(place->second);
    }
    return true;
  }

  void codes() {
    made_.form_ = NarrowForm::kCodes;
    made_.width_ = dictionary_.size() <= 256 ? 1 : 2;
    made_.narrow_ = packed(codes_.size(), made_.width_, [&](std::size_t row) { return std::uint64_t{codes_[row]}; });
    made_.values_ = std::make_shared<const std::vector<std::int64_t>>(std::move(dictionary_));
  }

  NarrowColumn& made_;
  const Column& column_;
  std::size_t bytes_ = 0;  ///< of the form that was chosen
  std::vector<std::uint32_t> codes_;
  std::vector<std::int64_t> dictionary_;
};

NarrowColumn::NarrowColumn(const Column& column) { NarrowMaker(*this, column).run(); }

}  // namespace peak
