// Unpack: gzip, zstd and zip, with a limit on what may come out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "peak/base/status.hpp"

namespace peak::io {

[[nodiscard]] bool is_gzip(std::string_view bytes) noexcept;
[[nodiscard]] bool is_zstd(std::string_view bytes) noexcept;
[[nodiscard]] bool is_zip(std::string_view bytes) noexcept;

/// All members of a gzip stream, one after the other. kBadData if it is cut, damaged or larger than `max_bytes`.
Result<std::string> unpack_gzip(std::string_view bytes, std::size_t max_bytes);

/// All frames of a zstd file, likewise; kUnsupported where the library was built without zstd.
Result<std::string> unpack_zstd(std::string_view bytes, std::size_t max_bytes);

struct ZipMember {
  std::string name;
  std::string content;
};

/// The member called `wanted`, or the only file in the archive when that is empty.
Result<ZipMember> unpack_zip(std::string_view bytes, const std::string& wanted, std::size_t max_bytes);

}  // namespace peak::io
