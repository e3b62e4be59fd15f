// Shares: places where the threads that take shares of one object count them, each thread at its own.
//
// A std::shared_ptr counts its shares in one place, often beside the object itself. Threads that take and leave shares
// of the same objects hand that cache line to and fro, and two are then slower than one. So an entry that several
// threads ask for often gets further places: each holds one share of the object and counts how many of its own are out,
// and nothing is written any more where the object lies.
#pragma once

#include <array>
#include <atomic>

#include "peak/cache/entry.hpp"

namespace peak::cache {

class Shares {
 public:
  Shares() = default;
  Shares(const Shares&) = delete;
  Shares& operator=(const Shares&) = delete;

  /// The place of a thread (ReaderSlot::index), made when it is first asked for. Any thread at any time.
  [[nodiscard]] const Object& of(unsigned thread, const Object& whole) {
    Place& place = places_[thread % kPlaces];
    return place.state.load(std::memory_order_acquire) == kMade ? place.object : make(place, whole);
  }

 private:
  enum State : unsigned char { kFree, kInWork, kMade };
  struct Place {
    std::atomic<State> state{kFree};
    Object object;
  };
  [[nodiscard]] static const Object& make(Place& place, const Object& whole);

  static constexpr unsigned kPlaces = 8;
  std::array<Place, kPlaces> places_{};
};

}  // namespace peak::cache
