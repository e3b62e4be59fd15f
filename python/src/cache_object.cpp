#include "cache_object.hpp"

#include <nanobind/stl/string.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <stdexcept>
#include <utility>

#include "arguments.hpp"
#include "date_types.hpp"
#include "errors.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

/// Exceptions of functions that computed a value, for those who waited for it: levels carry errors as text only. The
/// newest are kept; guarded by the GIL.
class Failures {
 public:
  std::string add(nb::object exception) {
    std::string words = nb::cast<std::string>(nb::repr(exception));
    kept_.emplace_back(++last_, std::move(exception));
    if (kept_.size() > kMost) kept_.pop_front();
    return words.append(kMark) + std::to_string(last_);
  }
  /// The error in words, when the exception is not kept any more.
  static Error told(Error error) {
    error.message.resize(std::min(error.message.size(), error.message.rfind(kMark)));
    return error;
  }
  [[nodiscard]] nb::object find(const std::string& message) const {
    const std::size_t at = message.rfind(kMark);
    if (at == std::string::npos) return {};
    const std::string number = message.substr(at + kMark.size());
    for (const auto& [id, exception] : kept_) {
      if (std::to_string(id) == number) return exception;
    }
    return {};
  }

 private:
  static constexpr std::size_t kMost = 64;
  static constexpr std::string_view kMark = "; exception of the function, number ";
  std::deque<std::pair<std::uint64_t, nb::object>> kept_;
  std::uint64_t last_ = 0;
};

/// A copy without the traceback, whose frames would live as long as it is kept.
nb::object without_frames(const nb::object& exception) {
  return nb::module_::import_("peaktrade.core.cache._log").attr("without_frames")(exception);
}

Failures& failures() {
  static Failures& all = *new Failures();
  return all;
}

}  // namespace

std::uint64_t python_key_hash(std::string_view key) noexcept {
#if PY_VERSION_HEX >= 0x030E0000
  return static_cast<std::uint64_t>(Py_HashBuffer(key.data(), static_cast<Py_ssize_t>(key.size())));
#else
  return static_cast<std::uint64_t>(_Py_HashBytes(key.data(), static_cast<Py_ssize_t>(key.size())));
#endif
}

CacheKey cache_key_of(nb::handle key) {
  if (!PyUnicode_Check(key.ptr())) raise_type_error("a key must be a str, not '" + class_name(key) + "'");
  Py_ssize_t size = 0;
  const char* data = PyUnicode_AsUTF8AndSize(key.ptr(), &size);
  CacheKey found;
  if (data != nullptr) {
    found.text = {data, static_cast<std::size_t>(size)};
  } else {
    PyErr_Clear();  // lone surrogates
    found.owner = nb::steal(PyUnicode_AsEncodedString(key.ptr(), "utf-8", "surrogatepass"));
    if (!found.owner.is_valid()) throw nb::python_error();
    found.text = {PyBytes_AS_STRING(found.owner.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(found.owner.ptr()))};
  }
  found.hash = python_key_hash(found.text);
  return found;
}

Nanoseconds lifetime_of(nb::handle ttl, const char* name) {
  if (ttl.is_none()) return cache::kDefaultLifetime;
  const bool is_delta = nb::hasattr(ttl, "total_seconds");
  const double seconds = is_delta ? nb::cast<double>(ttl.attr("total_seconds")()) : number_of(ttl, name);
  if (std::isnan(seconds))
    raise_value_error(std::string(name) + " is not a number of seconds; give seconds, a timedelta, None or math.inf");
  constexpr double kMost = 9.0e18;
  const double nanoseconds = seconds * 1e9;
  if (nanoseconds >= kMost) return cache::kForever;
  return nanoseconds <= 0 ? 0 : static_cast<Nanoseconds>(nanoseconds);
}

