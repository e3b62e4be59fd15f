// PythonCache: a MultiLevelCache of Python objects, and the type peaktrade._native.CacheBase around it.
//
// The GIL is released around the levels below memory and around waiting. A hit in memory keeps it: it takes no lock and
// costs about as much as a look into a dict (bench/versus/cache).
#pragma once

#include <nanobind/nanobind.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cached_object.hpp"
#include "peak/cache/multi_level_cache.hpp"

namespace peak::python {

/// A key as the cache wants it: the text's UTF-8, and the hash that CPython keeps in a string.
struct CacheKey {
  std::string_view text;
  std::uint64_t hash = 0;
  nanobind::object owner;  ///< of bytes that the string does not hold itself
};

/// The hash of keys in caches of Python objects.
std::uint64_t python_key_hash(std::string_view key) noexcept;

/// TypeError for what is not a str.
CacheKey cache_key_of(nanobind::handle key);

/// The str that a key was.
nanobind::object text_of_key(std::string_view key);

/// Seconds, a timedelta, None (the cache's default) or infinity (for ever); `name` is the argument's, for errors.
Nanoseconds lifetime_of(nanobind::handle ttl, const char* name = "ttl");

class PythonCache {
 public:
  /// `on_removal`: None, or called as (key, value, why) for what leaves the memory level.
  PythonCache(cache::CacheOptions options, nanobind::object context, nanobind::object on_removal);
  ~PythonCache();
  PythonCache(const PythonCache&) = delete;
  PythonCache& operator=(const PythonCache&) = delete;

  /// The memory level; null when closed.
  [[nodiscard]] cache::MemoryCache* memory() const noexcept { return memory_; }
  /// The same, but null also while keys are recorded: what the hot path may use without another look.
  [[nodiscard]] cache::MemoryCache* quick_memory() const noexcept { return is_recording ? nullptr : memory_; }
  /// The levels for as long as it lives, whoever closes the cache meanwhile. Made and let go of under the GIL.
  class Use {
   public:
    explicit Use(PythonCache& cache) noexcept : cache_(cache), levels_(cache.levels_.get()) { ++cache_.users_; }
    ~Use() { cache_.leave(); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    cache::MultiLevelCache& operator*() const noexcept { return *levels_; }
    cache::MultiLevelCache* operator->() const noexcept { return levels_; }

   private:
    PythonCache& cache_;
    cache::MultiLevelCache* levels_;
  };
  /// ValueError when closed.
  [[nodiscard]] Use levels();
  [[nodiscard]] nanobind::handle context() const noexcept { return context_; }
  /// Frees the levels, or leaves that to the last call that uses them.
  void close();

  /// A new reference, or null without an error when no level has it. The memory level missed before.
  [[nodiscard]] nanobind::object get_below(std::string_view key);
  /// The object behind what a level gave; invalid when it cannot be made here (a miss, logged).
  [[nodiscard]] nanobind::object object_of(std::string_view key, const cache::Object& found);
  /// The value, or what `function` makes; throws its exception, also to those who waited for another's call of it.
  [[nodiscard]] nanobind::object get_or_compute(const CacheKey& key, const std::function<nanobind::object()>& function,
                                                const cache::SetOptions& options);

  bool has_levels_below = false;
  bool refreshes = false;  ///< hits may start computations: they go through the levels
  bool is_recording = false;
  std::vector<std::string> recorded;  ///< keys asked for, while recording; guarded by the GIL

 private:
  [[nodiscard]] Result<cache::Object> computed(const std::function<nanobind::object()>& function,
                                               nanobind::object* made, nanobind::object* failure) const;
  void leave() noexcept;
  void free_closed() noexcept;
  [[nodiscard]] cache::RemovalListener removal_listener(nanobind::object function);

  std::unique_ptr<cache::MultiLevelCache> levels_;
  std::unique_ptr<cache::MultiLevelCache> closed_;  ///< to be freed when nobody uses it
  std::size_t users_ = 0;                           ///< guarded by the GIL, as the two before
  cache::MemoryCache* memory_ = nullptr;
  nanobind::object context_;
  bool remembers_absence_ = false;  ///< a LookupError or FileNotFoundError of a function is "not there"
};

/// The cache in an instance of CacheBase, or null with an error set when its __init__ never ran. What was asked for
/// lately is remembered, since nanobind's own look-up takes as long as half of a hit. Guarded by the GIL.
[[nodiscard]] PythonCache* python_cache_of_slowly(PyObject* self) noexcept;
struct KnownCache {
  PyObject* self = nullptr;
  PythonCache* cache = nullptr;
};
extern std::array<KnownCache, 8> known_caches;
[[nodiscard]] inline KnownCache& known_cache(PyObject* self) noexcept {
  return known_caches[reinterpret_cast<std::uintptr_t>(self) / 64 % known_caches.size()];
}
[[nodiscard]] inline PythonCache* python_cache_of(PyObject* self) noexcept {
  const KnownCache& known = known_cache(self);
  return known.self == self ? known.cache : python_cache_of_slowly(self);
}

/// The object that the memory level holds under the key, as a new reference, or null without an error. `counts_miss` as
/// in MemoryCache::visit().
PyObject* get_from_memory(PythonCache& cache, std::string_view key, std::uint64_t hash, bool counts_miss);

}  // namespace peak::python
