// Shared data: the market data set beside the repository, for tests that read it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

namespace peak::testing {

inline std::string shared_data(const std::string& file) { return std::string(PEAK_SHARED_DATA) + "/" + file; }

/// True if the set is there. If not: a failure where CI=true, else loud words and a skipped test.
inline bool has_shared_data() {
  if (std::filesystem::exists(shared_data("manifest.json"))) return true;
  const char* ci = std::getenv("CI");
  if (ci != nullptr && std::string(ci) == "true") {
    ADD_FAILURE() << "the shared data are missing: " << PEAK_SHARED_DATA;
  } else {
    std::cerr << "SHARED DATA ARE MISSING, THIS TEST PROVES NOTHING: " << PEAK_SHARED_DATA << "\n";
  }
  return false;
}

}  // namespace peak::testing
