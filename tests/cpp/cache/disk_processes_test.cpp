// The folder among processes: forks, death at any instant, leases.
#include <gtest/gtest.h>

#if defined(__linux__) || defined(__APPLE__)
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <thread>

#include "cache/cache_folder.hpp"
#include "peak/cache/multi_level_cache.hpp"

namespace peak::cache {
namespace {

using std::chrono::milliseconds;

/// Runs `work` in a child; gives its process id.
template <typename Work>
pid_t in_child(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  return child;
}

int exit_status(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(DiskProcesses, AChildOpensAnew) {
  const CacheFolder folder;
  const auto cache = folder.open();
  cache->set("parent", text_value("1"));
  const pid_t child = in_child([&] {
    EXPECT_EQ(text_of(cache->get("parent")), "1");
    EXPECT_TRUE(cache->set("child", array_value(50'000, 1)));
  });
  EXPECT_EQ(exit_status(child), 0);
  EXPECT_TRUE(cache->get("child"));
  EXPECT_TRUE(cache->set("parent", text_value("2")));
  EXPECT_EQ(text_of(cache->get("parent")), "2");
}

/// What a writer says it has stored: a line to a write that returned, "writer key version".
struct Acknowledged {
  int writer, key, version;
};

constexpr int kWriters = 4, kKeysOfWriter = 12;

std::string key_of(int writer, int key) { return "writer" + std::to_string(writer) + "/key" + std::to_string(key); }
std::size_t size_of(int key, int version) {
  return key % 4 == 3 ? 40'000 : 50 + static_cast<std::size_t>(version % 900);
}
std::string value_at(int writer, int key, int version) {
  return content_of(key_of(writer, key) + "@" + std::to_string(version), size_of(key, version));
}

/// Stores version after version of its keys and acknowledges each, until it is killed.
void write_for_ever(const std::string& path, int writer, int first, int pipe_end) {
  const auto cache = DiskCache::open({.path = path, .max_bytes = 16 << 20});
  if (!cache.ok()) _exit(1);
  for (int version = first;; ++version) {
    const int key = version % kKeysOfWriter;
    if (!(*cache)->set(key_of(writer, key), text_value(value_at(writer, key, version)))) _exit(1);
    const Acknowledged done{writer, key, version};
    if (write(pipe_end, &done, sizeof done) != static_cast<ssize_t>(sizeof done)) _exit(1);
  }
}

/// The files of a program of another format in the same folder: names that this one never gives.
std::vector<std::string> files_of_another_version(const std::string& path) {
  return {path + "/store-2.peak", path + "/17.value-2"};
}

/// Does as such a program does, until it is killed.
void write_as_another_version(const std::string& path) {
  for (std::size_t n = 0;; ++n) {
    for (const std::string& file : files_of_another_version(path)) {
      write_file(file, "PEAKSTOR of a later format" + std::string(n % 5000, 'x'));
    }
  }
}

// Four writers are killed at 200 random instants in all, and beside them in each round one of another version. After
// each round every value is whole, and none is older than the last that was acknowledged; what belongs to the other
// version is left alone.
TEST(DiskProcesses, DeathAtAnyInstant) {
  const CacheFolder folder;
  const std::string path = folder.path + "/cache";
  std::filesystem::create_directories(path);
  std::mt19937 random(17);
  int last[kWriters][kKeysOfWriter] = {}, next[kWriters];
  std::fill(std::begin(next), std::end(next), kKeysOfWriter);
  for (int round = 0; round < 50; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    pid_t children[kWriters];
    for (int writer = 0; writer < kWriters; ++writer) {
      children[writer] = in_child([&] { write_for_ever(path, writer, next[writer], pipe_ends[1]); });
    }
    const pid_t another = in_child([&] { write_as_another_version(path); });
    close(pipe_ends[1]);
    // The first falls as soon as somebody has written, the others at random instants after it: on a slow machine too
    // the deaths come in the midst of writing.
    pollfd written{pipe_ends[0], POLLIN, 0};
    ASSERT_EQ(poll(&written, 1, -1), 1);
    for (const pid_t child : children) {
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 15'000));
      kill(child, SIGKILL);
    }
    kill(another, SIGKILL);
    EXPECT_EQ(exit_status(another), 128 + SIGKILL);
    Acknowledged done{};
    while (read(pipe_ends[0], &done, sizeof done) == static_cast<ssize_t>(sizeof done)) {
      last[done.writer][done.key] = done.version;
      next[done.writer] = done.version + 2;  // the one after may have been stored, too, and is not written differently
    }
    close(pipe_ends[0]);
    for (const pid_t child : children) EXPECT_EQ(exit_status(child), 128 + SIGKILL);
    const auto cache = DiskCache::open({.path = path, .max_bytes = 16 << 20});
    ASSERT_TRUE(cache.ok()) << cache.error().message;
    for (int writer = 0; writer < kWriters; ++writer) {
      for (int key = 0; key < kKeysOfWriter; ++key) {
        const int acknowledged = last[writer][key];
        if (acknowledged == 0) continue;
        const std::string found = text_of((*cache)->get(key_of(writer, key)));
        const std::size_t at = found.find('@');
        ASSERT_NE(at, found.npos) << "round " << round << ": " << key_of(writer, key) << " " << found.substr(0, 60);
        const int version = std::stoi(found.substr(at + 1));
        ASSERT_EQ(found, value_at(writer, key, version));
        ASSERT_GE(version, acknowledged);
      }
    }
    EXPECT_EQ((*cache)->statistics().errors, 0U);
  }
  std::vector<std::string> others;
  for (const std::string& file : files_of_another_version(path)) others.push_back(read_file(file));
  const auto cache = DiskCache::open({.path = path, .max_bytes = 16 << 20});
  const auto report = (*cache)->gc(-1);
  EXPECT_EQ(report->damaged, 0U);
  EXPECT_EQ((*cache)->verify()->orphans, 0U);
  EXPECT_EQ((*cache)->size(), report->entries);
  (*cache)->clear();
  for (std::size_t i = 0; i < others.size(); ++i) {
    EXPECT_EQ(read_file(files_of_another_version(path)[i]), others[i]);
  }
}

TEST(DiskProcesses, OneComputationAmongProcesses) {
  const CacheFolder folder;
  CacheOptions options;
  options.disk = DiskCacheOptions{.path = folder.path + "/cache"};
  const std::string marks = folder.path + "/computed";
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    children.push_back(in_child([&] {
      MultiLevelCache cache(options);
      const auto result = cache.get_or_compute("key", [&]() -> Result<Object> {
        std::ofstream(marks, std::ios::app) << "x";
        std::this_thread::sleep_for(milliseconds(100));  // so that most ask while it is being computed
        return Object(std::make_shared<const value::Value>(value::Text{"value"}));
      });
      EXPECT_TRUE(result.ok());
    }));
  }
  for (const pid_t child : children) EXPECT_EQ(exit_status(child), 0);
  EXPECT_EQ(read_file(marks), "x");
}

TEST(DiskProcesses, ALeaseEndsWithItsHolder) {
  const CacheFolder folder;
  const auto cache = folder.open();
  int pipe_ends[2], never[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  ASSERT_EQ(pipe(never), 0);
  const pid_t child = in_child([&] {
    const auto held = cache->try_lease("key");
    if (held == nullptr || write(pipe_ends[1], "x", 1) != 1) _exit(1);
    // Nothing is ever written there: it waits until it is killed, or this process has ended.
    close(never[1]);
    char byte = 0;
    _exit(read(never[0], &byte, 1) == 0 ? 2 : 3);
  });
  char byte = 0;
  ASSERT_EQ(read(pipe_ends[0], &byte, 1), 1);
  EXPECT_EQ(cache->try_lease("key"), nullptr);
  EXPECT_NE(cache->try_lease("another key"), nullptr);
  kill(child, SIGKILL);
  exit_status(child);
  EXPECT_NE(cache->try_lease("key"), nullptr);
  for (const int end : {pipe_ends[0], pipe_ends[1], never[0], never[1]}) close(end);
}

}  // namespace
}  // namespace peak::cache
#endif
