#include "io/source.hpp"

#include <utility>

#include "io/database.hpp"
#include "io/file_bytes.hpp"
#include "io/unpack.hpp"

namespace peak::io {
namespace {

void take(Source& source, std::string content, const char* compression) {
  auto owned = std::make_shared<const std::string>(std::move(content));
  source.bytes = *owned;
  source.owner = std::move(owned);
  source.compression = source.compression == "none" ? compression : source.compression + ", " + compression;
}

/// Takes off one wrapping after the other: a zip may hold a gzip file.
Status unpack(Source& source, const ReadOptions& options) {
  if (is_zip(source.bytes)) {
    PEAK_ASSIGN_OR_RETURN(ZipMember member, unpack_zip(source.bytes, options.member, options.max_bytes));
    source.member = std::move(member.name);
    take(source, std::move(member.content), "zip");
  }
  if (is_gzip(source.bytes)) {
    PEAK_ASSIGN_OR_RETURN(std::string content, unpack_gzip(source.bytes, options.max_bytes));
    take(source, std::move(content), "gzip");
  }
  if (is_zstd(source.bytes)) {
    PEAK_ASSIGN_OR_RETURN(std::string content, unpack_zstd(source.bytes, options.max_bytes));
    take(source, std::move(content), "zstd");
  }
  if (source.bytes.empty()) return bad_data("the file is empty");
  return {};
}

/// Files of these formats are opened by their readers, which need not read all of them.
bool is_read_in_place(std::string_view head, const ReadOptions& options) {
  const Format format = format_of(head);
  if (options.format && *options.format != format) return false;
  return format == Format::kParquet || format == Format::kArrowIpc || format == Format::kSqlite;
}

/// A file of which only the head is read here; who reads it further opens it himself.
Source source_on_disk(const std::string& path, FileHead head) {
  Source source;
  auto owned = std::make_shared<const std::string>(std::move(head.bytes));
  source.bytes = *owned;
  source.owner = std::move(owned);
  source.path = path;
  source.stored_bytes = head.size_bytes;
  source.from_file = source.on_disk = true;
  return source;
}

}  // namespace

Format format_of(std::string_view bytes) {
  if (bytes.starts_with("PAR1") || bytes.starts_with("PARE")) return Format::kParquet;
  if (bytes.starts_with("ARROW1") || bytes.starts_with(std::string_view("\xff\xff\xff\xff", 4)))
    return Format::kArrowIpc;
  if (bytes.starts_with(kDatabaseHead)) return Format::kSqlite;
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && (bytes[first] == '{' || bytes[first] == '[')) return Format::kJson;
  return Format::kCsv;
}

Result<Source> open_source(const std::string& path, const ReadOptions& options) {
  if (FileHead head = file_head(path); is_read_in_place(head.bytes, options)) {
    return source_on_disk(path, std::move(head));
  }
  PEAK_ASSIGN_OR_RETURN(FileBytes file, read_file(path, options.max_bytes));
  Source source;
  source.bytes = file.bytes;
  source.owner = std::move(file.owner);
  source.path = path;
  source.from_file = true;
  source.stored_bytes = source.bytes.size();
  if (const Status status = unpack(source, options); !status.ok()) return status.error().within(path);
  return source;
}

Result<Source> open_head(const std::string& path, const ReadOptions& options) {
  FileHead head = file_head(path);
  if (head.is_pipe) return unsupported(path + ": a pipe is not read in pieces; write it to a file first");
  if (head.bytes.empty()) return open_source(path, options);  // says what is wrong with it
  if (is_gzip(head.bytes) || is_zip(head.bytes) || is_zstd(head.bytes))
    return unsupported(path + ": files inside archives are not read in pieces; unpack it first");
  return source_on_disk(path, std::move(head));
}

Result<Source> source_from_memory(std::string_view bytes, const std::string& name, const ReadOptions& options) {
  Source source;
  source.bytes = bytes;
  source.path = name;
  source.stored_bytes = bytes.size();
  if (const Status status = unpack(source, options); !status.ok()) return status.error().within(name);
  return source;
}

std::string_view file_name(std::string_view path) noexcept {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace peak::io
