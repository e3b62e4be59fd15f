// Value files: large values, each in a file that is written once under a name that is used once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "peak/base/status.hpp"
#include "peak/base/time.hpp"
#include "peak/value/encoded.hpp"

namespace peak::cache {

/// Bytes of the file of a value.
[[nodiscard]] std::uint64_t value_file_bytes(std::uint64_t packed_bytes) noexcept;

/// Writes a value of the key with this hash; the name of its file. Nothing is left behind on failure.
[[nodiscard]] Result<std::uint64_t> write_value_file(const std::string& folder, std::uint64_t hash,
                                                     const value::Encoded& encoded);

/// How to read one.
struct ValueFileReading {
  std::uint64_t file = 0;
  std::uint64_t hash = 0;
  std::uint64_t value_bytes = 0;
  bool map = false;  ///< hand out the file's pages instead of a copy
};
/// The packed value. kNotFound if the file is not there; kBadData if it is not what it should be.
[[nodiscard]] Result<value::ByteRun> read_value_file(const std::string& folder, const ValueFileReading& reading);

/// False if it was not there.
bool remove_value_file(const std::string& folder, std::uint64_t file) noexcept;

/// Calls visit(name, bytes, time of last change) for every file in the folder that has the form of one.
void for_each_value_file(const std::string& folder,
                         const std::function<void(std::uint64_t, std::uint64_t, Nanoseconds)>& visit);

}  // namespace peak::cache
