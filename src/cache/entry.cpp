#include "peak/cache/entry.hpp"

#include "peak/base/hash.hpp"
#include "peak/value/value.hpp"

namespace peak::cache {

const char* removal_name(Removal removal) noexcept {
  switch (removal) {
    case Removal::kEvicted: return "evicted";
    case Removal::kExpired: return "expired";
    case Removal::kReplaced: return "replaced";
    case Removal::kDeleted: return "deleted";
    case Removal::kInvalidated: return "invalidated";
    case Removal::kCleared: return "cleared";
  }
  return "unknown";
}

std::uint64_t hash_key(std::string_view key) noexcept { return hash_bytes(key.data(), key.size()).low; }

}  // namespace peak::cache
