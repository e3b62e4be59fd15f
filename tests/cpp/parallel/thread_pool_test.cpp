#include "peak/parallel/thread_pool.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "peak/parallel/cpu_topology.hpp"

namespace peak {
namespace {

TEST(ThreadPool, RunsEachItemOnceForAnyNumberOfThreadsAndGrain) {
  for (const unsigned threads : {1U, 2U, 3U, 8U}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (const std::size_t count :
         {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{1000}}) {
      for (const std::size_t grain : {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{5000}}) {
        std::vector<std::atomic<int>> runs(count);
        const auto body = [&](std::size_t i, unsigned slot) {
          EXPECT_LT(slot, threads);
          ++runs[i];
        };
        ASSERT_TRUE(pool.parallel_for(count, body, {.grain = grain}).ok());
        for (const auto& run : runs) ASSERT_EQ(run, 1);
      }
    }
  }
}

TEST(ThreadPool, SlotsAreNeverUsedByTwoThreadsAtOnce) {
  ThreadPool pool(4);
  std::vector<std::size_t> scratch(pool.size());  // a race here is what ThreadSanitizer looks for
  ASSERT_TRUE(pool.parallel_for(20'000, [&](std::size_t i, unsigned slot) { scratch[slot] += i; }, {.grain = 1}).ok());
  EXPECT_EQ(std::accumulate(scratch.begin(), scratch.end(), std::size_t{0}), std::size_t{20'000} * 19'999 / 2);
}

TEST(ThreadPool, TheLowestFailureIsReturnedHoweverManyThreads) {
  for (const unsigned threads : {1U, 2U, 5U}) {
    ThreadPool pool(threads);
    for (int round = 0; round < 50; ++round) {
      std::vector<std::atomic<int>> runs(200);
      const auto body = [&](std::size_t i) -> Status {
        ++runs[i];
        if (i % 50 == 37) return invalid_argument("item " + std::to_string(i));
        return {};
      };
      const Status status = pool.parallel_for(runs.size(), body, {.grain = 1 + static_cast<std::size_t>(round % 7)});
      ASSERT_FALSE(status.ok());
      ASSERT_EQ(status.error().message, "item 37");
      for (std::size_t i = 0; i <= 37; ++i) ASSERT_EQ(runs[i], 1) << i;
    }
  }
}

TEST(ThreadPool, AnExceptionBecomesAnError) {
  ThreadPool pool(3);
  const auto body = [](std::size_t i) {
    if (i == 11) throw std::runtime_error("no such thing");
    if (i == 90) throw 7;
  };
  const Status status = pool.parallel_for(100, body);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kInternal);
  EXPECT_EQ(status.error().message, "item 11: no such thing");
  const Status unknown = pool.parallel_for(1, [](std::size_t) { throw 7; });
  ASSERT_FALSE(unknown.ok());
  EXPECT_TRUE(pool.parallel_for(10, [](std::size_t) {}).ok());  // the pool lives on
}

TEST(ThreadPool, AStopLeavesItemsOut) {
  ThreadPool pool(2);
  StopSource source;
  std::atomic<std::size_t> runs{0};
  // Whoever comes after the tenth waits for the stop: the others cannot finish all before it is asked for.
  const auto body = [&](std::size_t) {
    const std::size_t run = ++runs;
    if (run == 10) source.request_stop();
    while (run > 10 && !source.token().stop_requested()) std::this_thread::yield();
  };
  const Status status = pool.parallel_for(100'000, body, {.grain = 1, .stop = source.token()});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
  EXPECT_LT(runs, 100'000U);
  // Asked for when all was done already: nothing was left out.
  StopSource late;
  EXPECT_TRUE(pool.parallel_for(1, [&](std::size_t) { late.request_stop(); }, {.stop = late.token()}).ok());
  EXPECT_FALSE(StopToken().stop_requested());
}

TEST(ThreadPool, LoopsInsideLoops) {
  ThreadPool pool(4);
  std::vector<std::size_t> sums(20);
  const auto outer = [&](std::size_t i) -> Status {
    const auto thread = std::this_thread::get_id();
    std::vector<std::size_t> parts(100);
    const auto inner = [&](std::size_t j) {
      EXPECT_EQ(std::this_thread::get_id(), thread);
      parts[j] = i * j;
    };
    if (Status status = pool.parallel_for(parts.size(), inner); !status.ok()) return status;
    sums[i] = std::accumulate(parts.begin(), parts.end(), std::size_t{0});
    return {};
  };
  ASSERT_TRUE(pool.parallel_for(sums.size(), outer).ok());
  for (std::size_t i = 0; i < sums.size(); ++i) EXPECT_EQ(sums[i], i * 4950);
}

TEST(ThreadPool, SeveralCallersShareTheWorkers) {
  ThreadPool pool(3);
  std::vector<std::thread> callers;
  std::atomic<std::size_t> total{0};
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 100; ++round) {
        EXPECT_TRUE(pool.parallel_for(50, [&](std::size_t) { ++total; }).ok());
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(total, 4U * 100U * 50U);
}

TEST(ThreadPool, MaxThreadsIsKept) {
  ThreadPool pool(8);
  std::mutex mutex;
  std::set<std::thread::id> threads;
  const auto body = [&](std::size_t) {
    std::this_thread::sleep_for(std::chrono::microseconds(50));
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
  };
  ASSERT_TRUE(pool.parallel_for(200, body, {.max_threads = 2, .grain = 1}).ok());
  EXPECT_LE(threads.size(), 2U);
  threads.clear();
  ASSERT_TRUE(pool.parallel_for(10, body, {.max_threads = 1}).ok());
  EXPECT_EQ(threads, std::set<std::thread::id>{std::this_thread::get_id()});
}

TEST(ParallelMap, KeepsTheOrderAndTheFirstFailure) {
  const auto squares = parallel_map<std::size_t>(1000, [](std::size_t i) -> Result<std::size_t> { return i * i; });
  ASSERT_TRUE(squares.ok());
  for (std::size_t i = 0; i < 1000; ++i) ASSERT_EQ((*squares)[i], i * i);
  const auto failed = parallel_map<int>(1000, [](std::size_t i) -> Result<int> {
    if (i >= 500) return not_found("no " + std::to_string(i));
    return 1;
  });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "no 500");
}

TEST(ThreadPool, TheSharedPoolHasAThreadForEachUsableCoreAndSurvivesAFork) {
  EXPECT_EQ(ThreadPool::shared().size(), cpu_topology().total_cores);
  ASSERT_TRUE(parallel_for(100, [](std::size_t) {}).ok());
#if !defined(__SANITIZE_THREAD__)  // which refuses threads in the child of a process with threads
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::atomic<int> runs{0};
    const bool ok = parallel_for(1000, [&](std::size_t) { ++runs; }).ok() && runs == 1000;
    _exit(ok ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
#endif
}

}  // namespace
}  // namespace peak
