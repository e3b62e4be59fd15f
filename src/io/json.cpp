#include "io/json.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "io/number.hpp"

namespace peak::io {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostColumns = 10'000;
constexpr std::size_t kLongestReason = 240;
constexpr std::size_t kDeepest = 100;

/// The cells of one column, in order; null where a row has none. The values live in the document.
struct JsonColumn {
  std::string name;
  std::vector<const Json*> cells;
};

/// The values of a document as columns.
class Candles {
 public:
  Status take(const Json& document) {
    const Json* rows = find_rows(document, 0);
    if (rows == nullptr) {
      if (take_columns(document)) return {};
      return bad_data("no candles were found: expected an array of objects or of arrays");
    }
    for (const Json& row : *rows) {
      if (row.is_object()) {
        PEAK_RETURN_IF_ERROR(add_object(row));
      } else if (row.is_array()) {
        PEAK_RETURN_IF_ERROR(add_array(row));
      } else {
        return bad_data("row " + std::to_string(rows_) + " is neither an object nor an array");
      }
      ++rows_;
    }
    for (JsonColumn& column : columns_) column.cells.resize(rows_, nullptr);
    return {};
  }
  [[nodiscard]] const std::vector<JsonColumn>& columns() const noexcept { return columns_; }
  [[nodiscard]] std::vector<std::string> take_notes() { return std::move(notes_); }

 private:
  static bool is_rows(const Json& value) {
    return value.is_array() && !value.empty() && (value.front().is_object() || value.front().is_array());
  }

  /// The array of rows: the document itself, or the first member that is one.
  const Json* find_rows(const Json& value, int depth) {
    if (is_rows(value) || (value.is_array() && value.empty() && depth == 0)) return &value;
    if (!value.is_object() || depth > 3) return nullptr;
    for (const auto& [key, member] : value.items()) {
      const Json* rows = find_rows(member, depth + 1);
      if (rows == nullptr) continue;
      take_names(value);
      if (depth == 0) notes_.push_back("the rows are the member '" + key + "'");
      return rows;
    }
    return nullptr;
  }

  /// {"columns": ["date", "open", ...], "data": [[...], ...]}
  void take_names(const Json& holder) {
    const auto names = holder.find("columns");
    if (names == holder.end() || !names->is_array() || names->size() > kMostColumns) return;
    for (const Json& name : *names) given_names_.push_back(name.is_string() ? name.get<std::string>() : name.dump());
  }

  /// {"t": [...], "o": [...], ...}
  bool take_columns(const Json& document) {
    if (!document.is_object()) return false;
    std::size_t longest = 0;
    for (const auto& [key, member] : document.items())
      longest = std::max(longest, member.is_array() ? member.size() : 0);
    if (longest == 0) return false;
    for (const auto& [key, member] : document.items()) {
      if (!member.is_array() || member.size() != longest) continue;
      JsonColumn& column = columns_.emplace_back();
      column.name = key;
      for (const Json& cell : member) column.cells.push_back(&cell);
    }
    rows_ = longest;
    return columns_.size() > 1;
  }

  JsonColumn* column_at(std::size_t index) { return index < columns_.size() ? &columns_[index] : nullptr; }

  JsonColumn& add_column(std::string name) {
    places_.emplace(name, columns_.size());
    JsonColumn& column = columns_.emplace_back();
    column.name = std::move(name);
    return column;
  }

  static Error too_many_columns() { return bad_data("the rows have more than 10000 members"); }

  Status add_object(const Json& row) {
    std::size_t position = 0;
    for (const auto& [key, cell] : row.items()) {
      // Rows mostly have their members in one order.
      JsonColumn* column = column_at(position++);
      if (column == nullptr || column->name != key) {
        const auto place = places_.find(key);
        if (place == places_.end() && columns_.size() >= kMostColumns) return too_many_columns();
        column = place == places_.end() ? &add_column(key) : &columns_[place->second];
      }
      if (column->cells.size() <= rows_) column->cells.resize(rows_, nullptr);
      if (column->cells.size() == rows_) column->cells.push_back(&cell);
    }
    return {};
  }

  Status add_array(const Json& row) {
    if (columns_.empty()) name_array_columns(row.size());
    if (row.size() > kMostColumns) return too_many_columns();
    if (row.size() != columns_.size()) {
      return bad_data("row " + std::to_string(rows_) + " has " + std::to_string(row.size()) +
                      " values, the rows before " + std::to_string(columns_.size()));
    }
    for (std::size_t i = 0; i < row.size(); ++i) columns_[i].cells.push_back(&row[i]);
    return {};
  }

  /// Candles of exchanges are [time, open, high, low, close, volume, ...].
  void name_array_columns(std::size_t size) {
    constexpr const char* kCandle[] = {"time", "open", "high", "low", "close", "volume"};
    for (std::size_t i = 0; i < std::min(size, kMostColumns); ++i) {
      if (!given_names_.empty()) {
        add_column(i < given_names_.size() ? given_names_[i] : "column_" + std::to_string(i + 1));
      } else {
        add_column(size >= 5 && i < 6 ? kCandle[i] : "column_" + std::to_string(i + 1));
      }
    }
    if (given_names_.empty() && size >= 5)
      notes_.emplace_back("rows are taken as [time, open, high, low, close, volume, ...]");
  }

