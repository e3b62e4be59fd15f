// The folder under faults: whatever happens to its files, a wrong value never comes out, and it goes on working.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__linux__)
#include <sched.h>
#include <sys/mount.h>
#endif

#include <atomic>
#include <cstddef>
#include <cstring>

#include "cache/cache_folder.hpp"
#include "cache/disk_format.hpp"
#include "cache/traces.hpp"
#include "peak/base/hash.hpp"
#include "peak/cache/multi_level_cache.hpp"

namespace peak::cache {
namespace {

constexpr int kKeys = 40;

std::size_t size_of_value(int i) { return i % 5 == 4 ? 60'000 : 200; }  // every fifth in a file of its own
std::string content(int i) { return content_of(std::to_string(i), size_of_value(i)); }

void fill(DiskCache& cache) {
  for (int i = 0; i < kKeys; ++i) ASSERT_TRUE(cache.set(std::to_string(i), text_value(content(i))));
}

/// Every key gives what was stored or nothing; how many gave something.
int found_right(DiskCache& cache) {
  int found = 0;
  for (int i = 0; i < kKeys; ++i) {
    const std::string text = text_of(cache.get(std::to_string(i)));
    EXPECT_TRUE(text == content(i) || text == "(missing)") << i;
    found += text == content(i) ? 1 : 0;
  }
  return found;
}

void expect_it_works(DiskCache& cache) {
  EXPECT_TRUE(cache.set("after", text_value("works")));
  EXPECT_EQ(text_of(cache.get("after")), "works");
}

std::vector<std::string> files_of(const CacheFolder& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path + "/cache")) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Changes one byte, the end, or the whole of a file.
void damage(const std::string& path, std::mt19937& random) {
  std::string bytes = read_file(path);
  switch (random() % 4) {
    case 0: std::filesystem::remove(path); return;
    case 1: ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(random() % (bytes.size() + 1))), 0); return;
    case 2: {
      const std::string foreign = "this is no file of a cache";
      write_file(path, random() % 2 == 0 ? foreign : foreign + bytes);
      return;
    }
    default:
      // In place, as a failing disk does it; half of the flips near the start, where the structure is.
      std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
      for (unsigned i = 0; i < 1 + random() % 40 && !bytes.empty(); ++i) {
        const std::size_t at =
            random() % (random() % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 70'000));
        file.seekp(static_cast<std::streamoff>(at));
        file.put(static_cast<char>(bytes[at] ^ static_cast<char>(1 << random() % 8)));
      }
  }
}

// While the folder is open and before it is opened: 40 times damage to files taken at random.
TEST(DiskFaults, DamageIsAMissAndNeverAWrongValue) {
  std::mt19937 random(11);
  int lost = 0;
  for (int round = 0; round < 40 / kPartOfRounds; ++round) {
    const CacheFolder folder;
    const DiskCacheOptions options{.max_bytes = 4 << 20, .map_bytes = 1000};
    auto cache = folder.open(options);
    fill(*cache);
    const std::vector<std::string> files = files_of(folder);
    if (round % 2 == 0) cache = nullptr;
    damage(random() % 2 == 0 ? folder.store() : files[random() % files.size()], random);
    if (cache == nullptr) cache = folder.open(options);
    ASSERT_NE(cache, nullptr);
    lost += kKeys - found_right(*cache);
    static_cast<void>(cache->verify(true));
    found_right(*cache);
    expect_it_works(*cache);
  }
  EXPECT_GT(lost, 20 / kPartOfRounds);  // the damage did something
}

TEST(DiskFaults, DamageIsCounted) {
  const CacheFolder folder;
  const auto cache = folder.open();
  cache->set("small", text_value("a small value"));
  cache->set("large", array_value(50'000, 0));
  std::string bytes = read_file(folder.store());
  bytes[bytes.find("a small value")] = 'X';
  write_file(folder.store(), bytes);
  EXPECT_EQ(text_of(cache->get("small")), "(missing)");
  EXPECT_EQ(cache->statistics().errors, 1U);
  EXPECT_NE(cache->statistics().last_error.find("'small'"), std::string::npos);
  std::filesystem::remove_all(folder.path + "/cache/values");
  EXPECT_FALSE(cache->get("large"));
  EXPECT_EQ(cache->statistics().errors, 2U);
  EXPECT_EQ(cache->size(), 0U);  // what is damaged does not stay
}

TEST(DiskFaults, FilesExchangedForEachOtherAreFoundOut) {
  const CacheFolder folder;
  const auto cache = folder.open();
  cache->set("a", array_value(50'000, 1));
  cache->set("b", array_value(50'000, 2));
  std::vector<std::string> values;
  for (const std::string& file : files_of(folder)) {
    if (file.ends_with(".value")) values.push_back(file);
  }
  ASSERT_EQ(values.size(), 2U);
  std::filesystem::rename(values[0], values[0] + ".tmp");
  std::filesystem::rename(values[1], values[0]);
  std::filesystem::rename(values[0] + ".tmp", values[1]);
  EXPECT_FALSE(cache->get("a"));
  EXPECT_FALSE(cache->get("b"));
}

TEST(DiskFaults, AFolderThatIsRemovedIsMadeAgain) {
  const CacheFolder folder;
  const auto cache = folder.open();
  fill(*cache);
  std::filesystem::remove_all(folder.path + "/cache");
  for (int i = 0; i < kKeys; ++i) EXPECT_EQ(text_of(cache->get(std::to_string(i))), "(missing)");
  expect_it_works(*cache);
}

// A reader that looked a moment ago looks again at once when another opening, with a smaller limit, began anew.
TEST(DiskFaults, AStoreThatAnotherReplacedIsReadNoMore) {
  const CacheFolder folder;
  const auto first = folder.open({.max_bytes = 64 << 20});
  first->set("key", text_value("old"));
  EXPECT_EQ(text_of(first->get("key")), "old");
  const auto second = folder.open({.max_bytes = 1 << 20});
  second->set("key", text_value("new"));
  EXPECT_NE(text_of(first->get("key")), "old");
  EXPECT_EQ(text_of(second->get("key")), "new");
}

/// Writes `number` over the four bytes at `at`.
void forge(std::string& bytes, std::size_t at, std::uint32_t number) {
  std::memcpy(&bytes[at], &number, sizeof number);
}

// Another format has files of other names (docs/file_formats.md): they stay what they are. What bears the names of this
// format and says that it is another is a miss: the whole store, one record, one value's file.
TEST(DiskFaults, OtherFormatsInTheFolderAreLeftAloneAndNeverRead) {
  const CacheFolder folder;
  const std::string others = folder.path + "/cache/store-2.peak";
  auto cache = folder.open();
  fill(*cache);
  write_file(others, "PEAKSTOR of a later format");
  expect_it_works(*cache);
  ASSERT_TRUE(cache->gc().ok());
  EXPECT_EQ(found_right(*cache), kKeys);
  cache->clear();
  EXPECT_EQ(read_file(others), "PEAKSTOR of a later format");

  cache->set("small", text_value("a small value"));
  cache->set("large", array_value(50'000, 0));
  std::string store = read_file(folder.store());
  const std::size_t record = store.rfind("PKR1", store.find("a small value"));
  ASSERT_NE(record, std::string::npos);
  store[record + 3] = '2';
  write_file(folder.store(), store);
  EXPECT_EQ(text_of(cache->get("small")), "(missing)");
  for (const std::string& file : files_of(folder)) {
    if (!file.ends_with(".value")) continue;
    std::string value = read_file(file);
    value[7] = '2';
    write_file(file, value);
  }
  EXPECT_FALSE(cache->get("large"));
  expect_it_works(*cache);

  cache = nullptr;
  store = read_file(folder.store());
  forge(store, offsetof(StoreHeader, format), kDiskFormat + 1);
  const std::uint64_t check = hash_bytes(store.data(), offsetof(StoreHeader, check)).low;
  std::memcpy(&store[offsetof(StoreHeader, check)], &check, sizeof check);
  write_file(folder.store(), store);
  cache = folder.open();
  ASSERT_NE(cache, nullptr);
  EXPECT_EQ(cache->size(), 0U);
  EXPECT_EQ(cache->statistics().errors, 1U);
  expect_it_works(*cache);
}

TEST(DiskFaults, VerifyAndGcFindWhatIsWrong) {
  const CacheFolder folder;
  const auto cache = folder.open();
  fill(*cache);
  std::string stray = folder.path + "/cache/values/0123456789abcdef.value";
  write_file(stray, "left behind by a process that died");
  for (const std::string& file : files_of(folder)) {
    if (file.ends_with(".value") && file != stray) {
      ASSERT_EQ(truncate(file.c_str(), 100), 0);
      break;
    }
  }
  const auto seen = cache->verify();
  ASSERT_TRUE(seen.ok());
  EXPECT_EQ(seen->damaged, 1U);
  EXPECT_EQ(seen->damaged_keys.size(), 1U);
  EXPECT_EQ(seen->orphans, 1U);
  EXPECT_EQ(seen->entries, kKeys - 1U);
  EXPECT_EQ(cache->gc()->removed, 1U);  // the damaged entry; the stray file is too young
  EXPECT_EQ(cache->gc(-1)->removed, 1U);
  const auto clean = cache->verify();
  EXPECT_EQ(clean->damaged + clean->orphans, 0U);
}

/// Runs `test` in a child that may not write everywhere; 0 done, 1 failed, 77 `path` cannot be reached by such a user.
template <typename Test>
int as_nobody(const std::string& path, Test test) {
  constexpr unsigned kNobody = 65534;
  const pid_t child = fork();
  if (child == 0) {
    if (getuid() == 0 && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) _exit(77);
    if (access(path.c_str(), R_OK | X_OK) != 0) _exit(77);
    test();
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void expect_only_reading(const CacheFolder& folder, const DiskCacheOptions& options) {
  const auto cache = folder.open(options);
  ASSERT_NE(cache, nullptr);
  EXPECT_EQ(found_right(*cache), kKeys);
  EXPECT_FALSE(cache->set("new", text_value("value")));
  EXPECT_FALSE(cache->set("new", array_value(50'000, 1)));
  EXPECT_FALSE(cache->erase("0"));
  cache->clear();
  EXPECT_EQ(found_right(*cache), kKeys);
  EXPECT_TRUE(cache->statistics().read_only);
}

TEST(DiskFaults, AReadOnlyFolderIsReadAndNotWritten) {
  const CacheFolder folder;
  fill(*folder.open());
  const std::string before = read_file(folder.store());
  expect_only_reading(folder, {.read_only = true});
  EXPECT_EQ(read_file(folder.store()), before);

  for (const std::string& file : files_of(folder)) chmod(file.c_str(), 0444);
  for (const char* name : {"/cache/values", "/cache"}) chmod((folder.path + name).c_str(), 0555);
  chmod(folder.path.c_str(), 0755);
  const int result = as_nobody(folder.path + "/cache", [&] { expect_only_reading(folder, {}); });
  for (const char* name : {"/cache", "/cache/values"}) chmod((folder.path + name).c_str(), 0755);
  EXPECT_EQ(read_file(folder.store()), before);
  if (result == 77) GTEST_SKIP() << "no other user can reach the folder: rights are NOT tested, only the option";
  EXPECT_EQ(result, 0);
}

#if defined(__linux__)
/// Runs `test` in a child with a small file system of its own at `path`; 0 done, 1 failed, 77 such a thing is not
/// allowed.
template <typename Test>
int on_small_file_system(const std::string& path, const char* size, Test test) {
  const pid_t child = fork();
  if (child == 0) {
    const bool root = getuid() == 0;
    if (unshare(root ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0) _exit(77);
    mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if (mount("tmpfs", path.c_str(), "tmpfs", 0, size) != 0) _exit(77);
    test();
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(DiskFaults, AFullDiskIsSkippedDeletionWorksAndItRecovers) {
  const CacheFolder folder;
  const int result = on_small_file_system(folder.path, "size=3m", [&] {
    CacheOptions options;
    options.disk = DiskCacheOptions{.path = folder.path + "/cache"};  // a budget far above what there is
    options.memory.max_entries = 5;
    std::vector<std::string> warnings;
    options.warn = [&](const std::string& message) { warnings.push_back(message); };
    MultiLevelCache cache(options);
    ASSERT_NE(cache.disk(), nullptr);
    DiskCache& disk = *cache.disk();
    fill(disk);
    write_file(folder.path + "/filler", std::string(8 << 20, 'x'));  // takes all that is left
    int refused = 0;
    for (int i = 0; i < 3000; ++i) {
      const std::string key = "new" + std::to_string(i);
      const auto value = std::make_shared<const value::Value>(value::Text{content_of(key, i % 2 == 0 ? 2000 : 50'000)});
      ASSERT_TRUE(cache.set(key, value).ok());
      EXPECT_NE(cache.get(key), nullptr);  // memory serves
      refused += disk.contains(key) ? 0 : 1;
    }
    EXPECT_GT(refused, 0);
    EXPECT_FALSE(warnings.empty());
    EXPECT_LE(warnings.size(), 3U);  // one for each way in which the disk is too full, not one for each value
    found_right(disk);
    EXPECT_TRUE(disk.erase("0"));
    EXPECT_EQ(text_of(disk.get("0")), "(missing)");
    disk.clear();
    EXPECT_EQ(disk.size(), 0U);
    std::filesystem::remove(folder.path + "/filler");
    fill(disk);
    EXPECT_EQ(found_right(disk), kKeys);
  });
  if (result == 77) GTEST_SKIP() << "no file system of its own may be made here: the full disk is NOT tested";
  EXPECT_EQ(result, 0);
}

TEST(DiskFaults, ADiskThatIsFullFromTheStart) {
  const CacheFolder folder;
  const int result = on_small_file_system(folder.path, "size=64k", [&] {
    write_file(folder.path + "/filler", std::string(1 << 20, 'x'));
    CacheOptions options;
    options.disk = DiskCacheOptions{.path = folder.path + "/cache"};
    std::string warning;
    options.warn = [&](const std::string& message) { warning = message; };
    MultiLevelCache cache(options);
    EXPECT_FALSE(warning.empty());
    EXPECT_TRUE(cache.set_value("key", value::Text{"value"}).ok());
    EXPECT_NE(cache.get("key"), nullptr);
  });
  if (result == 77) GTEST_SKIP() << "no file system of its own may be made here: the full disk is NOT tested";
  EXPECT_EQ(result, 0);
}
#endif

}  // namespace
}  // namespace peak::cache
