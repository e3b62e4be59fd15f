#include "cache/single_flight.hpp"

#include <algorithm>
#include <chrono>

namespace peak::cache {

std::optional<Result<Object>> Flight::wait(Nanoseconds timeout) {
  std::unique_lock lock(mutex_);
  const auto longest = std::min<Nanoseconds>(timeout, 3600 * kNanosecondsPerSecond);
  landed_.wait_for(lock, std::chrono::nanoseconds(longest), [this] { return result_.has_value(); });
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
