#include "peak/table/narrow_column.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "peak/base/exact_sum.hpp"
#include "peak/parallel/thread_pool.hpp"
#include "table/narrow_forms.hpp"

namespace peak {
namespace {

constexpr std::size_t kRowsForThreads = 100'000;

/// base + distance * unit, modulo 2^64: the distance that stands for a missing value may lead beyond whole numbers.
template <typename Narrow>
std::int64_t at_distance(std::int64_t base, Narrow distance, std::int64_t unit) {
  const auto step = static_cast<std::uint64_t>(distance) * static_cast<std::uint64_t>(unit);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(base) + step);
}

/// Distances of one width, widened: a loop that compilers turn into vectors.
template <typename Narrow>
void add_base(const std::uint8_t* bytes, std::size_t first, std::int64_t base, std::int64_t unit, bool has_missing,
              std::span<std::int64_t> values) {
  const auto* distances = reinterpret_cast<const Narrow*>(bytes) + first;
  if (unit == 1) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = at_distance(base, distances[i], 1);
  } else {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = at_distance(base, distances[i], unit);
  }
  for (std::size_t i = 0; has_missing && i < values.size(); ++i) {
    if (distances[i] == std::numeric_limits<Narrow>::max()) values[i] = kMissingWhole;
  }
}

/// From the full value before, one distance after the other.
template <typename Narrow>
void add_deltas(const std::uint8_t* bytes, std::size_t first, std::int64_t full, std::int64_t base, std::int64_t unit,
                std::span<std::int64_t> values) {
  const auto* distances = reinterpret_cast<const Narrow*>(bytes) + first;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) full = at_distance(full, std::uint8_t{1}, at_distance(base, distances[i], unit));
    values[i] = full;
  }
}

template <typename Call>
void with_width(unsigned width, const Call& call) {
  if (width == 1) call(std::uint8_t{});
  if (width == 2) call(std::uint16_t{});
  if (width == 4) call(std::uint32_t{});
}

/// Whole numbers as the numbers they stand for.
void unscale(std::span<const std::int64_t> whole, int places, bool has_missing, std::span<double> values) {
  const double divisor = kPowersOfTen[places];
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(whole[i]) / divisor;
  for (std::size_t i = 0; has_missing && i < values.size(); ++i) {
    if (whole[i] == kMissingWhole) values[i] = std::numeric_limits<double>::quiet_NaN();
  }
}

}  // namespace

const char* narrow_form_name(NarrowForm form) noexcept {
  switch (form) {
    case NarrowForm::kPlain: return "plain";
    case NarrowForm::kConstant: return "constant";
    case NarrowForm::kSteps: return "steps";
    case NarrowForm::kWhole: return "whole";
    case NarrowForm::kDeltas: return "deltas";
    case NarrowForm::kCodes: return "codes";
    case NarrowForm::kRuns: return "runs";
    case NarrowForm::kSparse: return "sparse";
    case NarrowForm::kFloat32: return "float32";
  }
  return "unknown";
}

std::size_t NarrowColumn::size_bytes() const noexcept {
  std::size_t bytes = form_ == NarrowForm::kPlain ? plain_.size_bytes() : sizeof base_ + sizeof unit_;
  if (narrow_) bytes += narrow_->size();
  if (values_) bytes += values_->size() * sizeof(std::int64_t);
  if (rows_) bytes += rows_->size() * sizeof(std::uint32_t);
  if (texts_) {
    for (const std::string& text : *texts_) bytes += text.size() + sizeof(std::int64_t);
  }
  return bytes;
}

void NarrowColumn::read_whole(std::size_t first, std::span<std::int64_t> values) const {
  with_width(width_, [&](auto narrow) {
    add_base<decltype(narrow)>(narrow_->data(), first, base_, unit_, has_missing_, values);
  });
}

void NarrowColumn::read_deltas(std::size_t first, std::span<std::int64_t> values) const {
  for (std::size_t done = 0; done < values.size();) {
    // From the full value of the block on; what lies before `first` is added up and not kept.
    const std::size_t row = first + done, block = row / kDeltaBlock, begin = block * kDeltaBlock;
    const std::size_t count = std::min(values.size() - done, begin + kDeltaBlock - row);
    std::int64_t before[kDeltaBlock];
    const bool whole = row == begin;
    const std::span<std::int64_t> target =
        whole ? values.subspan(done, count) : std::span<std::int64_t>(before, row - begin + count);
    with_width(width_, [&](auto narrow) {
      add_deltas<decltype(narrow)>(narrow_->data(), begin, (*values_)[block], base_, unit_, target);
    });
    if (!whole) std::copy_n(before + (row - begin), count, values.begin() + static_cast<std::ptrdiff_t>(done));
    done += count;
  }
}

