#include "cached_call.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <structmember.h>

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "argument_key.hpp"
#include "cache_object.hpp"
#include "errors.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

constexpr std::size_t kMostParameters = 16;

/// What a CachedCall knows; made once by cached().
struct CallState {
  nb::object function;
  nb::object prepare;  ///< () -> (cache or None, prefix, memory only): at the first call, and when the cache was closed
  nb::object bind;     ///< (args, kwargs) -> the values in the order of parameters, or None when plain binding does
  nb::object names;    ///< tuple of the parameters' names
  nb::object defaults;  ///< tuple beside it; an entry that is `missing` has none
  nb::object missing;
  std::size_t positional = 0;  ///< how many may be given by place
  nb::object cache_owner;      ///< the CacheBase that keeps `cache`
  PythonCache* cache = nullptr;
  std::string prefix;
  cache::SetOptions options;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
};

struct CachedCall {
  PyObject_HEAD vectorcallfunc call;
  PyObject* dict;
  PyObject* weak_references;
  CallState* state;
};

CallState& state_of(PyObject* self) { return *reinterpret_cast<CachedCall*>(self)->state; }

void prepare(CallState& state) {
  const nb::object made = state.prepare();
  state.cache_owner = made[0];
  state.cache = state.cache_owner.is_none() ? nullptr : nb::inst_ptr<PythonCache>(state.cache_owner);
  state.prefix = nb::cast<std::string>(made[1]);
  state.options.memory_only = nb::cast<bool>(made[2]);
}

using Arguments = std::array<PyObject*, kMostParameters>;

/// Sorts the arguments of a call by parameter; false when they do not fit, which the function itself will complain
/// about.
bool sort_arguments(const CallState& state, PyObject* const* arguments, std::size_t count, PyObject* names,
                    Arguments& sorted) {
  const auto parameters = static_cast<std::size_t>(PyTuple_GET_SIZE(state.names.ptr()));
  if (count > state.positional) return false;
  for (std::size_t i = 0; i < parameters; ++i) {
    sorted[i] = i < count ? arguments[i] : PyTuple_GET_ITEM(state.defaults.ptr(), static_cast<Py_ssize_t>(i));
  }
  const Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
  for (Py_ssize_t k = 0; k < named; ++k) {
    PyObject* name = PyTuple_GET_ITEM(names, k);
    std::size_t at = count;
    while (at < parameters &&
           PyUnicode_Compare(PyTuple_GET_ITEM(state.names.ptr(), static_cast<Py_ssize_t>(at)), name) != 0) {
      ++at;
    }
    if (at == parameters) return false;
    sorted[at] = arguments[count + static_cast<std::size_t>(k)];
  }
  for (std::size_t i = 0; i < parameters; ++i) {
    if (sorted[i] == state.missing.ptr()) return false;
  }
  return true;
}

/// As *args and **kwargs.
std::pair<nb::tuple, nb::dict> packed_arguments(PyObject* const* arguments, std::size_t count, PyObject* names) {
  nb::list positional;
  for (std::size_t i = 0; i < count; ++i) positional.append(nb::handle(arguments[i]));
  nb::dict named;
  for (Py_ssize_t k = 0; names != nullptr && k < PyTuple_GET_SIZE(names); ++k) {
    named[nb::handle(PyTuple_GET_ITEM(names, k))] = nb::handle(arguments[count + static_cast<std::size_t>(k)]);
  }
  return {nb::tuple(positional), named};
}

/// Adds the arguments in the order of parameters; false when they do not fit.
bool add_arguments(const CallState& state, PyObject* const* arguments, std::size_t count, PyObject* names,
                   ArgumentKey& key) {
  if (state.bind.is_none()) {
    Arguments sorted;
    if (!sort_arguments(state, arguments, count, names, sorted)) return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(state.names.ptr()); ++i) key.add(sorted[static_cast<std::size_t>(i)]);
    return true;
  }
  const auto [positional, named] = packed_arguments(arguments, count, names);
  const nb::object bound = state.bind(positional, named);
  if (bound.is_none()) return false;
  for (const nb::handle value : bound) key.add(value.ptr());
  return true;
}

std::string key_text(const CallState& state, const Hash128& hash) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(state.prefix.size() + 32);
  text = state.prefix;
  for (const std::uint64_t half : {hash.high, hash.low}) {
    for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(half >> static_cast<unsigned>(shift)) & 15U];
  }
  return text;
}

/// The call with its arguments kept, for a function that runs when the caller is long gone.
std::function<nb::object()> kept_call(const CallState& state, PyObject* const* arguments, std::size_t count,
                                      PyObject* names) {
  auto [positional, named] = packed_arguments(arguments, count, names);
  return [function = state.function, positional = std::move(positional), named = std::move(named)] {
    nb::object result = nb::steal(PyObject_Call(function.ptr(), positional.ptr(), named.ptr()));
    if (!result.is_valid()) throw nb::python_error();
    return result;
  };
}

nb::object cached_result(PyObject* self, PyObject* const* arguments, std::size_t count, PyObject* names) {
  CallState& state = state_of(self);
  if (state.cache == nullptr || state.cache->memory() == nullptr) prepare(state);
  const auto call = [&] {
    nb::object result = nb::steal(PyObject_Vectorcall(state.function.ptr(), arguments, count, names));
    if (!result.is_valid()) throw nb::python_error();
    return result;
  };
  ArgumentKey arguments_key;
  if (state.cache == nullptr || !add_arguments(state, arguments, count, names, arguments_key)) return call();
  const std::string key = key_text(state, arguments_key.hash());
  if (state.cache->is_recording) state.cache->recorded.push_back(key);
  const std::uint64_t hash = python_key_hash(key);
  nb::object found = nb::steal(get_from_memory(*state.cache, key, hash, false));
  if (found.is_valid()) {
    ++state.hits;
    return found;
  }
  bool computed = false;
  const nb::object owner = state.cache_owner;  // the function may close the cache
  std::function<nb::object()> compute = [&] {
    computed = true;
    return call();
  };
  if (state.options.stale_for > 0 || state.cache->refreshes) compute = kept_call(state, arguments, count, names);
  nb::object result = state.cache->get_or_compute({key, hash, {}}, compute, state.options);
  ++(computed ? state.misses : state.hits);
  return result;
}

