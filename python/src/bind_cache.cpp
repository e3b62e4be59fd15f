#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "bindings.hpp"
#include "cache_object.hpp"
#include "cached_call.hpp"
#include "errors.hpp"
#include "peak/cache/redis.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

// ---- get: the one call that is made often enough to be written by hand
// -------------------------------------------------

/// The default among the arguments of get(key, default=None), or null with an error set.
PyObject* default_of(PyObject* const* arguments, Py_ssize_t count, PyObject* names) {
  const Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
  if (count < 1 || count + named > 2) {
    PyErr_Format(PyExc_TypeError, "get(key, default=None) takes a key and a default, not %zd arguments", count + named);
    return nullptr;
  }
  if (named == 1 && PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "default") != 0) {
    PyErr_Format(PyExc_TypeError, "get(key, default=None) has no argument %R", PyTuple_GET_ITEM(names, 0));
    return nullptr;
  }
  return count + named == 2 ? arguments[1] : Py_None;
}

/// `missed`: the memory level has been asked.
PyObject* get_slowly(PythonCache& cache, PyObject* key, PyObject* fallback, bool missed) {
  try {
    const CacheKey found = cache_key_of(key);
    static_cast<void>(cache.levels());  // closed: an error
    if (cache.is_recording) cache.recorded.emplace_back(found.text);
    if (!missed) {
      if (PyObject* object = get_from_memory(cache, found.text, found.hash, true); object != nullptr) return object;
    }
    nb::object object = cache.get_below(found.text);
    if (object.is_valid()) return object.release().ptr();
    return nb::borrow(fallback).release().ptr();
  } catch (nb::python_error& error) {
    error.restore();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return nullptr;
}

/// The hash that a string keeps, or makes now.
std::uint64_t kept_hash(PyObject* text) noexcept {
  const Py_hash_t kept = reinterpret_cast<const PyASCIIObject*>(text)->hash;
  return static_cast<std::uint64_t>(kept != -1 ? kept : PyObject_Hash(text));
}

PyObject* cache_get(PyObject* self, PyObject* const* arguments, Py_ssize_t count, PyObject* names) {
  PyObject* fallback = count == 1 && names == nullptr ? Py_None : default_of(arguments, count, names);
  if (fallback == nullptr) return nullptr;
  PythonCache* const found_cache = python_cache_of(self);
  if (found_cache == nullptr) return nullptr;
  PythonCache& cache = *found_cache;
  PyObject* key = arguments[0];
  cache::MemoryCache* memory = cache.quick_memory();
  bool missed = false;
  if (PyUnicode_CheckExact(key) && PyUnicode_IS_COMPACT_ASCII(key) && memory != nullptr) {
    const std::string_view text{reinterpret_cast<const char*>(reinterpret_cast<PyASCIIObject*>(key) + 1),
                                static_cast<std::size_t>(PyUnicode_GET_LENGTH(key))};
    PyObject* object = nullptr;
    missed = !memory->visit(text, kept_hash(key), [&](const void* found) {
      object = as_cached(found).immutable();
      Py_XINCREF(object);
    });
    if (object != nullptr) return object;
    if (missed && !cache.has_levels_below) return Py_NewRef(fallback);
  }
  return get_slowly(cache, key, fallback, missed);
}

// ---- the rest
// ----------------------------------------------------------------------------------------------------------

cache::SetOptions set_options(nb::handle ttl, nb::handle tags) {
  cache::SetOptions options;
  options.ttl = lifetime_of(ttl);
  if (tags.is_none()) return options;
  if (PyUnicode_Check(tags.ptr())) raise_type_error("tags must be a sequence of texts, not one text");
  if (!nb::hasattr(tags, "__iter__"))
    raise_type_error("tags must be a sequence of texts, not '" + class_name(tags) + "'");
  for (const nb::handle tag : tags) {
    if (!PyUnicode_Check(tag.ptr())) raise_type_error("a tag must be a str, not '" + class_name(tag) + "'");
    options.tags.push_back(nb::cast<std::string>(tag));
  }
  return options;
}

void store(PythonCache& cache, nb::handle key, nb::handle value, const cache::SetOptions& options) {
  const CacheKey name = cache_key_of(key);
  cache::Object object = cached_object_of(value, cache.context());
  const PythonCache::Use levels = cache.levels();
  Status status;
  {
    const nb::gil_scoped_release release;
    status = levels->set(name.text, std::move(object), options);
  }
  check(status);
}

void set(PythonCache& cache, nb::handle key, nb::handle value, nb::handle ttl, nb::handle tags) {
  store(cache, key, value, set_options(ttl, tags));
}

void set_result(PythonCache& cache, nb::handle key, nb::handle value, nb::handle ttl, nb::handle tags, bool memory_only,
                nb::handle stale_for) {
  cache::SetOptions options = set_options(ttl, tags);
  options.memory_only = memory_only;
  options.stale_for = lifetime_of(stale_for, "stale_for");
  store(cache, key, value, options);
}

/// What memory keeps past its time, to be given while it is computed anew.
nb::object get_stale(PythonCache& cache, nb::handle key, nb::object fallback) {
  const CacheKey name = cache_key_of(key);
  const cache::MemoryCache::Found found = cache.levels()->memory().peek(name.text, name.hash);
  if (!found) return fallback;
  nb::object object = cache.object_of(name.text, found.object);
  return object.is_valid() ? object : fallback;
}

/// The right to compute a key among processes, for coroutines, which cannot wait for it in a call.
class ComputationLease {
 public:
  explicit ComputationLease(std::unique_ptr<cache::DiskCache::Lease> lease) : lease_(std::move(lease)) {}
  void release() { lease_.reset(); }

 private:
  std::unique_ptr<cache::DiskCache::Lease> lease_;
};

std::unique_ptr<ComputationLease> try_lease(PythonCache& cache, nb::handle key) {
  const CacheKey name = cache_key_of(key);
  const PythonCache::Use levels = cache.levels();
  cache::DiskCache* const disk = levels->disk();
  if (disk == nullptr) return std::make_unique<ComputationLease>(nullptr);
  std::unique_ptr<cache::DiskCache::Lease> lease = disk->try_lease(name.text);
  return lease == nullptr ? nullptr : std::make_unique<ComputationLease>(std::move(lease));
}

void set_many(PythonCache& cache, nb::handle items, nb::handle ttl, nb::handle tags) {
  if (!PyDict_Check(items.ptr()))
    raise_type_error("items must be a dict of keys and values, not '" + class_name(items) + "'");
  const cache::SetOptions options = set_options(ttl, tags);
  std::vector<std::pair<std::string, cache::Object>> objects;
  for (const auto& [key, value] : nb::borrow<nb::dict>(items)) {
    objects.emplace_back(cache_key_of(key).text, cached_object_of(value, cache.context()));
  }
  const PythonCache::Use levels = cache.levels();
  Status status;
  {
    const nb::gil_scoped_release release;
    status = levels->set_many(objects, options);
    objects.clear();
  }
  check(status);
}

nb::dict get_many(PythonCache& cache, nb::handle keys) {
  if (PyUnicode_Check(keys.ptr())) raise_type_error("keys must be several keys, not one text");
  if (!nb::hasattr(keys, "__iter__")) raise_type_error("keys must be several keys, not '" + class_name(keys) + "'");
  std::vector<std::string> names;
  std::vector<nb::object> asked;
  for (const nb::handle key : keys) {
    names.emplace_back(cache_key_of(key).text);
    asked.push_back(nb::borrow(key));
    if (cache.is_recording) cache.recorded.push_back(names.back());
  }
  const PythonCache::Use levels = cache.levels();
  std::vector<cache::Object> found;
  {
    const nb::gil_scoped_release release;
    found = levels->get_many(names);
  }
  nb::dict values;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i] == nullptr) continue;
    const nb::object value = cache.object_of(names[i], found[i]);
    if (value.is_valid()) values[asked[i]] = value;
  }
  return values;
}

