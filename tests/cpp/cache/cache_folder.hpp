// A folder for a test's cache, removed at the end; values to store in it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "peak/cache/disk_cache.hpp"
#include "peak/value/value.hpp"

namespace peak::cache {

class CacheFolder {
 public:
  CacheFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "peak_cache_XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~CacheFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  CacheFolder(const CacheFolder&) = delete;
  CacheFolder& operator=(const CacheFolder&) = delete;

  [[nodiscard]] std::shared_ptr<DiskCache> open(DiskCacheOptions options = {}) const {
    options.path = path + "/cache";
    auto cache = DiskCache::open(options);
    EXPECT_TRUE(cache.ok()) << cache.error().message;
    return cache.ok() ? *cache : nullptr;
  }
  /// Bytes of all files.
  [[nodiscard]] std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (entry.is_regular_file()) sum += entry.file_size();
    }
    return sum;
  }
  [[nodiscard]] std::string store() const { return path + "/cache/store-1.peak"; }

  std::string path;
};

/// The text that a test stores under a key: told from the key, so that a wrong one is seen.
inline std::string content_of(const std::string& key, std::size_t size) {
  std::string text = key + ":";
  std::mt19937 random(static_cast<unsigned>(hash_key(key) + size));
  while (text.size() < size) text.push_back(static_cast<char>('a' + random() % 26));
  return text;
}

inline value::Encoded text_value(std::string_view text) { return *value::encode(value::Text{std::string(text)}); }

/// An array of numbers, which goes out of the structure.
inline value::Encoded array_value(std::size_t size, double first) {
  std::vector<double> numbers(size);
  for (std::size_t i = 0; i < size; ++i) numbers[i] = first + static_cast<double>(i);
  return *value::encode(value::array_of(numbers));
}

/// What was stored as text; "(missing)" if nothing was found, "(other)" if it is no text.
inline std::string text_of(const std::optional<StoredValue>& stored) {
  if (!stored) return "(missing)";
  const auto value = value::to_value(stored->encoded);
  const auto* const text = value.ok() ? value->as<value::Text>() : nullptr;
  return text == nullptr ? "(other)" : text->utf8;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace peak::cache
