#include "store/sql_words.hpp"

#include <algorithm>

namespace peak::store {
namespace {

bool is_name_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

class SqlReader {
 public:
  explicit SqlReader(std::string_view sql) : sql_(sql) {}

  std::vector<SqlWord> read() {
    while (at_ < sql_.size()) {
      if (!skip_blank()) read_word();
    }
    return std::move(words_);
  }

 private:
  [[nodiscard]] bool starts(std::string_view text) const noexcept { return sql_.substr(at_).starts_with(text); }

  /// White space and comments; false if there is none here.
  bool skip_blank() {
    if (sql_[at_] == ' ' || sql_[at_] == '\t' || sql_[at_] == '\n' || sql_[at_] == '\r') {
      ++at_;
      return true;
    }
    if (starts("--")) {
      at_ = std::min(sql_.find('\n', at_), sql_.size());
      return true;
    }
    if (starts("/*")) {
      const std::size_t end = sql_.find("*/", at_ + 2);
      at_ = end == sql_.npos ? sql_.size() : end + 2;
      return true;
    }
    return false;
  }

  void read_word() {
    const char c = sql_[at_];
    if (c == '\'') return read_quoted('\'', SqlWord::Kind::kText);
    if (c == '"' || c == '`') return read_quoted(c, SqlWord::Kind::kName);
    if (c == '[') return read_quoted(']', SqlWord::Kind::kName);
    if (is_digit(c)) return read_run(SqlWord::Kind::kNumber, at_);
    if (is_name_character(c)) return read_run(SqlWord::Kind::kName, at_);
    if (c == '?' || ((c == ':' || c == '@') && at_ + 1 < sql_.size() && is_name_character(sql_[at_ + 1]))) {
      return read_run(SqlWord::Kind::kPlaceholder, ++at_);
    }
    const std::size_t length = starts("<=") || starts(">=") || starts("<>") || starts("!=") || starts("==") ? 2 : 1;
    words_.push_back({SqlWord::Kind::kSign, std::string(sql_.substr(at_, length))});
    at_ += length;
  }

  void read_run(SqlWord::Kind kind, std::size_t begin) {
    while (at_ < sql_.size() && is_name_character(sql_[at_])) ++at_;
    words_.push_back({kind, lower_case(sql_.substr(begin, at_ - begin))});
  }

  /// Until `end`, of which two stand for one.
  void read_quoted(char end, SqlWord::Kind kind) {
    SqlWord word{kind, {}, true};
    for (++at_; at_ < sql_.size(); ++at_) {
      if (sql_[at_] == end) {
        if (end == ']' || at_ + 1 >= sql_.size() || sql_[at_ + 1] != end) break;
        ++at_;
      }
      word.text += sql_[at_];
    }
    if (at_ < sql_.size()) ++at_;
    words_.push_back(std::move(word));
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  std::vector<SqlWord> words_;
};

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::vector<SqlWord> sql_words(std::string_view sql) { return SqlReader(sql).read(); }

}  // namespace peak::store
