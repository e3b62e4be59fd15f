#include "parallel/system_file.hpp"

#include <cstdlib>
#include <fstream>

namespace peak::parallel {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

unsigned long number_in(const std::string& path) { return std::strtoul(first_line(path).c_str(), nullptr, 10); }

std::string field(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t colon = line.find(':');
    const std::size_t start = colon == line.npos ? line.npos : line.find_first_not_of(" \t", colon + 1);
    return start == line.npos ? "" : line.substr(start);
  }
  return {};
}

}  // namespace peak::parallel
