// A cache of one entry ended the program: after 32 newcomers that nobody asked for again, one was to go on to the main
// queue in the place of its oldest entry, which was looked at although that queue was empty.
#include <gtest/gtest.h>

#include <string>

#include "peak/cache/memory_cache.hpp"

namespace peak::cache {
namespace {

TEST(CacheOfOneEntry, TakesAnyNumberOfKeys) {
  for (const std::size_t entries : {1U, 2U, 3U}) {
    MemoryCache cache({.max_entries = entries});
    for (int i = 0; i < 5000; ++i) {
      const std::string key = std::to_string(i);
      cache.set(key, std::make_shared<const int>(i));
      ASSERT_NE(cache.get(key), nullptr) << i;
      ASSERT_LE(cache.size(), entries);
      cache.set("once " + key, std::make_shared<const int>(i));
    }
  }
}

}  // namespace
}  // namespace peak::cache
