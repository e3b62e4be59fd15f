#include "report/html_text.hpp"

#include <cstdio>

namespace peak::report {

const char* const kPageStyle =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1d2733;"
    "background:#fff}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse}"
    "td,th{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #d9dee5}th{font-weight:600}"
    "p.luck{white-space:pre-line;background:#f3f5f8;padding:.8rem 1rem;border-left:3px solid #7c8ba1}"
    "svg text{font-size:11px;fill:#44515f}.quiet{color:#66727f}"
    "@media(prefers-color-scheme:dark){body{background:#14181d;color:#dde3ea}td,th{border-color:#38424e}"
    "p.luck{background:#1d242c}svg text{fill:#a9b4c0}}";

std::string html_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\0': break;
      default: out += c;
    }
  }
  return out;
}

std::string picture_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

}  // namespace peak::report
