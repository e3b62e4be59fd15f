// Computing what no level has: by one thread and one process at a time, ahead of the end of a life, or behind it.
#include <chrono>
#include <exception>
#include <thread>

#include "cache/multi_level_impl.hpp"

namespace peak::cache {
namespace {

/// What the function gives; an exception of it is a failure like any other.
Result<Object> run(const Compute& function) {
  try {
    return function();
  } catch (const std::exception& error) {
    return internal_error(std::string("the function that computes the value threw an exception: ") + error.what());
  } catch (...) {
    return internal_error("the function that computes the value threw something that is no std::exception");
  }
}

/// What may be left of the life of an entry below whose copy in memory is `found`, if both were stored together: a
/// jitter has shortened memory's, and the clocks of the levels differ in their steps.
Nanoseconds left_below(const MemoryCache::Found& found, Nanoseconds now, double jitter) {
  constexpr double kSteps = 20e6, kMost = 9e18;
  const auto ttl = static_cast<double>(found.ttl);
  const double left = static_cast<double>(found.expires_at - now) + ttl * jitter / (1 - jitter) + ttl / 50 + kSteps;
  return left < kMost ? static_cast<Nanoseconds>(left) : kForever;
}

}  // namespace

/// The right to compute among processes; null when it was not to be had in time.
std::unique_ptr<DiskCache::Lease> MultiLevelCache::Impl::lease(std::string_view key, bool& waited) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(options.lease_timeout);
  auto pause = std::chrono::milliseconds(1);
  for (;;) {
    if (auto lease = disk->try_lease(key)) return lease;
    waited = true;
    if (std::chrono::steady_clock::now() >= end || (options.stop && options.stop())) return nullptr;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(20));
  }
}

/// Unless a level below has by now a value that lives longer than `outlives`.
Result<Object> MultiLevelCache::Impl::compute_leased(std::string_view key, const Compute& function,
                                                     const SetOptions& how, Nanoseconds outlives) {
  std::unique_ptr<DiskCache::Lease> held;
  if (disk != nullptr && !how.memory_only) {
    bool waited = false;
    held = lease(key, waited);
    if (waited) waits.fetch_add(1, std::memory_order_relaxed);
    // Another process may have stored it since this one looked.
    if (held == nullptr && options.stop && options.stop()) {
      return Error{ErrorCode::kCancelled, "stopped while another process computed the value"};
    }
    if (waited || disk->contains(key)) {
      if (Object object = below(key, outlives)) return object;
    }
  }
  computations.fetch_add(1, std::memory_order_relaxed);
  Result<Object> result = run(function);
  if (result.ok()) {
    if (*result == nullptr) return internal_error("the function that computes the value gave a null pointer");
    PEAK_RETURN_IF_ERROR(store(key, *result, how));
  } else if (result.error().code == ErrorCode::kNotFound && options.negative_ttl > 0) {
    SetOptions absence;
    absence.tags = how.tags;
    absent.set(key, hash(key), std::make_shared<const Error>(result.error()), absence);
  }
  return result;
}

Result<Object> MultiLevelCache::Impl::compute(std::string_view key, const Compute& function, const SetOptions& how) {
  bool mine = false;
  const std::shared_ptr<Flight> flight = flights.join(key, mine);
  if (!mine && !flight->is_mine()) {
    waits.fetch_add(1, std::memory_order_relaxed);
    if (std::optional<Result<Object>> result = flight->wait(options.lease_timeout, options.stop))
      return *std::move(result);
  }
  // Too long a wait, or a function that asks for its own key: computed without telling anybody.
  if (!mine) return compute_leased(key, function, how, 0);
  // Whatever happens, nobody is left waiting.
  struct Landing {
    Impl& impl;
    std::string_view key;
    Flight& flight;
    Result<Object> result = Error{ErrorCode::kInternal, "the computation did not end"};
    ~Landing() { impl.flights.end(key, flight, result); }
  } landing{*this, key, *flight};
  const MemoryCache::Found found = memory.peek(key, hash(key));  // a flight may just have landed
  landing.result = found.fresh ? Result<Object>(found.object) : compute_leased(key, function, how, 0);
  return landing.result;
}

/// Renews a value where nobody waits, unless somebody does so already: with one from below that lives longer than
/// `outlives`, since memory may keep it for a shorter time, else with a new one.
void MultiLevelCache::Impl::refresh(std::string_view key, const Compute& function, const SetOptions& how,
                                    Nanoseconds outlives) {
  bool mine = false;
  std::shared_ptr<Flight> flight = flights.join(key, mine);
  if (!mine) return;
  flight->hand_over({});
  refreshes.fetch_add(1, std::memory_order_relaxed);
  {
    const std::lock_guard lock(outstanding_mutex);
    ++outstanding;
  }
  auto work = [this, key = std::string(key), function, how, outlives, flight = std::move(flight)] {
    flight->hand_over(std::this_thread::get_id());
    const bool may_be_below = has_lower() && !how.memory_only;
    const Object object = may_be_below ? below(key, outlives) : nullptr;
    flights.end(key, *flight,
                object != nullptr ? Result<Object>(object) : compute_leased(key, function, how, outlives));
    const std::lock_guard lock(outstanding_mutex);
    --outstanding;
    outstanding_changed.notify_all();
  };
  if (options.executor) {
    options.executor(std::move(work));
  } else {
    background.run(std::move(work));
  }
}

/// What memory has: fresh, or past its time but still to be given. Starts a refresh where one is due.
Object MultiLevelCache::Impl::fresh_or_stale(std::string_view key, std::uint64_t key_hash, const Compute& function,
                                             const SetOptions& how) {
  Object object = memory.get(key, key_hash);
  const bool has_times = options.refresh_ahead > 0 || options.stale_for > 0 || how.stale_for > 0;
  if (!has_times) return object;
  const MemoryCache::Found found = memory.peek(key, key_hash);
  if (object == nullptr && found && !found.fresh) {
    stale_served.fetch_add(1, std::memory_order_relaxed);
    refresh(key, function, how, 0);
    return found.object;
  }
  if (object == nullptr || !found || found.expires_at == kForever || options.refresh_ahead <= 0) return object;
  const Nanoseconds now = memory.now();
  if (static_cast<double>(found.expires_at - now) < options.refresh_ahead * static_cast<double>(found.ttl)) {
    refresh(key, function, how, left_below(found, now, memory.options().ttl_jitter));
  }
  return object;
}

}  // namespace peak::cache
