// How the pool works: a loop is a Job on its caller's stack, in a list under one mutex while it wants workers. Items
// are handed out by one atomic counter without the mutex, in ascending order, which is what makes the lowest failure
// certain: when item i fails, all before it have been handed out, and who has them finishes them.
#include "peak/parallel/thread_pool.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

#if !defined(_WIN32)
#include <pthread.h>
#endif

#include "peak/parallel/cpu_topology.hpp"
#include "peak/parallel/worker_placement.hpp"

namespace peak {
namespace {

/// Looked at so often before a thread sleeps: some microseconds, which is what waking it would cost.
constexpr int kLooksBeforeSleep = 2000;

void pause_core() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// The pool, and the place in it, that the present thread works for.
struct Place {
  const ThreadPool* pool = nullptr;
  unsigned slot = 0;
};
thread_local Place current_place;

}  // namespace

struct ThreadPool::Job {
  explicit Job(const Loop& given, unsigned limit, std::size_t items_at_a_time)
      : loop(given), max_threads(limit), grain(items_at_a_time), failed(given.count) {}
  const Loop& loop;
  const unsigned max_threads;
  const std::size_t grain;
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> failed;  ///< the lowest item that failed; count: none
  std::atomic<bool> stopped{false};
  std::atomic<unsigned> working{0};  ///< workers inside; changed under the pool's mutex
  unsigned joined = 1;               ///< threads that ever came, the caller among them
  std::mutex failure_mutex;
  Failure failure;

  [[nodiscard]] bool wants_more() const {
    return joined < max_threads && next.load(std::memory_order_relaxed) < loop.count;
  }
  void work(unsigned slot);
  void note(Failure found);
};

void ThreadPool::Job::note(Failure found) {
  const std::lock_guard lock(failure_mutex);
  if (found.item >= failed.load(std::memory_order_relaxed)) return;
  failed.store(found.item, std::memory_order_relaxed);
  failure = std::move(found);
}

void ThreadPool::Job::work(unsigned slot) {
  while (true) {
    // Not past the end: the counter must not wrap however often it is asked.
    if (next.load(std::memory_order_relaxed) >= loop.count) return;
    if (loop.options.stop.stop_requested()) {
      stopped.store(true, std::memory_order_relaxed);
      return;
    }
    const std::size_t first = next.fetch_add(grain, std::memory_order_relaxed);
    if (first >= loop.count || first > failed.load(std::memory_order_relaxed)) return;
    const std::size_t last = loop.count - first < grain ? loop.count : first + grain;
    Failure found;
    if (!loop.run(loop.body, first, last, slot, failed, found)) note(std::move(found));
  }
}

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable wake;      ///< workers: a job came, or the end
  std::condition_variable finished;  ///< callers: a worker left a job
  std::list<Job*> jobs;
  std::atomic<std::uint64_t> jobs_posted{0};  ///< ever, to be looked at without the mutex
  std::vector<std::thread> threads;
  bool starting_failed = false;
  bool ending = false;

  Job* job_that_wants() {
    for (Job* job : jobs) {
      if (job->wants_more()) return job;
    }
    return nullptr;
  }

  /// What a worker does all its life.
  void serve(const ThreadPool* pool, unsigned slot) {
    prefer_performance_cores(slot);
    current_place = {pool, slot};
    std::unique_lock lock(mutex);
    while (true) {
      Job* job = job_that_wants();
      if (job != nullptr) {
        ++job->joined;
        job->working.fetch_add(1, std::memory_order_relaxed);
        lock.unlock();
        job->work(slot);
        lock.lock();
        // The caller may return, and the job be gone, as soon as the mutex is free.
        job->working.fetch_sub(1, std::memory_order_release);
        finished.notify_all();
        continue;
      }
      if (ending) return;
      const std::uint64_t seen = jobs_posted.load(std::memory_order_relaxed);
      lock.unlock();
      for (int look = 0; look < kLooksBeforeSleep && jobs_posted.load(std::memory_order_relaxed) == seen; ++look) {
        pause_core();
      }
      lock.lock();
      if (job_that_wants() == nullptr && !ending) wake.wait(lock);
    }
  }

  /// Starts threads until there are `count`; a system that gives no more leaves the work to those there are.
  void start(const ThreadPool* pool, unsigned count) {
    while (!starting_failed && threads.size() < count) {
      const auto slot = static_cast<unsigned>(threads.size() + 1);
      try {
        threads.emplace_back([this, pool, slot] { serve(pool, slot); });
      } catch (const std::system_error&) {
        starting_failed = true;
      }
    }
  }
};

ThreadPool::ThreadPool(unsigned threads)
    : size_(threads != 0 ? threads : cpu_topology().total_cores), state_(std::make_unique<State>()) {}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->ending = true;
  }
  state_->wake.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

Status ThreadPool::run(const Loop& loop) {
  if (loop.count == 0) return {};
  const bool nested = current_place.pool == this;
  unsigned limit = nested ? 1 : size_;
  if (loop.options.max_threads != 0) limit = std::min(limit, loop.options.max_threads);
  if (loop.count < limit) limit = static_cast<unsigned>(loop.count);
  constexpr std::size_t kReturns = 16;
  const std::size_t grain = loop.options.grain != 0
                                ? loop.options.grain
                                : std::max<std::size_t>(1, loop.count / (std::size_t{limit} * kReturns));
  Job job(loop, limit, grain);
  if (limit == 1) {
    job.work(nested ? current_place.slot : 0);
  } else {
    State& state = *state_;
    std::list<Job*>::iterator place;
    {
      const std::lock_guard lock(state.mutex);
      state.start(this, limit - 1);
      place = state.jobs.insert(state.jobs.end(), &job);
      state.jobs_posted.fetch_add(1, std::memory_order_relaxed);
    }
    state.wake.notify_all();
    // The caller is a place of the pool while it works, so that loops inside its items do not wait for others either.
    const Place outside = std::exchange(current_place, {this, 0});
    job.work(0);
    current_place = outside;
    for (int look = 0; look < kLooksBeforeSleep && job.working.load(std::memory_order_relaxed) != 0; ++look) {
      pause_core();
    }
    std::unique_lock lock(state.mutex);
    state.jobs.erase(place);
    state.finished.wait(lock, [&] { return job.working.load(std::memory_order_acquire) == 0; });
  }
  if (job.failed.load(std::memory_order_relaxed) < loop.count) return std::move(job.failure.error);
  if (job.stopped.load(std::memory_order_relaxed)) {
    return Error{ErrorCode::kCancelled, "stopped on request before all " + std::to_string(loop.count) + " items ran"};
  }
  return {};
}

namespace {

std::atomic<ThreadPool*> shared_pool{nullptr};

#if !defined(_WIN32)
// Threads do not cross a fork, so the child forgets the parent's pool (its memory stays: nothing may be freed there).
void forget_shared_pool() { shared_pool.store(nullptr, std::memory_order_relaxed); }
#endif

}  // namespace

ThreadPool& ThreadPool::shared() {
  ThreadPool* pool = shared_pool.load(std::memory_order_acquire);
  if (pool != nullptr) return *pool;
#if !defined(_WIN32)
  static const int registered = pthread_atfork(nullptr, nullptr, forget_shared_pool);
  static_cast<void>(registered);
#endif
  // Left alive at exit: threads that are joined by static destructors are a well-known way to hang.
  auto made = std::make_unique<ThreadPool>();
  if (shared_pool.compare_exchange_strong(pool, made.get(), std::memory_order_acq_rel)) return *made.release();
  return *pool;
}

}  // namespace peak