nb::object get_or_compute(PythonCache& cache, nb::handle key, nb::handle function, nb::handle ttl, nb::handle tags) {
  const CacheKey name = cache_key_of(key);
  if (cache.is_recording) cache.recorded.emplace_back(name.text);
  if (cache.memory() != nullptr && !cache.refreshes) {
    if (PyObject* object = get_from_memory(cache, name.text, name.hash, false); object != nullptr)
      return nb::steal(object);
  }
  if (PyCallable_Check(function.ptr()) == 0) {
    raise_type_error("get_or_compute needs a function that makes the value, not '" + class_name(function) + "'");
  }
  return cache.get_or_compute(
      name, [&] { return nb::object(function()); }, set_options(ttl, tags));
}

template <typename Call>
auto without_gil(PythonCache& cache, Call&& call) {
  const PythonCache::Use levels = cache.levels();
  const nb::gil_scoped_release release;
  return call(*levels);
}

nb::dict level_dict(const cache::LevelStatistics& level) {
  nb::dict out;
  out["hits"] = level.hits;
  out["misses"] = level.misses;
  out["hit_rate"] = level.hit_rate();
  out["sets"] = level.sets;
  out["evictions"] = level.evictions;
  out["expirations"] = level.expirations;
  out["errors"] = level.errors;
  out["enabled"] = level.enabled;
  return out;
}

