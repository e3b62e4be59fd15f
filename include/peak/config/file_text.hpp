// The text of config/performance.toml: made new, changed in one place, and its schema for editors.
//
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "peak/base/status.hpp"
#include "peak/config/setting.hpp"

namespace peak::config {

/// A file with every setting at its default, each with a comment that says what it means.
[[nodiscard]] std::string default_file();

/// `file` with one value changed, or added to its section; comments and everything else stay as they are.
[[nodiscard]] Result<std::string> with_setting(std::string_view file, const std::string& source, Setting setting,
                                               std::string_view value);

/// JSON Schema (draft-07) of the file, for editors that check TOML by it.
[[nodiscard]] std::string schema();

}  // namespace peak::config
