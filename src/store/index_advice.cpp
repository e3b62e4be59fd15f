#include "peak/store/index_advice.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "store/sql_words.hpp"

namespace peak::store {
namespace {

constexpr std::size_t kMostColumns = 4;  // more make an index that nearly repeats the table

bool among(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_keyword(const SqlWord& word) {
  static constexpr std::array<std::string_view, 20> kWords = {
      "where", "join", "inner", "left",   "cross", "natural", "on",     "group", "order",   "limit",
      "using", "set",  "union", "having", "outer", "except",  "values", "as",    "indexed", "intersect"};
  return !word.quoted && among(word.text, kWords);
}

/// Where the words of a query's part stand: what follows ORDER BY or GROUP BY is collected until another part begins.
enum class Part : unsigned char { kOther, kOrder, kGroup };

struct Used {
  std::vector<std::string> equal, range, order, group;
};

void add(std::vector<std::string>& list, const std::string& column) {
  if (std::find(list.begin(), list.end(), column) == list.end()) list.push_back(column);
}

/// The table that `name` stands for: itself, or the table that is followed by this alias.
std::optional<std::string> resolve_words(const std::vector<SqlWord>& words, std::string_view name,
                                         const std::vector<TableColumns>& tables) {
  const std::string sought = lower_case(name);
  for (const TableColumns& table : tables) {
    const std::string known = lower_case(table.table);
    if (known == sought) return table.table;
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i].kind != SqlWord::Kind::kName || lower_case(words[i].text) != known) continue;
      const std::size_t alias = words[i + 1].is("as") ? i + 2 : i + 1;
      if (alias >= words.size() || words[alias].kind != SqlWord::Kind::kName || is_keyword(words[alias])) continue;
      if (lower_case(words[alias].text) == sought) return table.table;
    }
  }
  return std::nullopt;
}

class ColumnUse {
 public:
  ColumnUse(std::string_view sql, const TableColumns& table) : words_(sql_words(sql)), table_(table) {}

  Used find() {
    Part part = Part::kOther;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      part = part_at(i, part);
      const std::string* column = column_at(i);
      if (column == nullptr) continue;
      if (part == Part::kOrder) add(used_.order, *column);
      if (part == Part::kGroup) add(used_.group, *column);
      if (part == Part::kOther) note_comparison(i, *column);
    }
    return std::move(used_);
  }

 private:
  [[nodiscard]] bool word_is(std::size_t i, std::string_view text) const {
    return i < words_.size() && words_[i].is(text);
  }

  [[nodiscard]] Part part_at(std::size_t i, Part part) const {
    const SqlWord& word = words_[i];
    if (word.quoted) return part;
    if (word_is(i, "order") && word_is(i + 1, "by")) return Part::kOrder;
    if (word_is(i, "group") && word_is(i + 1, "by")) return Part::kGroup;
    static constexpr std::array<std::string_view, 9> kEnds = {"limit", "having", "where",  "select", "union",
                                                              "from",  "window", "except", ")"};
    return among(word.text, kEnds) ? Part::kOther : part;
  }

  /// The column of the table that the word names; null if it names none, or one of another table.
  [[nodiscard]] const std::string* column_at(std::size_t i) const {
    const SqlWord& word = words_[i];
    if (word.kind != SqlWord::Kind::kName || word_is(i + 1, "(") || word_is(i + 1, ".")) return nullptr;
    if (i >= 2 && word_is(i - 1, ".")) {
      const auto owner = resolve_words(words_, words_[i - 2].text, {table_});
      if (!owner) return nullptr;
    }
    const std::string name = lower_case(word.text);
    const auto at = std::find_if(table_.columns.begin(), table_.columns.end(),
                                 [&](const std::string& column) { return lower_case(column) == name; });
    return at == table_.columns.end() ? nullptr : &*at;
  }

  void note_comparison(std::size_t i, const std::string& column) {
    static constexpr std::array<std::string_view, 4> kEqual = {"=", "==", "in", "is"};
    static constexpr std::array<std::string_view, 5> kRange = {"<", ">", "<=", ">=", "between"};
    const std::size_t before = i >= 2 && word_is(i - 1, ".") ? i - 3 : i - 1;  // of the column with its table's name
    for (const std::size_t at : {i + 1, before}) {
      if (at >= words_.size() || words_[at].quoted) continue;
      if (at == before && words_[at].kind != SqlWord::Kind::kSign) continue;
      if (among(words_[at].text, kEqual)) return add(used_.equal, column);
      if (among(words_[at].text, kRange)) return add(used_.range, column);
    }
  }

  std::vector<SqlWord> words_;
  const TableColumns& table_;
  Used used_;
};

void add_candidate(std::vector<IndexDefinition>& list, const std::string& table, std::vector<std::string> columns) {
  if (columns.empty()) return;
  columns.resize(std::min(columns.size(), kMostColumns));
  IndexDefinition index{table, std::move(columns)};
  if (std::find(list.begin(), list.end(), index) == list.end()) list.push_back(std::move(index));
}

std::vector<std::string> joined(std::vector<std::string> first, const std::vector<std::string>& second) {
  for (const std::string& column : second) add(first, column);
  return first;
}

}  // namespace

std::optional<PlanStep> parse_plan_step(std::string_view detail) {
  PlanStep step;
  step.scan = detail.starts_with("SCAN ");
  if (!step.scan && !detail.starts_with("SEARCH ")) return std::nullopt;
  std::string_view rest = detail.substr(step.scan ? 5 : 7);
  if (rest.starts_with("TABLE ")) rest.remove_prefix(6);
  if (rest.starts_with("CONSTANT ROW") || rest.starts_with("SUBQUERY") || rest.starts_with("(")) return std::nullopt;
  const auto word_after = [&](std::string_view marker) -> std::string {
    const std::size_t at = rest.find(marker);
    if (at == rest.npos) return {};
    const std::string_view tail = rest.substr(at + marker.size());
    return std::string(tail.substr(0, std::min(tail.find(' '), tail.size())));
  };
  step.table = std::string(rest.substr(0, std::min(rest.find(' '), rest.size())));
  if (const std::string alias = word_after(" AS "); !alias.empty()) step.table = alias;
  if (rest.find("PRIMARY KEY") == rest.npos) step.index = word_after(" INDEX ");
  return step;
}

bool is_sort_step(std::string_view detail) noexcept { return detail.find("TEMP B-TREE") != detail.npos; }

std::optional<std::string> resolve_table(std::string_view sql, std::string_view name,
                                         const std::vector<TableColumns>& tables) {
  return resolve_words(sql_words(sql), name, tables);
}

std::vector<IndexDefinition> index_candidates(std::string_view sql, const TableColumns& table) {
  const Used used = ColumnUse(sql, table).find();
  std::vector<IndexDefinition> list;
  if (!used.range.empty()) add_candidate(list, table.table, joined(used.equal, {used.range.front()}));
  if (!used.order.empty()) add_candidate(list, table.table, joined(used.equal, used.order));
  if (!used.group.empty()) add_candidate(list, table.table, joined(used.equal, used.group));
  add_candidate(list, table.table, used.equal);
  for (const std::string& column : used.range) add_candidate(list, table.table, {column});
  return list;
}

}  // namespace peak::store
