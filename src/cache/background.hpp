// Background: one thread that does work that nobody waits for, started at the first piece of it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace peak::cache {

class Background {
 public:
  ~Background();  ///< finishes what is queued
  void run(std::function<void()> work);
  void wait();  ///< until nothing is queued or running

 private:
  void loop();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  std::thread thread_;
  bool running_ = false, stopping_ = false;
};

}  // namespace peak::cache
