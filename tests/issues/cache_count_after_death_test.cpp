// A process that died while it wrote to a cache folder left the number of entries off by one until something was stored
// again: gc() and verify(true) found nothing to remove, and so did not count.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "cache/cache_folder.hpp"
#include "cache/store_file.hpp"
#include "peak/cache/disk_cache.hpp"

namespace peak::cache {
namespace {

// As a death between the writing of the state and that of the slot leaves it.
void die_half_way(const std::string& path) {
  bool damaged = false;
  const auto store = StoreFile::open(path, 16 << 20, false, damaged);
  ASSERT_TRUE(store.ok()) << store.error().message;
  auto state = (*store)->state();
  ASSERT_TRUE(state.has_value());
  ++state->entries;
  (*store)->set_state(*state);
  (*store)->set_writing(true);
}

TEST(CacheCountAfterDeath, CollectionAndRepairCountAnew) {
  const CacheFolder folder;
  const std::string path = folder.path + "/cache";
  for (const bool repair : {false, true}) {
    {
      const auto cache = DiskCache::open({.path = path, .max_bytes = 16 << 20});
      ASSERT_TRUE(cache.ok()) << cache.error().message;
      for (const char* key : {"a", "b", "c"}) ASSERT_TRUE((*cache)->set(key, text_value("value")));
    }
    die_half_way(path);
    const auto cache = DiskCache::open({.path = path, .max_bytes = 16 << 20});
    ASSERT_TRUE(cache.ok()) << cache.error().message;
    ASSERT_EQ((*cache)->size(), 4U);
    const auto report = repair ? (*cache)->verify(true) : (*cache)->gc(-1);
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->entries, 3U);
    EXPECT_EQ((*cache)->size(), 3U);
  }
}

}  // namespace
}  // namespace peak::cache
