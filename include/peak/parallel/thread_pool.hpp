// ThreadPool: loops over independent items on many cores, with results that do not depend on how many.
//
//     std::vector<double> squares(n);
//     Status done = parallel_for(n, [&](std::size_t i) { squares[i] = double(i) * double(i); });
//
// Purpose    body(i) for each i of [0, count), once each, in no order; the caller works too, so that a loop of one item
//            or a pool of one thread costs a plain call.
// Order      items write to their own place; what is joined afterwards in the order of items is the same for every
//            number of threads. body(i, slot) also gets the number of the place that works, below the pool's size: for
//            scratch memory that is reused (never for results).
// Failure    body returns Status or nothing. Of several failures that of the lowest item is returned, always the same
//            one: every item before it is run, items after it are left out where they have not begun. An exception
//            becomes kInternal. A stop request gives kCancelled; items that have begun are finished.
// Nesting    a loop inside a loop of the same pool runs on the thread that asks: no thread waits for another, so
//            nothing can lock up. Loops of several outside threads share the workers.
// Cores      as many threads as peak::cpu_topology() allows. Performance cores come first: on machines with two kinds a
//            worker below their number is kept to them (Linux), or asks for quality of service "user initiated",
//            which the scheduler of macOS reads as "performance cores". Threads start at the first loop that needs
//            them.
// Cost       about 2 ns for each item, 1 to 2 us for a loop whose workers are awake, 5 to 50 us when they sleep
//            (bench/parallel).
// Threads    all members may be called by any thread; the destructor by none that works in the pool. After fork() the
//            child's ThreadPool::shared() is a new pool; other pools of the parent must not be used there.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/parallel/stop_token.hpp"

namespace peak {

struct ParallelOptions {
  unsigned max_threads = 0;  ///< at most so many threads, the caller among them; 0: all of the pool
  std::size_t grain = 0;     ///< items taken at a time; 0: so that each thread comes back some 16 times
  StopToken stop = {};       ///< asked before items are taken
};

class ThreadPool {
 public:
  /// `threads`: how many work at once, the caller among them; 0: cpu_topology().total_cores.
  explicit ThreadPool(unsigned threads = 0);
  ~ThreadPool();  ///< waits for its threads
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] unsigned size() const noexcept { return size_; }

  template <typename Body>
  Status parallel_for(std::size_t count, Body&& body, const ParallelOptions& options = {}) {
    using Plain = std::remove_reference_t<Body>;
    return run({const_cast<void*>(static_cast<const void*>(std::addressof(body))), &run_items<Plain>, count, options});
  }

  /// The pool of this process, with a thread for each usable core. Never destroyed.
  static ThreadPool& shared();

 private:
  /// The first failure of a loop, by item.
  struct Failure {
    std::size_t item = 0;
    Error error;
  };
  struct Loop {
    void* body;
    /// Items [first, last) while they lie before `failed`; false if one failed, which `failure` then tells.
    bool (*run)(void* body, std::size_t first, std::size_t last, unsigned slot, const std::atomic<std::size_t>& failed,
                Failure& failure);
    std::size_t count;
    const ParallelOptions& options;
  };
  struct Job;
  struct State;

  template <typename Body>
  static bool run_items(void* body, std::size_t first, std::size_t last, unsigned slot,
                        const std::atomic<std::size_t>& failed, Failure& failure);
  Status run(const Loop& loop);

  unsigned size_;
  std::unique_ptr<State> state_;
};

/// body(i) or body(i, slot) for i in [0, count) on ThreadPool::shared().
template <typename Body>
Status parallel_for(std::size_t count, Body&& body, const ParallelOptions& options = {}) {
  return ThreadPool::shared().parallel_for(count, std::forward<Body>(body), options);
}

/// What `function(i)`, which returns Result<T>, makes of each i, in the order of i; or the failure of the lowest i.
template <typename T, typename Function>
Result<std::vector<T>> parallel_map(std::size_t count, Function&& function, const ParallelOptions& options = {},
                                    ThreadPool& pool = ThreadPool::shared()) {
  std::vector<std::optional<T>> places(count);
  const auto body = [&](std::size_t i) -> Status {
    Result<T> made = function(i);
    if (!made.ok()) return std::move(made).error();
    places[i] = std::move(made).value();
    return {};
  };
  PEAK_RETURN_IF_ERROR(pool.parallel_for(count, body, options));
  std::vector<T> values;
  values.reserve(count);
  for (std::optional<T>& place : places) values.push_back(std::move(*place));
  return values;
}

template <typename Body>
bool ThreadPool::run_items(void* body, std::size_t first, std::size_t last, unsigned slot,
                           const std::atomic<std::size_t>& failed, Failure& failure) {
  Body& call = *static_cast<Body*>(body);
  std::size_t item = first;
  const auto one = [&] {
    if constexpr (std::is_invocable_v<Body&, std::size_t, unsigned>) {
      return call(item, slot);
    } else {
      return call(item);
    }
  };
  try {
    for (; item < last && item < failed.load(std::memory_order_relaxed); ++item) {
      if constexpr (std::is_void_v<decltype(one())>) {
        one();
      } else if (Status status = one(); !status.ok()) {
        failure = {item, std::move(status).error()};
        return false;
      }
    }
  } catch (const std::exception& error) {
    failure = {item, internal_error(std::string("item ") + std::to_string(item) + ": " + error.what())};
    return false;
  } catch (...) {
    failure = {item, internal_error("item " + std::to_string(item) + ": an exception of unknown kind")};
    return false;
  }
  return true;
}

}  // namespace peak
