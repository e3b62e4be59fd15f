#include "io/csv_records.hpp"

#include <algorithm>

#include "io/number.hpp"

namespace peak::io {

void CsvRecords::end_line() noexcept {
  if (bytes_[at_] == '\r' && at_ + 1 < bytes_.size() && bytes_[at_ + 1] == '\n') ++at_;
  ++at_;
  ++next_line_;
}

void CsvRecords::skip_blank_lines() {
  for (;;) {
    std::size_t end = at_;
    while (end < bytes_.size() && (bytes_[end] == ' ' || is_blank(bytes_[end]))) ++end;
    if (end == bytes_.size()) {
      at_ = end;
      return;
    }
    if (bytes_[end] != '\n' && bytes_[end] != '\r') return;
    at_ = end;
    end_line();
  }
}

std::string_view CsvRecords::plain_cell() {
  const std::size_t start = at_;
  while (at_ < bytes_.size() && bytes_[at_] != delimiter_ && !at_line_end()) ++at_;
  return trimmed(bytes_.substr(start, at_ - start));
}

std::string_view CsvRecords::quoted_cell() {
  const std::size_t start = ++at_;
  bool doubled = false;
  for (;;) {
    while (at_ < bytes_.size() && bytes_[at_] != '"') {
      next_line_ += bytes_[at_] == '\n' ? 1U : 0U;
      ++at_;
    }
    if (at_ + 1 >= bytes_.size() || bytes_[at_ + 1] != '"') break;
    doubled = true;
    at_ += 2;
  }
  const std::string_view raw = bytes_.substr(start, at_ - start);
  quote_is_open_ = at_ == bytes_.size();
  if (!quote_is_open_) ++at_;
  plain_cell();  // whatever follows the closing quote belongs to no cell
  if (!doubled) return trimmed(raw);
  std::string& text = unquoted_.emplace_back();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    text += raw[i];
    if (raw[i] == '"') ++i;
  }
  return trimmed(text);
}

bool CsvRecords::next(std::vector<std::string_view>& cells) {
  cells.clear();
  unquoted_.clear();
  skip_blank_lines();
  start_ = at_;
  line_ = next_line_;
  if (at_ >= bytes_.size()) return false;
  if (delimiter_ == ' ') {
    while (at_ < bytes_.size() && bytes_[at_] == ' ') ++at_;
  }
  for (;;) {
    while (at_ < bytes_.size() && is_blank(bytes_[at_])) ++at_;
    const std::string_view cell = at_ < bytes_.size() && bytes_[at_] == '"' ? quoted_cell() : plain_cell();
    if (cells.size() <= kMostCells) cells.push_back(cell);
    if (at_ >= bytes_.size()) return true;
    if (bytes_[at_] != delimiter_) {
      end_line();
      return true;
    }
    ++at_;
    if (delimiter_ != ' ') continue;
    while (at_ < bytes_.size() && bytes_[at_] == ' ') ++at_;
    if (at_ >= bytes_.size()) return true;
    if (at_line_end()) {
      end_line();
      return true;
    }
  }
}

std::string_view CsvRecords::text() const noexcept {
  const std::string_view record = bytes_.substr(start_, at_ - start_);
  return record.substr(0, record.find_last_not_of("\r\n") + 1);
}

}  // namespace peak::io
