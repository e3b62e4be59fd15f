// Small files of /proc and /sys: one line, one number, or lines of "key : value".
#pragma once

#include <string>

namespace peak::parallel {

/// The first line; empty when the file cannot be read.
std::string first_line(const std::string& path);
/// The number that the first line begins with; 0 without one.
unsigned long number_in(const std::string& path);
/// What stands after the colon of the first line that begins with `key`, without blanks before it.
std::string field(const std::string& path, const std::string& key);

}  // namespace peak::parallel