void NarrowColumn::read_runs(std::size_t first, std::span<std::int64_t> values) const {
  auto run = static_cast<std::size_t>(
      std::upper_bound(rows_->begin(), rows_->end(), static_cast<std::uint32_t>(first)) - rows_->begin() - 1);
  for (std::size_t done = 0; done < values.size(); ++run) {
    const std::size_t end = run + 1 < rows_->size() ? (*rows_)[run + 1] : size_;
    const std::size_t count = std::min(values.size() - done, end - (first + done));
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(done), count, (*values_)[run]);
    done += count;
  }
}

void NarrowColumn::read_sparse(std::size_t first, std::span<std::int64_t> values) const {
  std::fill(values.begin(), values.end(), base_);
  auto place = static_cast<std::size_t>(
      std::lower_bound(rows_->begin(), rows_->end(), static_cast<std::uint32_t>(first)) - rows_->begin());
  for (; place < rows_->size() && (*rows_)[place] < first + values.size(); ++place)
    values[(*rows_)[place] - first] = (*values_)[place];
}

void NarrowColumn::read(std::size_t first, std::span<std::int64_t> values) const {
  if (values.empty()) return;
  switch (form_) {
    case NarrowForm::kPlain:
      if (plain_.type() == ColumnType::kFloat64) {
        std::memcpy(values.data(), plain_.float64s().data() + first, values.size_bytes());
      } else {
        std::copy_n(plain_.int64s().begin() + static_cast<std::ptrdiff_t>(first), values.size(), values.begin());
      }
      return;
    case NarrowForm::kConstant: std::fill(values.begin(), values.end(), base_); return;
    case NarrowForm::kSteps:
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = base_ + static_cast<std::int64_t>(first + i) * unit_;
      return;
    case NarrowForm::kWhole: return read_whole(first, values);
    case NarrowForm::kDeltas: return read_deltas(first, values);
    case NarrowForm::kCodes:
      with_width(width_, [&](auto narrow) {
        const auto* codes = reinterpret_cast<const decltype(narrow)*>(narrow_->data()) + first;
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = (*values_)[codes[i]];
      });
      return;
    case NarrowForm::kRuns: return read_runs(first, values);
    case NarrowForm::kSparse: return read_sparse(first, values);
    case NarrowForm::kFloat32: return;
  }
}

void NarrowColumn::read(std::size_t first, std::span<double> values) const {
  if (form_ == NarrowForm::kPlain) {
    std::copy_n(plain_.float64s().begin() + static_cast<std::ptrdiff_t>(first), values.size(), values.begin());
    return;
  }
  if (form_ == NarrowForm::kFloat32) {
    const auto* narrow = reinterpret_cast<const float*>(narrow_->data()) + first;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(narrow[i]);
    return;
  }
  std::int64_t block[kDeltaBlock];
  for (std::size_t done = 0; done < values.size();) {
    // Up to the end of a block, so that deltas begin with a full value.
    const std::size_t count = std::min(values.size() - done, kDeltaBlock - (first + done) % kDeltaBlock);
    const std::span<std::int64_t> whole(block, count);
    read(first + done, whole);
    if (places_ >= 0) {
      unscale(whole, places_, has_missing_, values.subspan(done, count));
    } else {
      std::memcpy(values.data() + done, block, count * sizeof(double));
    }
    done += count;
  }
}

void NarrowColumn::read(std::size_t first, std::span<std::int32_t> codes) const {
  if (form_ == NarrowForm::kPlain) {
    const auto from = static_cast<std::ptrdiff_t>(first);
    if (type_ == ColumnType::kBool) {
      std::copy_n(plain_.bools().begin() + from, codes.size(), codes.begin());
    } else {
      std::copy_n(plain_.codes().begin() + from, codes.size(), codes.begin());
    }
    return;
  }
  std::int64_t block[kDeltaBlock];
  for (std::size_t done = 0; done < codes.size();) {
    const std::size_t count = std::min(codes.size() - done, kDeltaBlock - (first + done) % kDeltaBlock);
    read(first + done, std::span<std::int64_t>(block, count));
    for (std::size_t i = 0; i < count; ++i) codes[done + i] = static_cast<std::int32_t>(block[i]);
    done += count;
  }
}

