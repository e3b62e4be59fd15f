// The terminal: what stands at the other end of standard output, and writing to it.
#pragma once

#include <string>
#include <string_view>

#include "peak/base/status.hpp"
#include "peak/report/text_table.hpp"

namespace peak::command {

/// Width, colours and line characters that standard output can take: colours only on a terminal and only if NO_COLOR
/// is not set, lines outside ASCII only in a UTF-8 locale, 100 columns where there is no terminal.
[[nodiscard]] TextStyle output_style();

/// The same for standard error.
[[nodiscard]] TextStyle error_style();

/// Writes to standard output; a full disk or a closed pipe is an error.
[[nodiscard]] Status write_output(std::string_view text);

/// An error as one block on standard error: "error: " and the message, further lines indented.
void show_error(const Error& error, bool debug);

/// A line on standard error, as for a file that was written while standard output carries data.
void show_note(std::string_view text);

/// The exit status that the public contract gives to a kind of error: 1 the run failed, 2 wrong usage, 3 bad data.
[[nodiscard]] int exit_status(ErrorCode code) noexcept;

}  // namespace peak::command