nb::dict stats(PythonCache& cache) {
  const cache::CacheStatistics all = cache.levels()->statistics();
  nb::dict l1 = level_dict(all.l1);
  l1["size"] = all.l1.size;
  l1["max_size"] = all.l1.max_size;
  l1["memory_bytes"] = all.l1.bytes;
  nb::dict l2 = level_dict(all.l2);
  l2["available"] = all.l2.available;
  nb::dict l3 = level_dict(all.l3);
  l3["size"] = all.l3.size;
  l3["bytes"] = all.l3.bytes;
  l3["max_bytes"] = all.l3.max_bytes;
  l3["available"] = all.l3.available;
  nb::dict out;
  out["l1"] = l1;
  out["l2"] = l2;
  out["l3"] = l3;
  out["computations"] = all.computations;
  out["waits"] = all.waits;
  out["stale_served"] = all.stale_served;
  out["refreshes"] = all.refreshes;
  return out;
}

/// A line for the log, from any thread.
void log_line(std::string_view line) {
  if (!nb::is_alive()) return;
  const nb::gil_scoped_acquire guard;
  try {
    nb::module_::import_("peaktrade.core.cache._log").attr("warn")(nb::str(line.data(), line.size()));
  } catch (nb::python_error& error) {
    error.discard_as_unraisable("peaktrade.core.cache");
  }
}

cache::RedisCompression compression_of(const std::string& name) {
  if (name.empty()) return cache::RedisCompression::kNone;
  if (name == "lz4") return cache::RedisCompression::kLz4;
  if (name == "zstd") return cache::RedisCompression::kZstd;
  raise_value_error("l2_compression is '" + name + "'; give 'lz4', 'zstd' or None");
}

template <typename T>
T option(const nb::dict& options, const char* name) {
  return nb::cast<T>(options[name]);
}

std::shared_ptr<cache::RemoteCache> remote_of(const nb::dict& options) {
  if (!option<bool>(options, "l2_enabled")) return nullptr;
  cache::RedisOptions redis;
  redis.host = option<std::string>(options, "l2_host");
  redis.port = option<std::uint16_t>(options, "l2_port");
  redis.user = option<std::string>(options, "l2_user");
  redis.password = option<std::string>(options, "l2_password");
  redis.database = option<unsigned>(options, "l2_database");
  redis.tls = option<bool>(options, "l2_tls");
  redis.tls_ca_file = option<std::string>(options, "l2_ca_file");
  redis.key_space = option<std::string>(options, "l2_namespace");
  redis.connections = option<std::size_t>(options, "l2_connections");
  redis.compression = compression_of(option<std::string>(options, "l2_compression"));
  redis.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(option<double>(options, "l2_timeout") * 1000));
  redis.on_event = log_line;
  const auto url = option<std::string>(options, "l2_url");
  if (!url.empty()) redis = value_or_raise(cache::redis_options_from_url(url, std::move(redis)));
  return value_or_raise(cache::open_remote(std::move(redis)));
}