namespace {

/// A Python object that may be let go of where the GIL is not held.
using SharedObject = std::shared_ptr<const nb::object>;

SharedObject shared_object(nb::object object) {
  return SharedObject(new nb::object(std::move(object)), [](const nb::object* dead) {
    if (!nb::is_alive()) return;
    const nb::gil_scoped_acquire guard;
    delete dead;
  });
}

/// How many functions the calling thread computes with at present, and listeners it is in. While there is one, the
/// thread is inside of a cache, which it cannot free.
thread_local int within_caches = 0;

class WithinCache {
 public:
  WithinCache() noexcept { ++within_caches; }
  ~WithinCache() { --within_caches; }
  WithinCache(const WithinCache&) = delete;
  WithinCache& operator=(const WithinCache&) = delete;
};

}  // namespace

cache::RemovalListener PythonCache::removal_listener(nb::object function) {
  return [this, function = shared_object(std::move(function)), context = shared_object(context_)](
             std::string_view key, const cache::Object& object, cache::Removal why) {
    if (!nb::is_alive()) return;
    const nb::gil_scoped_acquire guard;
    const WithinCache within;
    const Use in_use(*this);
    try {
      (*function)(text_of_key(key), as_cached(object.get()).make(*context), cache::removal_name(why));
    } catch (nb::python_error& error) {
      nb::module_::import_("peaktrade.core.cache._log")
          .attr("failed_listener")(text_of_key(key), nb::borrow(error.value()));
      throw std::runtime_error("on_removal failed");  // which L1 counts
    }
  };
}

nb::object text_of_key(std::string_view key) {
  return nb::steal(PyUnicode_DecodeUTF8(key.data(), static_cast<Py_ssize_t>(key.size()), "surrogatepass"));
}

PythonCache::PythonCache(cache::CacheOptions options, nb::object context, nb::object on_removal)
    : context_(std::move(context)), remembers_absence_(options.negative_ttl > 0) {
  options.memory.hash = &python_key_hash;
  options.codec = python_codec();
  refreshes = options.refresh_ahead > 0 || options.stale_for > 0;
  options.stop = [] {
    if (!nb::is_alive()) return true;
    const nb::gil_scoped_acquire guard;
    return PyErr_Occurred() != nullptr || PyErr_CheckSignals() != 0;
  };
  cache::RemovalListener listener;
  if (!on_removal.is_none()) listener = removal_listener(std::move(on_removal));
  const nb::gil_scoped_release release;
  levels_ = std::make_unique<cache::MultiLevelCache>(std::move(options));
  if (listener) levels_->memory().set_removal_listener(std::move(listener));
  memory_ = &levels_->memory();
  has_levels_below = levels_->remote() != nullptr || levels_->disk() != nullptr;
}

PythonCache::~PythonCache() {
  for (KnownCache& known : known_caches) {
    if (known.cache == this) known = {};
  }
  close();
  free_closed();
}

std::array<KnownCache, 8> known_caches{};

PythonCache* python_cache_of_slowly(PyObject* self) noexcept {
  if (!nb::inst_ready(self)) {
    PyErr_Format(PyExc_RuntimeError, "%s.__init__() did not call MultiLevelCache.__init__()", Py_TYPE(self)->tp_name);
    return nullptr;
  }
  known_cache(self) = {self, nb::inst_ptr<PythonCache>(self)};
  return known_cache(self).cache;
}

void PythonCache::close() {
  memory_ = nullptr;
  if (levels_ == nullptr) return;
  closed_ = std::move(levels_);
  if (users_ == 0) free_closed();
}

void PythonCache::leave() noexcept {
  if (--users_ == 0 && closed_ != nullptr && within_caches == 0) free_closed();
}

void PythonCache::free_closed() noexcept {
  if (closed_ == nullptr) return;
  std::unique_ptr<cache::MultiLevelCache> dead = std::move(closed_);
  // Its threads may be waiting for the GIL.
  const nb::gil_scoped_release release;
  dead.reset();
}

PythonCache::Use PythonCache::levels() {
  if (levels_ == nullptr) raise_value_error("the cache is closed");
  return Use(*this);
}

