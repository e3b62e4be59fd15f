// Opening a store: is the file one, whose is it, and what must be done to its tables.
#include "peak/store/trade_store.hpp"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "store/sqlite/connection.hpp"

namespace peak::store {
namespace {

enum class FileKind : unsigned char { kNone, kEmpty, kSqlite };

/// Looks at the first bytes without SQLite, which would create, lock or recover.
Result<FileKind> kind_of_file(const std::string& path) {
  struct stat entry {};
  if (::stat(path.c_str(), &entry) != 0) {
    if (errno == ENOENT) return FileKind::kNone;
    return io_error("cannot open '" + path + "': " + std::strerror(errno));
  }
  if (!S_ISREG(entry.st_mode)) return invalid_argument("'" + path + "' is not a file; name a SQLite database");
  if (entry.st_size == 0) return FileKind::kEmpty;
  static constexpr char kMagic[] = "SQLite format 3";
  std::array<char, sizeof kMagic> head{};
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return io_error("cannot open '" + path + "': " + std::strerror(errno));
  const std::size_t size = std::fread(head.data(), 1, head.size(), file);
  std::fclose(file);
  if (size != head.size() || std::memcmp(head.data(), kMagic, sizeof kMagic) != 0) {
    return bad_data("'" + path + "' is not a SQLite database; it was not changed");
  }
  return FileKind::kSqlite;
}

Status migrate(Connection& connection) {
  Transaction transaction(connection);
  PEAK_RETURN_IF_ERROR(transaction.begin());
  // Another program may have migrated while this one waited.
  PEAK_ASSIGN_OR_RETURN(const std::int64_t version, connection.integer("PRAGMA user_version"));
  for (const Migration& migration : schema_migrations()) {
    if (migration.version <= version) continue;
    for (const std::string& statement : migration.statements) PEAK_RETURN_IF_ERROR(connection.run(statement));
  }
  PEAK_RETURN_IF_ERROR(connection.run("PRAGMA application_id = " + std::to_string(kApplicationId)));
  if (version < kSchemaVersion) {
    PEAK_RETURN_IF_ERROR(connection.run("PRAGMA user_version = " + std::to_string(kSchemaVersion)));
  }
  return transaction.commit();
}

/// Whose file it is; migrates what is ours or shall become ours.
Status take_over(Connection& connection, const OpenOptions& options) {
  PEAK_ASSIGN_OR_RETURN(const std::int64_t owner, connection.integer("PRAGMA application_id"));
  PEAK_ASSIGN_OR_RETURN(const std::int64_t version, connection.integer("PRAGMA user_version"));
  const bool ours = owner == kApplicationId;
  if (ours && version > kSchemaVersion) {
    return bad_data("'" + connection.path() + "' was written by a newer Peak Trade (schema " + std::to_string(version) +
                    ", this one knows " + std::to_string(kSchemaVersion) + "); it was not changed: update Peak Trade");
  }
  connection.schema_version = ours ? static_cast<int>(version) : 0;
  if (options.read_only) return {};
  if (options.create && owner != 0 && !ours) {
    return bad_data("'" + connection.path() + "' is the database of another program (application_id " +
                    std::to_string(owner) + "); it was not changed: name another file");
  }
  const bool wanted = options.create || ours;
  if (wanted && (!ours || version < kSchemaVersion)) {
    PEAK_RETURN_IF_ERROR(connection.run("PRAGMA journal_mode = WAL"));
    PEAK_RETURN_IF_ERROR(migrate(connection));
    connection.schema_version = kSchemaVersion;
  }
  return {};
}

}  // namespace

TradeStore::TradeStore(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
TradeStore::TradeStore(TradeStore&&) noexcept = default;
TradeStore& TradeStore::operator=(TradeStore&&) noexcept = default;
TradeStore::~TradeStore() = default;

Result<TradeStore> TradeStore::open(const std::string& path, const OpenOptions& options) {
  if (path.empty()) return invalid_argument("a trade store needs the path of a file");
  PEAK_ASSIGN_OR_RETURN(const FileKind kind, kind_of_file(path));
  const bool create = options.create && !options.read_only;
  if (kind == FileKind::kNone && !create) return not_found("there is no file '" + path + "'");
  if (kind == FileKind::kEmpty && !create) return bad_data("'" + path + "' is empty, not a SQLite database");
  const int flags =
      options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);
  PEAK_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::open(path, flags, options.busy_timeout_ms));
  PEAK_RETURN_IF_ERROR(take_over(*connection, options));
  PEAK_RETURN_IF_ERROR(connection->run("PRAGMA foreign_keys = ON"));
  // In WAL mode this survives a killed process whole; a power cut may take the last commits, never the file.
  PEAK_RETURN_IF_ERROR(connection->run("PRAGMA synchronous = NORMAL"));
  return TradeStore(std::move(connection));
}

int TradeStore::schema_version() const noexcept { return connection_->schema_version; }
const std::string& TradeStore::path() const noexcept { return connection_->path(); }

}  // namespace peak::store