cache::EvictionPolicy policy_of(const std::string& name) {
  using cache::EvictionPolicy;
  for (const EvictionPolicy policy :
       {EvictionPolicy::kS3Fifo, EvictionPolicy::kLru, EvictionPolicy::kSieve, EvictionPolicy::kWTinyLfu}) {
    if (name == cache::eviction_policy_name(policy)) return policy;
  }
  raise_value_error("l1_policy is '" + name + "'; give 's3fifo', 'lru', 'sieve' or 'wtinylfu'");
}

/// From the keyword arguments of peaktrade.core.cache.MultiLevelCache, which checked their types.
void make(PythonCache* self, const nb::dict& options) {
  cache::CacheOptions all;
  all.memory.max_entries = option<std::size_t>(options, "l1_size");
  all.memory.max_bytes = option<std::size_t>(options, "l1_bytes");
  all.memory.ttl = lifetime_of(options["l1_ttl"], "l1_ttl");
  all.memory.policy = policy_of(option<std::string>(options, "l1_policy"));
  all.memory.ttl_jitter = option<double>(options, "l1_jitter");
  all.remote = remote_of(options);
  if (option<bool>(options, "l3_enabled")) {
    cache::DiskCacheOptions disk;
    disk.path = path_of(options["l3_path"]);
    disk.max_bytes = option<std::uint64_t>(options, "l3_bytes");
    disk.ttl = lifetime_of(options["ttl"]);
    all.disk = std::move(disk);
  }
  all.ttl = lifetime_of(options["ttl"]);
  all.negative_ttl = lifetime_of(options["negative_ttl"], "negative_ttl");
  all.refresh_ahead = option<double>(options, "refresh_ahead");
  all.stale_for = lifetime_of(options["stale_for"], "stale_for");
  all.warn = log_line;
  new (self) PythonCache(std::move(all), nb::object(options["context"]), nb::object(options["on_removal"]));
}

PyMethodDef get_definition = {"get", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(cache_get)),
                              METH_FASTCALL | METH_KEYWORDS,
                              "get(self, key, default=None)\n--\n\n"
                              "The value, from the first level that has it, or the default."};

bool add_get(PyObject* type) {
  PyObject* method = PyDescr_NewMethod(reinterpret_cast<PyTypeObject*>(type), &get_definition);
  const bool done = method != nullptr && PyObject_SetAttrString(type, "get", method) == 0;
  Py_XDECREF(method);
  return done;
}

/// CPython 3.11 and later take the short way to a method only where it belongs to the object's very class: a class
/// derived from this one gets a get() of its own, unless it has another.
PyObject* init_subclass(PyObject* type, PyObject*) {
  const nb::object present = nb::steal(PyObject_GetAttrString(type, "get"));
  if (!present.is_valid()) return nullptr;
  const bool is_ours = Py_IS_TYPE(present.ptr(), &PyMethodDescr_Type) &&
                       reinterpret_cast<PyMethodDescrObject*>(present.ptr())->d_method == &get_definition;
  return is_ours && !add_get(type) ? nullptr : Py_NewRef(Py_None);
}

void add_methods(nb::handle type) {
  static PyMethodDef definition = {"__init_subclass__", init_subclass, METH_NOARGS | METH_CLASS, nullptr};
  auto* own = reinterpret_cast<PyTypeObject*>(type.ptr());
  const nb::object hook = nb::steal(PyDescr_NewClassMethod(own, &definition));
  if (!hook.is_valid() || PyObject_SetAttrString(type.ptr(), "__init_subclass__", hook.ptr()) != 0 ||
      !add_get(type.ptr())) {
    throw nb::python_error();
  }
}

