// Single flight: of all threads that want the same key computed, one computes and the others get its result.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "peak/cache/entry.hpp"

namespace peak::cache {

/// One computation under way.
class Flight {
 public:
  /// The result, when it is there; nothing if it is not within `timeout`; kCancelled when stop(), asked every 20 ms,
  /// says so.
  [[nodiscard]] std::optional<Result<Object>> wait(Nanoseconds timeout, const std::function<bool()>& stop = nullptr);
  void land(const Result<Object>& result);
  [[nodiscard]] bool is_mine() const noexcept { return pilot_.load() == std::this_thread::get_id(); }
  /// That thread computes, from now on; none of them: one that is still to come.
  void hand_over(std::thread::id pilot) noexcept { pilot_.store(pilot); }

 private:
  std::atomic<std::thread::id> pilot_ = std::this_thread::get_id();
  std::mutex mutex_;
  std::condition_variable landed_;
  std::optional<Result<Object>> result_;
};

class SingleFlight {
 public:
  /// The flight of a key; `mine` tells whether the caller starts it and must end() it.
  [[nodiscard]] std::shared_ptr<Flight> join(std::string_view key, bool& mine);
  /// Gives the result to all who wait; the next to ask starts anew.
  void end(std::string_view key, Flight& flight, const Result<Object>& result);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace peak::cache