  std::vector<JsonColumn> columns_;
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<std::string> given_names_;
  std::vector<std::string> notes_;
  std::size_t rows_ = 0;
};

bool is_absent(const Json* cell) {
  return cell == nullptr || cell->is_null() ||
         (cell->is_string() && is_missing(trimmed(cell->get_ref<const std::string&>())));
}

bool to_number(const Json& cell, double& value) {
  if (cell.is_string()) return parse_whole_number(trimmed(cell.get_ref<const std::string&>()), value);
  if (!cell.is_number()) return false;
  value = cell.get<double>();
  return true;
}

bool to_integer(const Json& cell, std::int64_t& value) {
  if (cell.is_string()) return parse_integer(trimmed(cell.get_ref<const std::string&>()), value);
  if (!cell.is_number_integer()) return false;
  if (cell.is_number_unsigned() &&
      cell.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return false;
  }
  value = cell.get<std::int64_t>();
  return true;
}

Column text_column(const JsonColumn& column) {
  std::vector<std::int32_t> codes;
  std::vector<std::string> dictionary;
  std::unordered_map<std::string, std::int32_t> places;
  for (const Json* cell : column.cells) {
    if (cell == nullptr || cell->is_null()) {
      codes.push_back(-1);
      continue;
    }
    const std::string text =
        cell->is_string() ? cell->get<std::string>() : cell->dump(-1, ' ', false, Json::error_handler_t::replace);
    const auto [place, is_new] = places.try_emplace(text, static_cast<std::int32_t>(dictionary.size()));
    if (is_new) dictionary.push_back(text);
    codes.push_back(place->second);
  }
  return Column::own(column.name, std::move(codes), std::move(dictionary));
}

/// The narrowest column that holds all cells: whole numbers, numbers, yes or no, text.
Column make_column(const JsonColumn& column) {
  const std::size_t size = column.cells.size();
  std::vector<std::int64_t> integers(size);
  std::vector<double> numbers(size, std::numeric_limits<double>::quiet_NaN());
  std::vector<std::uint8_t> truths(size);
  bool all_integers = size > 0, all_numbers = true, all_truths = size > 0;
  for (std::size_t i = 0; i < size; ++i) {
    const Json* cell = column.cells[i];
    if (is_absent(cell)) {
      all_integers = all_truths = false;
      continue;
    }
    all_integers = all_integers && to_integer(*cell, integers[i]);
    all_numbers = all_numbers && to_number(*cell, numbers[i]);
    all_truths = all_truths && cell->is_boolean();
    if (cell->is_boolean()) truths[i] = cell->get<bool>() ? 1 : 0;
  }
  if (all_integers) return Column::own(column.name, std::move(integers));
  if (all_numbers) return Column::own(column.name, std::move(numbers));
  if (all_truths) return Column::own(column.name, std::move(truths));
  return text_column(column);
}

bool is_nested(const JsonColumn& column) {
  return std::any_of(column.cells.begin(), column.cells.end(),
                     [](const Json* cell) { return cell != nullptr && cell->is_structured(); });
}

/// The place of the first bracket that stands deeper in others than kDeepest; npos if none does.
std::size_t too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      i += c == '\\' ? 1U : 0U;
      in_string = c != '"';
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepest) return i;
    } else if (c == ']' || c == '}') {
      depth -= depth > 0 ? 1U : 0U;
    } else {
      in_string = c == '"';
    }
  }
  return std::string_view::npos;
}

/// The document, or the parser's words for what is wrong and where.
Result<Json> parse(std::string_view bytes) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  // Values are copied and written by functions that call themselves for what is in them.
  if (const std::size_t place = too_deep(bytes); place != std::string_view::npos) {
    return bad_data("byte " + std::to_string(place + 1) + " opens more than " + std::to_string(kDeepest) +
                    " arrays and objects inside each other; candles are not nested so deep");
  }
  // Only the exception tells where the text is damaged.
  try {
    return Json::parse(bytes.begin(), bytes.end());
  } catch (const Json::exception& error) {
    std::string reason = error.what();
    if (const std::size_t end = reason.find("] "); end != std::string::npos) reason = reason.substr(end + 2);
    // The parser repeats what it could not read, however long that is.
    if (reason.size() > kLongestReason) reason = reason.substr(0, kLongestReason) + "...";
    return bad_data("the JSON text is cut or damaged: " + reason);
  }
}

}  // namespace

Result<LoadedTable> read_json(const Source& source, const ReadOptions&) {
  PEAK_ASSIGN_OR_RETURN(const Json document, parse(source.bytes));
  Candles candles;
  PEAK_RETURN_IF_ERROR(candles.take(document));
  LoadedTable loaded;
  loaded.detected.notes = candles.take_notes();
  for (const JsonColumn& column : candles.columns()) {
    if (is_nested(column)) {
      loaded.detected.notes.push_back("member '" + column.name + "' holds nested values and is left out");
      continue;
    }
    loaded.table.columns.push_back(make_column(column));
  }
  return loaded;
}

}  // namespace peak::io
