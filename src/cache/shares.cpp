#include "cache/shares.hpp"

#include <memory>
#include <utility>

namespace peak::cache {
namespace {

/// Behind its counts, which so have a cache line of their own.
struct alignas(64) WholeShare {
  Object object;
};

}  // namespace

const Object& Shares::make(Place& place, const Object& whole) {
  State state = kFree;
  // Threads that share a place may come at once: who finds it in work takes a share of the whole.
  if (!place.state.compare_exchange_strong(state, kInWork, std::memory_order_acquire)) {
    return state == kMade ? place.object : whole;
  }
  place.object = Object(std::make_shared<const WholeShare>(WholeShare{whole}), whole.get());
  place.state.store(kMade, std::memory_order_release);
  return place.object;
}

}  // namespace peak::cache