Column NarrowColumn::widen(std::size_t first, std::size_t count) const {
  if (form_ == NarrowForm::kPlain) return plain_.slice(first, count);
  switch (type_) {
    case ColumnType::kFloat64: {
      std::vector<double> values(count);
      read(first, std::span<double>(values));
      return Column::own(name_, std::move(values));
    }
    case ColumnType::kInt64:
    case ColumnType::kTime: {
      std::vector<std::int64_t> values(count);
      read(first, std::span<std::int64_t>(values));
      return Column::own(name_, std::move(values), type_);
    }
    case ColumnType::kBool:
    case ColumnType::kText: break;
  }
  auto codes = std::make_shared<std::vector<std::int32_t>>(count);
  read(first, std::span<std::int32_t>(*codes));
  if (type_ == ColumnType::kBool) return Column::own(name_, std::vector<std::uint8_t>(codes->begin(), codes->end()));
  const std::span<const std::int32_t> view(*codes);
  return {name_, view, texts_, std::move(codes)};
}

std::size_t NarrowColumn::first_at_or_after(Nanoseconds time) const {
  std::size_t low = 0, high = size_;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    std::int64_t value = 0;
    read(middle, std::span<std::int64_t>(&value, 1));
    if (value < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::size_t NarrowTable::size_bytes() const noexcept {
  std::size_t bytes = 0;
  for (const NarrowColumn& column : columns) bytes += column.size_bytes();
  return bytes;
}

const NarrowColumn* NarrowTable::find(std::string_view name) const noexcept {
  Table names;
  for (const NarrowColumn& column : columns)
    names.columns.push_back(Column(column.name(), std::span<const double>(), {}));
  const Column* found = names.find(name);
  return found == nullptr ? nullptr : &columns[static_cast<std::size_t>(found - names.columns.data())];
}

Table NarrowTable::widen(std::size_t first, std::size_t count) const {
  Table table;
  for (const NarrowColumn& column : columns) table.columns.push_back(column.widen(first, count));
  return table;
}

NarrowTable narrow(const Table& table) {
  std::vector<std::optional<NarrowColumn>> columns(table.columns.size());
  const auto make = [&](std::size_t i) { columns[i].emplace(table.columns[i]); };
  const bool at_once = table.rows() >= kRowsForThreads;
  if (!at_once || !ThreadPool::shared().parallel_for(columns.size(), make, {.grain = 1}).ok()) {
    for (std::size_t i = 0; i < columns.size(); ++i) make(i);
  }
  NarrowTable made;
  made.columns.reserve(columns.size());
  for (auto& column : columns) made.columns.push_back(*std::move(column));
  return made;
}

Result<ColumnSummary> summary(const NarrowColumn& column) {
  if (column.type() == ColumnType::kText || column.type() == ColumnType::kTime)
    return invalid_argument("column '" + column.name() + "' holds no numbers");
  ColumnSummary found{.minimum = std::numeric_limits<double>::quiet_NaN(),
                      .maximum = std::numeric_limits<double>::quiet_NaN()};
  ExactSum sum;
  double block[kDeltaBlock];
  std::int64_t whole[kDeltaBlock];
  for (std::size_t row = 0; row < column.size(); row += kDeltaBlock) {
    const std::size_t count = std::min(column.size() - row, kDeltaBlock);
    if (column.type() == ColumnType::kFloat64) {
      column.read(row, std::span<double>(block, count));
    } else {
      column.read(row, std::span<std::int64_t>(whole, count));
      std::copy_n(whole, count, block);
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (std::isnan(block[i])) continue;
      sum.add(block[i]);
      if (found.present++ == 0) found.minimum = found.maximum = block[i];
      found.minimum = std::min(found.minimum, block[i]);
      found.maximum = std::max(found.maximum, block[i]);
    }
  }
  found.missing = column.size() - found.present;
  found.sum = sum.value();
  return found;
}

}  // namespace peak
