// Source: the bytes of a file, out of its wrapping (gzip, zstd, zip), and where they came from.
//
// Bytes of a file are owned; bytes of the caller stay his.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "peak/base/status.hpp"
#include "peak/io/options.hpp"

namespace peak::io {

struct Source {
  std::string_view bytes;
  std::shared_ptr<const void> owner;  ///< keeps `bytes` alive
  std::string path;
  std::string compression = "none";  ///< "none", "gzip", "zstd", "zip", "zip, gzip"
  std::string member;                ///< inside the zip
  std::size_t stored_bytes = 0;      ///< of the file on disk
  bool from_file = false;
  bool on_disk = false;  ///< `bytes` are only the first ones: a reader that opens the path itself takes the rest
};

/// The format that the first bytes tell.
Format format_of(std::string_view bytes);

/// Reads and unpacks.
Result<Source> open_source(const std::string& path, const ReadOptions& options);
/// The first bytes of a plain file only, whatever its format; kUnsupported for one inside an archive.
Result<Source> open_head(const std::string& path, const ReadOptions& options);
/// Unpacks bytes of the caller, which must outlive the Source.
Result<Source> source_from_memory(std::string_view bytes, const std::string& name, const ReadOptions& options);

/// The part of a path after its last slash.
std::string_view file_name(std::string_view path) noexcept;

}  // namespace peak::io