nb::object PythonCache::object_of(std::string_view key, const cache::Object& found) {
  try {
    return as_cached(found.get()).make(context_);
  } catch (nb::python_error& error) {
    // What another version or program stored is a miss; an interruption is not.
    if (!error.matches(PyExc_Exception)) throw;
    if (levels_ != nullptr) levels()->memory().erase(key, python_key_hash(key));
    nb::module_::import_("peaktrade.core.cache._log")
        .attr("unreadable")(nb::str(key.data(), key.size()), error.value());
    return {};
  }
}

nb::object PythonCache::get_below(std::string_view key) {
  if (!has_levels_below) return {};
  cache::Object found;
  const Use own = levels();
  {
    const nb::gil_scoped_release release;
    found = own->get_below_memory(key);
  }
  return found == nullptr ? nb::object() : object_of(key, found);
}

/// Runs the function and makes its result a cached object; those who wait find a failure in failures(). Takes the GIL.
Result<cache::Object> PythonCache::computed(const std::function<nb::object()>& function, nb::object* made,
                                            nb::object* failure) const {
  const nb::gil_scoped_acquire guard;
  const WithinCache within;
  try {
    const nb::object result = function();
    if (made != nullptr) *made = result;
    return cached_object_of(result, context_);
  } catch (nb::python_error& error) {
    const nb::object raised = nb::borrow(error.value());
    if (failure != nullptr) *failure = raised;
    const bool is_absence =
        remembers_absence_ && (error.matches(PyExc_LookupError) || error.matches(PyExc_FileNotFoundError));
    return Error{is_absence ? ErrorCode::kNotFound : ErrorCode::kInternal, failures().add(without_frames(raised))};
  }
}

nb::object PythonCache::get_or_compute(const CacheKey& key, const std::function<nb::object()>& function,
                                       const cache::SetOptions& options) {
  const Use own = levels();
  nb::object made;
  nb::object failure;
  cache::Compute compute = [&] { return computed(function, &made, &failure); };
  if (refreshes || options.stale_for > 0) {
    // It may run again, on another thread, when this call is long over.
    const std::shared_ptr<const std::function<nb::object()>> kept(new std::function<nb::object()>(function),
                                                                  [](const std::function<nb::object()>* dead) {
                                                                    const nb::gil_scoped_acquire guard;
                                                                    delete dead;
                                                                  });
    compute = [this, kept] { return computed(*kept, nullptr, nullptr); };
  }
  Result<cache::Object> result = internal_error("");
  {
    const nb::gil_scoped_release release;
    result = own->get_or_compute(key.text, compute, options);
    compute = nullptr;
  }
  if (PyErr_Occurred() != nullptr) throw nb::python_error();  // Ctrl-C while waiting
  if (!result.ok()) {
    if (!failure.is_valid()) {
      const nb::object kept = failures().find(result.error().message);
      if (!kept.is_valid()) raise(Failures::told(result.error()));
      failure = without_frames(kept);  // one for each who waited: raising it hangs this thread's frames on it
    }
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(failure.ptr())), failure.ptr());
    throw nb::python_error();
  }
  if (made.is_valid()) return made;
  nb::object object = object_of(key.text, result.value());
  return object.is_valid() ? object : function();
}

PyObject* get_from_memory(PythonCache& cache, std::string_view key, std::uint64_t hash, bool counts_miss) {
  PyObject* object = nullptr;
  const bool hit = cache.memory()->visit(
      key, hash,
      [&](const void* found) {
        object = as_cached(found).immutable();
        Py_XINCREF(object);
      },
      counts_miss);
  if (!hit || object != nullptr) return object;
  // Not handed out as it is: made anew, outside of the visit, which must be short.
  const cache::MemoryCache::Found found = cache.memory()->peek(key, hash);
  if (!found) return nullptr;
  return cache.object_of(key, found.object).release().ptr();
}

}  // namespace peak::python
