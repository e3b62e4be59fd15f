#include "cache/single_flight.hpp"

#include <algorithm>
#include <chrono>

namespace peak::cache {

std::optional<Result<Object>> Flight::wait(Nanoseconds timeout, const std::function<bool()>& stop) {
  constexpr std::chrono::milliseconds kPatience{20};
  std::unique_lock lock(mutex_);
  const auto longest = std::min<Nanoseconds>(timeout, 3600 * kNanosecondsPerSecond);
  const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(longest);
  const auto has_landed = [this] { return result_.has_value(); };
  while (
      !landed_.wait_until(lock, stop ? std::min(end, std::chrono::steady_clock::now() + kPatience) : end, has_landed)) {
    if (std::chrono::steady_clock::now() >= end) break;
    lock.unlock();
    const bool is_stopped = stop && stop();
    lock.lock();
    if (is_stopped) return Result<Object>(Error{ErrorCode::kCancelled, "stopped while another computed the value"});
  }
  return result_;
}

void Flight::land(const Result<Object>& result) {
  {
    const std::lock_guard lock(mutex_);
    result_ = result;
  }
  landed_.notify_all();
}

std::shared_ptr<Flight> SingleFlight::join(std::string_view key, bool& mine) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Flight>& flight = flights_[std::string(key)];
  mine = flight == nullptr;
  if (mine) flight = std::make_shared<Flight>();
  return flight;
}

void SingleFlight::end(std::string_view key, Flight& flight, const Result<Object>& result) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = flights_.find(std::string(key));
    if (found != flights_.end() && found->second.get() == &flight) flights_.erase(found);
  }
  flight.land(result);
}

}  // namespace peak::cache
