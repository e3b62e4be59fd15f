#include "io/database.hpp"

#include <atomic>
#include <cctype>

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

class Database {
 public:
  Database(const std::string& path, const ReadOptions& options, QueryRunner run)
      : path_(path), options_(options), run_(run) {}

  Result<LoadedTable> read(const ChooseColumns& choose) {
    std::string sql = options_.table;
    if (!is_query(sql)) {
      PEAK_ASSIGN_OR_RETURN(const std::string table, table_name());
      sql = "SELECT * FROM " + quoted(table);
      if (!options_.select.empty()) {
        PEAK_ASSIGN_OR_RETURN(const std::string names, chosen(sql, choose));
        sql = "SELECT " + names + " FROM " + quoted(table);
      }
      member_ = table;
    }
    LoadedTable loaded;
    PEAK_ASSIGN_OR_RETURN(loaded.table, rows_of(sql, loaded.detected.notes));
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

  Result<std::vector<std::string>> tables() {
    std::vector<std::string> notes;
    PEAK_ASSIGN_OR_RETURN(const Table found,
                          rows_of("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE "
                                  "'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
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
    PEAK_ASSIGN_OR_RETURN(const std::vector<std::string> names, tables());
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

  Result<std::string> chosen(const std::string& all, const ChooseColumns& choose) {
    std::vector<std::string> notes, names;
    PEAK_ASSIGN_OR_RETURN(const Table empty, rows_of(all + " LIMIT 0", notes));
    for (const Column& column : empty.columns) names.push_back(column.name());
    PEAK_ASSIGN_OR_RETURN(const ChosenColumns chosen, choose(names));
    std::string text;
    for (const std::size_t column : chosen.columns) text += (text.empty() ? "" : ", ") + quoted(names[column]);
    return text;
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
