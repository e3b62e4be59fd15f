// SqlWords: a query cut into words, for advice only: comments and literals are dropped, nothing is judged.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace peak::store {

struct SqlWord {
  enum class Kind : unsigned char { kName, kNumber, kText, kSign, kPlaceholder };
  Kind kind = Kind::kSign;
  std::string text{};  ///< names in lower case unless quoted; signs as written ("<=")
  bool quoted = false;

  [[nodiscard]] bool is(std::string_view word) const noexcept { return !quoted && text == word; }
};

[[nodiscard]] std::vector<SqlWord> sql_words(std::string_view sql);

[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace peak::store
