// Long work in C++ that Ctrl-C stops: it runs on a thread of its own while the interpreter looks for signals every 20
// ms.
#pragma once

#include <nanobind/nanobind.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "peak/parallel/stop_token.hpp"

namespace peak::python {

/// What `work(StopToken)` gives. On Ctrl-C the work is asked to stop, waited for, and KeyboardInterrupt is raised. To
/// be called with the GIL held; `work` runs without it.
template <typename Work>
auto run_interruptible(Work&& work) {
  using Made = decltype(work(StopToken()));
  constexpr auto kLookEvery = std::chrono::milliseconds(20);
  StopSource stop;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Made> made;
  std::thread thread([&] {
    Made result = work(stop.token());
    const std::lock_guard lock(mutex);
    made.emplace(std::move(result));
    changed.notify_all();
  });
  bool interrupted = false;
  while (true) {
    {
      const nanobind::gil_scoped_release release;
      std::unique_lock lock(mutex);
      if (changed.wait_for(lock, kLookEvery, [&] { return made.has_value(); })) break;
    }
    if (!interrupted && PyErr_CheckSignals() != 0) {
      interrupted = true;  // the error stays set until the thread is done
      PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
      PyErr_Fetch(&type, &value, &traceback);
      stop.request_stop();
      {
        const nanobind::gil_scoped_release release;
        thread.join();
      }
      PyErr_Restore(type, value, traceback);
      throw nanobind::python_error();
    }
  }
  thread.join();
  return std::move(*made);
}

}  // namespace peak::python