void bind_cache_type(nb::module_& module) {
  nb::class_<ComputationLease>(module, "ComputationLease", "The right to compute a key, among processes.")
      .def("release", &ComputationLease::release);
  nb::class_<PythonCache> type(module, "CacheBase", "Base of peaktrade.core.cache.MultiLevelCache, which says more.");
  add_methods(type);
  const auto none = nb::none();
  const nb::tuple empty;
  type.def("__init__", make, nb::arg("options"))
      .def("set", set, nb::arg("key").none(), nb::arg("value").none(), nb::arg("ttl") = none,
           nb::arg("tags").none() = empty,
           "Stores the value in every level. ttl: seconds, a timedelta, None for the cache's default, math.inf for "
           "ever.")
      .def(
          "get_from_memory",
          [](PythonCache& cache, nb::handle key, nb::object fallback) {
            const CacheKey name = cache_key_of(key);
            static_cast<void>(cache.levels());
            nb::object found = nb::steal(get_from_memory(cache, name.text, name.hash, true));
            return found.is_valid() ? found : fallback;
          },
          nb::arg("key"), nb::arg("default").none())
      .def("get_stale", get_stale, nb::arg("key"), nb::arg("default").none())
      .def("try_lease", try_lease, nb::arg("key"))
      .def("set_result", set_result, nb::arg("key"), nb::arg("value").none(), nb::arg("ttl").none(), nb::arg("tags"),
           nb::arg("memory_only"), nb::arg("stale_for"))
      .def("set_many", set_many, nb::arg("items").none(), nb::arg("ttl") = none, nb::arg("tags").none() = empty,
           "Stores a dict of values; one round trip to Redis.")
      .def("get_many", get_many, nb::arg("keys").none(),
           "A dict of the keys that some level has; one round trip to Redis.")
      .def("get_or_compute", get_or_compute, nb::arg("key").none(), nb::arg("function").none(), nb::arg("ttl") = none,
           nb::arg("tags").none() = empty,
           "The value, or what function() makes, which is stored. One computation per key at a time; others wait for "
           "it.")
      .def(
          "delete",
          [](PythonCache& cache, nb::handle key) {
            const CacheKey name = cache_key_of(key);
            return without_gil(cache, [&](cache::MultiLevelCache& levels) { return levels.erase(name.text); });
          },
          nb::arg("key").none(), "Removes the key from every level; True if some level had it.")
      .def(
          "clear",
          [](PythonCache& cache) { without_gil(cache, [](cache::MultiLevelCache& levels) { levels.clear(); }); },
          "Removes everything from every level.")
      .def(
          "__contains__",
          [](PythonCache& cache, nb::handle key) {
            const CacheKey name = cache_key_of(key);
            return without_gil(cache, [&](cache::MultiLevelCache& levels) { return levels.contains(name.text); });
          },
          nb::arg("key").none())
      .def("__len__",
           [](PythonCache& cache) {
             return without_gil(cache, [](cache::MultiLevelCache& levels) { return levels.size(); });
           })
      .def(
          "invalidate_tag",
          [](PythonCache& cache, const std::string& tag) {
            return without_gil(cache, [&](cache::MultiLevelCache& levels) { return levels.invalidate_tag(tag); });
          },
          nb::arg("tag"))
      .def(
          "invalidate_prefix",
          [](PythonCache& cache, nb::handle prefix) {
            const CacheKey name = cache_key_of(prefix);
            return without_gil(cache,
                               [&](cache::MultiLevelCache& levels) { return levels.invalidate_prefix(name.text); });
          },
          nb::arg("prefix"))
      .def("get_stats", stats,
           "What each level counted: a dict with l1, l2 and l3, each with hits, misses, hit_rate, sets, evictions, "
           "errors.")
      .def(
          "hit_rate_advice", [](PythonCache& cache) { return cache::hit_rate_advice(cache.levels()->statistics()); },
          "A sentence for each level that falls short of its target (80 %, 50 %, 30 %).")
      .def(
          "warm_from_last_run",
          [](PythonCache& cache, std::size_t threads) {
            return without_gil(cache,
                               [&](cache::MultiLevelCache& levels) { return levels.warm_from_last_run(threads); });
          },
          nb::arg("threads"))
      .def("start_recording",
           [](PythonCache& cache) {
             cache.recorded.clear();
             cache.is_recording = true;
           })
      .def("stop_recording",
           [](PythonCache& cache) {
             cache.is_recording = false;
             nb::list keys;
             for (const std::string& key : std::exchange(cache.recorded, {})) {
               keys.append(
                   nb::steal(PyUnicode_DecodeUTF8(key.data(), static_cast<Py_ssize_t>(key.size()), "surrogatepass")));
             }
             return keys;
           })
      .def("close", &PythonCache::close,
           "Notes the most used keys for the next run and frees everything. Later calls are errors.");
}

}  // namespace

void bind_cache(nb::module_& module) {
  bind_cache_type(module);
  bind_cached_call(module);
}

}  // namespace peak::python
