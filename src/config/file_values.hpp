// The values that stand in a configuration file, with their places; and everything that is wrong with it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "peak/config/setting.hpp"

namespace peak::config {

/// Counted in characters from 1; `offset` and `size` in bytes.
struct FileValue {
  Setting setting;
  SettingValue value;
  std::size_t line = 0;
  std::size_t offset = 0;  ///< of the value's first byte
  std::size_t size = 0;    ///< of the value as written
};

struct FileValues {
  std::vector<FileValue> values;
  std::vector<std::string> problems;  ///< "source:line:column: what is wrong", in the order of the file
};

[[nodiscard]] FileValues read_file_values(std::string_view text, const std::string& source);

}  // namespace peak::config
