#include "io/database.hpp"

#include <algorithm>
#include <atomic>
#include <cctype>

#include "io/database_range.hpp"
#include "io/file_bytes.hpp"
#include "io/roles.hpp"
#include "peak/base/suggest.hpp"

namespace peak::io {
namespace {

std::atomic<QueryRunner>& query_runner() {
  static std::atomic<QueryRunner> runner{nullptr};
  return runner;
}

/// A name as SQL takes it, whatever is in it.
std::string quoted(const std::string& name) {
  std::string result = "\"";
  for (const char c : name) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

/// The first word, in lower case.
std::string first_word(std::string_view text) {
  std::string word;
  for (const char c : text) {
    if (std::isalpha(static_cast<unsigned char>(c)) == 0) {
      if (word.empty() && (std::isspace(static_cast<unsigned char>(c)) != 0 || c == '(')) continue;
      break;
    }
    word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return word;
}

bool is_query(const std::string& text) {
  const std::string word = first_word(text);
  return (word == "select" || word == "with") && text.find_first_of(" \t\r\n(") != std::string::npos;
}

constexpr const char* kSample = " LIMIT 200";

class Database {
 public:
  Database(const std::string& path, const ReadOptions& options, QueryRunner run)
      : path_(path), options_(options), run_(run) {}

  Result<LoadedTable> read(const ChooseColumns& choose) {
    LoadedTable loaded;
    if (is_query(options_.table)) {
      PEAK_ASSIGN_OR_RETURN(loaded.table, rows_of(options_.table, loaded.detected.notes));
    } else {
      PEAK_ASSIGN_OR_RETURN(member_, table_name());
      PEAK_ASSIGN_OR_RETURN(loaded.table, table_rows(choose, loaded.detected.notes));
    }
    if (loaded.table.columns.empty()) return bad_data("'" + member_ + "' has no columns that can be read");
    loaded.detected.member = std::move(member_);
    loaded.detected.compression = "none";
    return loaded;
  }

 private:
  Result<Table> rows_of(const std::string& sql, std::vector<std::string>& notes) {
    CellTable cells(options_.max_bytes);
    PEAK_RETURN_IF_ERROR(run_(path_, sql, cells));
    return std::move(cells).finish(notes);
  }

  /// Of tables, views or both, as SQL names these kinds.
  Result<std::vector<std::string>> names_of(const std::string& kinds) {
    std::vector<std::string> notes;
    PEAK_ASSIGN_OR_RETURN(const Table found, rows_of("SELECT name FROM sqlite_master WHERE type IN (" + kinds +
                                                         ") AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
                                                     notes));
    std::vector<std::string> names;
    if (found.rows() == 0) return names;
    const Column& column = found.columns.front();
    for (const std::int32_t code : column.codes()) {
      if (code >= 0) names.push_back((*column.dictionary())[static_cast<std::size_t>(code)]);
    }
    return names;
  }

  Result<std::string> table_name() {
    PEAK_ASSIGN_OR_RETURN(const std::vector<std::string> names, names_of("'table', 'view'"));
    if (options_.table.empty() && names.size() == 1) return names.front();
    for (const std::string& name : names) {
      if (name == options_.table) return name;
    }
    if (names.empty()) return bad_data("the database holds no tables");
    if (options_.table.empty()) {
      return invalid_argument(
          "the database holds " + std::to_string(names.size()) +
          " tables, say which with 'table' (or a query that begins with SELECT): " + quoted_names(names));
    }
    return invalid_argument("there is no table '" + options_.table + "'" + suggestion(options_.table, names));
  }

  /// Of the table the columns and about the rows that are selected.
  Result<Table> table_rows(const ChooseColumns& choose, std::vector<std::string>& notes) {
    const std::string table = " FROM " + quoted(member_);
    if (options_.select.empty() && !options_.start && !options_.end) return rows_of("SELECT *" + table, notes);
    std::vector<std::string> ignored, names;
    PEAK_ASSIGN_OR_RETURN(const Table empty, rows_of("SELECT *" + table + " LIMIT 0", ignored));
    for (const Column& column : empty.columns) names.push_back(column.name());
    PEAK_ASSIGN_OR_RETURN(const ChosenColumns chosen, choose(names));
    std::string wanted;
    for (const std::size_t column : chosen.columns) wanted += (wanted.empty() ? "" : ", ") + quoted(names[column]);
    const std::string all = "SELECT " + (options_.select.empty() ? "*" : wanted) + table;
    if ((options_.start || options_.end) && chosen.time) {
      auto rows = rows_in_range(all, table, quoted(names[*chosen.time]), notes);
      if (rows.ok() && rows->rows() != 0) return rows;
    }
    return rows_of(all, notes);
  }

  /// Rows that may lie in the time asked for, in the table's order; none or an error where all must be looked at (a
  /// view or a table without rowid, whose order is not known; times of another form).
  Result<Table> rows_in_range(const std::string& all, const std::string& table, const std::string& time,
                              std::vector<std::string>& notes) {
    std::vector<std::string> ignored, found;
    PEAK_ASSIGN_OR_RETURN(const std::vector<std::string> tables, names_of("'table'"));
    if (std::find(tables.begin(), tables.end(), member_) == tables.end()) return Table{};
    PEAK_ASSIGN_OR_RETURN(const Table samples,
                          rows_of("SELECT " + time + table + " WHERE " + time + " IS NOT NULL" + kSample, ignored));
    if (samples.columns.empty() || samples.rows() == 0) return Table{};
    const std::string condition = range_condition(samples.columns.front(), time, options_);
    if (condition.empty()) return Table{};
    // The sign keeps SQLite from walking all rows in their order rather than the index on the times.
    PEAK_ASSIGN_OR_RETURN(Table rows, rows_of(all + " WHERE " + condition + " ORDER BY +_rowid_", found));
    // Without any row it would not be known what the columns are.
    if (rows.rows() == 0) return rows_of(all + kSample, notes);
    notes.insert(notes.end(), found.begin(), found.end());
    return rows;
  }

  const std::string& path_;
  const ReadOptions& options_;
  QueryRunner run_;
  std::string member_ = "query";
};

}  // namespace

void set_query_runner(QueryRunner runner) { query_runner() = runner; }

bool is_database_file(const std::string& path) { return file_head(path).bytes.starts_with(kDatabaseHead); }

Result<LoadedTable> read_database(const std::string& path, const ReadOptions& options, const ChooseColumns& choose) {
  const QueryRunner run = query_runner();
  if (run == nullptr) {
    return unsupported(
        "is a SQLite database, and this program reads none: link PeakTrade::trade_store and call "
        "peak::store::read_databases() first, or convert it with 'peak data convert'");
  }
  return Database(path, options, run).read(choose);
}

}  // namespace peak::io
