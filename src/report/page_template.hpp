// The page of web/, bundled when the project is built, with marks where a run's content goes.
#pragma once

#include <string_view>

namespace peak::report {

/// Holds each of the marks below exactly once (web/build.mjs checks).
[[nodiscard]] std::string_view page_template() noexcept;

inline constexpr std::string_view kTitleMark = "@PEAK_TITLE@";
inline constexpr std::string_view kPlainMark = "@PEAK_PLAIN@";  ///< for readers without JavaScript
inline constexpr std::string_view kDataMark = "@PEAK_DATA@";

}  // namespace peak::report
