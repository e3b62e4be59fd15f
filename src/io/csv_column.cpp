#include "io/csv_column.hpp"

#include <cmath>
#include <limits>

#include "io/large_memory.hpp"
#include "io/number.hpp"

namespace peak::io {

CsvColumn::CsvColumn(const ColumnPlan& plan, std::size_t rows) : name_(plan.name), kind_(plan.kind), time_(plan.time) {
  switch (kind_) {
    case CellKind::kFloat: floats_ = large_memory<double>(rows); break;
    case CellKind::kInteger:
    case CellKind::kTime:
    case CellKind::kDate: integers_ = large_memory<std::int64_t>(rows); break;
    case CellKind::kText:
      codes_ = large_memory<std::int32_t>(rows);
      dictionary_ = std::make_shared<std::vector<std::string>>();
      break;
    case CellKind::kSkipped:
    case CellKind::kClock: break;
  }
}

CsvColumn CsvColumn::part(std::size_t first) const {
  CsvColumn part = *this;
  const auto from = [first](const auto& memory) {
    return memory == nullptr ? memory : std::decay_t<decltype(memory)>(memory, memory.get() + first);
  };
  part.floats_ = from(floats_);
  part.integers_ = from(integers_);
  part.codes_ = from(codes_);
  if (kind_ == CellKind::kText) part.dictionary_ = std::make_shared<std::vector<std::string>>();
  return part;
}

void CsvColumn::join(const std::vector<const CsvColumn*>& parts, const std::vector<std::size_t>& rows) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    missing_ += parts[i]->missing_;
    if (const Nanoseconds last = parts[i]->time_.previous(); last != kNoTime) time_.go_on_after(last);
    if (kind_ != CellKind::kText) continue;
    // Each part's texts stand in the order in which they came, so that all of them come out as in one pass.
    std::vector<std::int32_t> codes;
    for (const std::string& text : *parts[i]->dictionary_) codes.push_back(code_of(text));
    std::int32_t* const values = parts[i]->codes_.get();
    for (std::size_t row = 0; row < rows[i]; ++row) {
      if (values[row] >= 0) values[row] = codes[static_cast<std::size_t>(values[row])];
    }
  }
}

std::int32_t CsvColumn::code_of(std::string_view text) {
  if (last_code_ >= 0 && text == last_text_) return last_code_;
  last_text_.assign(text);
  const auto [place, is_new] = code_by_text_.try_emplace(last_text_, static_cast<std::int32_t>(dictionary_->size()));
  if (is_new) dictionary_->push_back(last_text_);
  return last_code_ = place->second;
}

bool CsvColumn::store_missing(std::size_t row) {
  ++missing_;
  switch (kind_) {
    case CellKind::kFloat:
      floats_[static_cast<std::ptrdiff_t>(row)] = std::numeric_limits<double>::quiet_NaN();
      return true;
    case CellKind::kTime:
    case CellKind::kDate: integers_[static_cast<std::ptrdiff_t>(row)] = kNoTime; return true;
    case CellKind::kText: codes_[static_cast<std::ptrdiff_t>(row)] = -1; return true;
    case CellKind::kInteger:
    case CellKind::kSkipped:
    case CellKind::kClock: return false;
  }
  return false;
}

bool CsvColumn::store(std::size_t row, std::string_view text) {
  const auto place = static_cast<std::ptrdiff_t>(row);
  if (kind_ == CellKind::kText && !text.empty()) {
    codes_[place] = code_of(text);
    return true;
  }
  if (is_missing(text)) return store_missing(row);
  switch (kind_) {
    case CellKind::kFloat: return parse_whole_number(text, floats_[place]);
    case CellKind::kInteger: return parse_integer(text, integers_[place]);
    case CellKind::kTime: return time_.parse(text, integers_[place]);
    default: return false;
  }
}

bool CsvColumn::store_time(std::size_t row, std::string_view date, std::string_view clock) {
  if (is_missing(date)) return store_missing(row);
  return time_.parse(date, clock, integers_[static_cast<std::ptrdiff_t>(row)]);
}

Column CsvColumn::finish(std::size_t rows) && {
  switch (kind_) {
    case CellKind::kFloat: return {std::move(name_), std::span<const double>(floats_.get(), rows), floats_};
    case CellKind::kInteger: return {std::move(name_), std::span<const std::int64_t>(integers_.get(), rows), integers_};
    case CellKind::kText:
      return {std::move(name_), std::span<const std::int32_t>(codes_.get(), rows), dictionary_, codes_};
    default:
      return {std::move(name_), std::span<const std::int64_t>(integers_.get(), rows), integers_, ColumnType::kTime};
  }
}

}  // namespace peak::io
