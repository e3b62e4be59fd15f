// Pieces of pages that are written here without a script: escaped text, numbers of pictures, the common style.
#pragma once

#include <string>
#include <string_view>

namespace peak::report {

/// `text` as the content of an element or of a quoted attribute.
std::string html_text(std::string_view text);

/// A place in a picture: one digit after the point.
std::string picture_number(double value);

/// The style of pages with tables and pictures, for light and dark screens.
extern const char* const kPageStyle;

}  // namespace peak::report