PyObject* call_cached(PyObject* self, PyObject* const* arguments, std::size_t count_and_flag, PyObject* names) {
  try {
    return cached_result(self, arguments, static_cast<std::size_t>(PyVectorcall_NARGS(count_and_flag)), names)
        .release()
        .ptr();
  } catch (nb::python_error& error) {
    error.restore();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return nullptr;
}

// ---- the type
// ----------------------------------------------------------------------------------------------------------

PyObject* bind_to_instance(PyObject* self, PyObject* instance, PyObject*) {
  if (instance == nullptr || instance == Py_None) return Py_NewRef(self);
  return PyMethod_New(self, instance);
}

int visit_members(PyObject* self, visitproc visit, void* arg) {
  auto* own = reinterpret_cast<CachedCall*>(self);
  Py_VISIT(own->dict);
  if (own->state != nullptr) {
    Py_VISIT(own->state->function.ptr());
    Py_VISIT(own->state->prepare.ptr());
    Py_VISIT(own->state->bind.ptr());
    Py_VISIT(own->state->defaults.ptr());
  }
  Py_VISIT(Py_TYPE(self));
  return 0;
}

int clear_members(PyObject* self) {
  auto* own = reinterpret_cast<CachedCall*>(self);
  Py_CLEAR(own->dict);
  delete std::exchange(own->state, nullptr);
  return 0;
}

void free_call(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  if (reinterpret_cast<CachedCall*>(self)->weak_references != nullptr) PyObject_ClearWeakRefs(self);
  clear_members(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyTypeObject* call_type() {
  static PyMemberDef members[] = {
      {"__vectorcalloffset__", T_PYSSIZET, offsetof(CachedCall, call), READONLY, nullptr},
      {"__dictoffset__", T_PYSSIZET, offsetof(CachedCall, dict), READONLY, nullptr},
      {"__weaklistoffset__", T_PYSSIZET, offsetof(CachedCall, weak_references), READONLY, nullptr},
      {nullptr, 0, 0, 0, nullptr}};
  static PyGetSetDef attributes[] = {{"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
                                     {nullptr, nullptr, nullptr, nullptr, nullptr}};
  static PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(free_call)},
                                {Py_tp_traverse, reinterpret_cast<void*>(visit_members)},
                                {Py_tp_clear, reinterpret_cast<void*>(clear_members)},
                                {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                                {Py_tp_descr_get, reinterpret_cast<void*>(bind_to_instance)},
                                {Py_tp_members, members},
                                {Py_tp_getset, attributes},
                                {0, nullptr}};
  static PyType_Spec spec = {"peaktrade._native.CachedCall", sizeof(CachedCall), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
                                 Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                             slots};
  static PyObject* type = PyType_FromSpec(&spec);
  if (type == nullptr) throw nb::python_error();
  return reinterpret_cast<PyTypeObject*>(type);
}

nb::object make_call(nb::object function, nb::dict options) {
  auto state = std::make_unique<CallState>();
  state->function = std::move(function);
  state->prepare = options["prepare"];
  state->bind = options["bind"];
  state->names = options["names"];
  state->defaults = options["defaults"];
  state->missing = options["missing"];
  state->positional = nb::cast<std::size_t>(options["positional"]);
  state->options.ttl = lifetime_of(options["ttl"]);
  state->options.tags = nb::cast<std::vector<std::string>>(options["tags"]);
  state->options.stale_for = lifetime_of(options["stale_for"], "stale_for");
  PyTypeObject* type = call_type();
  nb::object made = nb::steal(type->tp_alloc(type, 0));
  if (!made.is_valid()) throw nb::python_error();
  auto* own = reinterpret_cast<CachedCall*>(made.ptr());
  own->call = call_cached;
  own->state = state.release();
  return made;
}

nb::object key_of_call(nb::handle call, nb::tuple args, nb::dict kwargs) {
  CallState& state = state_of(call.ptr());
  if (state.prefix.empty() || (state.cache != nullptr && state.cache->memory() == nullptr)) prepare(state);
  std::vector<PyObject*> arguments;
  for (const nb::handle value : args) arguments.push_back(value.ptr());
  nb::list names;
  for (const auto& [name, value] : kwargs) {
    names.append(name);
    arguments.push_back(value.ptr());
  }
  ArgumentKey key;
  if (!add_arguments(state, arguments.data(), args.size(), nb::tuple(names).ptr(), key)) return nb::none();
  return nb::cast(key_text(state, key.hash()));
}

}  // namespace

void bind_cached_call(nb::module_& module) {
  module.def("cached_call", make_call, nb::arg("function"), nb::arg("options"), "The function with a cache before it.");
  module.def("cached_call_key", key_of_call, nb::arg("call"), nb::arg("args"), nb::arg("kwargs"),
             "The key of a call, or None when the arguments do not fit the function.");
  module.def(
      "cached_call_counts",
      [](nb::handle call) {
        const CallState& state = state_of(call.ptr());
        return nb::make_tuple(state.hits, state.misses);
      },
      nb::arg("call"), "Hits and misses of a cached function.");
}

}  // namespace peak::python
