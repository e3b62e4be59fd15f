#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace peak::command {
namespace {

constexpr int kWidthWithoutTerminal = 100;

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

bool has_utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (!is_set(name)) continue;
    const std::string_view value = std::getenv(name);
    return value.find("UTF-8") != value.npos || value.find("utf8") != value.npos || value.find("utf-8") != value.npos;
  }
  return false;
}

TextStyle style_of(int descriptor) {
  const bool terminal = isatty(descriptor) == 1;
  TextStyle style;
  style.width = kWidthWithoutTerminal;
  winsize size{};
  if (terminal && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    style.width = std::clamp<int>(size.ws_col, 40, 200);
  }
  const char* term = std::getenv("TERM");
  style.colour = terminal && !is_set("NO_COLOR") && (term == nullptr || std::string_view(term) != "dumb");
  style.unicode = has_utf8_locale();
  return style;
}

}  // namespace

TextStyle output_style() { return style_of(STDOUT_FILENO); }

TextStyle error_style() { return style_of(STDERR_FILENO); }

Status write_output(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (written) return {};
  return io_error(std::string("cannot write to standard output: ") + std::strerror(errno));
}

void show_error(const Error& error, bool debug) {
  const TextStyle style = error_style();
  std::string block = toned("error:", TextTone::kBad, style) + " ";
  for (const char c : error.message) {
    block += c;
    if (c == '\n') block += "  ";
  }
  block += '\n';
  if (debug) block += std::string("  code: ") + error_code_name(error.code) + "\n";
  if (error.code == ErrorCode::kInternal)
    block += "  This is a fault of Peak Trade; please report it with the command line.\n";
  std::fwrite(block.data(), 1, block.size(), stderr);
}

void show_note(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fputc('\n', stderr);
}

int exit_status(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotFound:
    case ErrorCode::kParse: return 2;
    case ErrorCode::kBadData: return 3;
    case ErrorCode::kIo:
    case ErrorCode::kUnsupported:
    case ErrorCode::kCancelled:
    case ErrorCode::kInternal: break;
  }
  return 1;
}

}  // namespace peak::command
