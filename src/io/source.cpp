#include "io/source.hpp"

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

}  // namespace

Result<Source> open_source(const std::string& path, const ReadOptions& options) {
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
