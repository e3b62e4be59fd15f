// The arguments of ctx.buy, ctx.sell and ctx.replace as the terms of an order.
#include <cmath>
#include <iterator>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "context_objects.hpp"
#include "errors.hpp"
#include "peak/base/suggest.hpp"

namespace peak::python {
namespace {

// Interned, so that a call's keywords are found by comparing pointers.
enum Term : int {
  kSize,
  kLimit,
  kStop,
  kStopLoss,
  kTakeProfit,
  kTag,
  kTrail,
  kTrailingStop,
  kTimeInForce,
  kGoodTill,
  kReduceOnly,
  kOco,
  kTerms
};
constexpr const char* kTermNames[kTerms] = {
    "size",  "limit",         "stop",          "sl",        "tp",          "tag",
    "trail", "trailing_stop", "time_in_force", "good_till", "reduce_only", "oco"};
PyObject* term_words[kTerms] = {};

Sizing size_of(nb::handle value) {
  if (PyFloat_Check(value.ptr()) || PyLong_CheckExact(value.ptr())) {
    const double amount = number_of(value, "size");
    return amount > 0 && amount < 1 ? Sizing::fraction(amount) : Sizing::units(amount);
  }
  if (nb::isinstance<Sizing>(value)) return *nb::inst_ptr<Sizing>(value);
  if (PyUnicode_Check(value.ptr())) return value_or_raise(parse_sizing(nb::cast<std::string>(value)));
  const double amount = number_of(value, "size");
  return amount > 0 && amount < 1 ? Sizing::fraction(amount) : Sizing::units(amount);
}

StopLevel level_of(nb::handle value, const char* name) {
  if (PyUnicode_Check(value.ptr())) return value_or_raise(parse_stop_level(nb::cast<std::string>(value)));
  return StopLevel::fraction(number_of(value, name));
}

/// A datetime, without a zone in UTC, or nanoseconds since 1970.
Nanoseconds time_of(nb::handle value) {
  if (PyLong_CheckExact(value.ptr())) return nb::cast<std::int64_t>(value);
  return nb::cast<std::int64_t>(nb::module_::import_("peaktrade._runner").attr("nanoseconds")(value));
}

/// A number of its own for each object, the same for texts that are equal; results show str(tag).
std::uint32_t number_of_tag(ContextObject* self, PyObject* tag) {
  const auto text = nb::cast<std::string>(nb::str(nb::handle(tag)));
  const std::uint32_t number = self->context->tag_of(text.empty() ? " " : text);
  if (static_cast<Py_ssize_t>(number) > PyList_GET_SIZE(self->tags) && PyList_Append(self->tags, tag) != 0) {
    throw nb::python_error();
  }
  return number;
}

void set_term(OrderTerms& terms, ContextObject* self, int term, PyObject* value) {
  if (value == Py_None) return;
  const char* name = kTermNames[term];
  switch (term) {
    case kSize: terms.size = size_of(value); return;
    case kLimit: terms.limit = number_of(value, name); return;
    case kStop: terms.stop = number_of(value, name); return;
    case kStopLoss: terms.stop_loss = number_of(value, name); return;
    case kTakeProfit: terms.take_profit = number_of(value, name); return;
    case kTag: terms.tag = number_of_tag(self, value); return;
    case kTrail: terms.trail = level_of(value, name); return;
    case kTrailingStop: terms.trailing_stop = level_of(value, name); return;
    case kTimeInForce:
      terms.time_in_force = value_or_raise(parse_time_in_force(optional_text(value, name).value()));
      return;
    case kGoodTill:
      terms.good_till = time_of(value);
      terms.time_in_force = TimeInForce::kGtd;
      return;
    case kReduceOnly: terms.reduce_only = optional_flag(value, name).value(); return;
    default: {
      const double group = number_of(value, name);
      if (!(group >= 1 && group <= 4e9) || group != std::floor(group)) {
        raise_value_error("oco is the number of a group, a whole number from 1 on");
      }
      terms.oco_group = static_cast<std::uint32_t>(group);
    }
  }
}

int term_named(PyObject* name, const char* function) {
  for (int term = 0; term < kTerms; ++term) {
    if (name == term_words[term]) return term;
  }
  for (int term = 0; term < kTerms; ++term) {
    if (PyUnicode_Compare(name, term_words[term]) == 0) return term;
  }
  const std::vector<std::string> names(std::begin(kTermNames), std::end(kTermNames));
  const std::string given = nb::cast<std::string>(nb::handle(name));
  raise_type_error(std::string(function) + "() has no argument '" + given + "'" + suggestion(given, names));
}

}  // namespace

void intern_term_names() {
  for (int term = 0; term < kTerms; ++term) term_words[term] = PyUnicode_InternFromString(kTermNames[term]);
}

OrderTerms terms_of(ContextObject* self, PyObject* const* arguments, Py_ssize_t count, PyObject* keywords,
                    const char* function) {
  OrderTerms terms;
  if (count > 1) raise_type_error(std::string(function) + "() takes one argument without a name, the size");
  if (count == 1) set_term(terms, self, kSize, arguments[0]);
  const Py_ssize_t named = keywords == nullptr ? 0 : PyTuple_GET_SIZE(keywords);
  for (Py_ssize_t i = 0; i < named; ++i) {
    const int term = term_named(PyTuple_GET_ITEM(keywords, i), function);
    if (term == kSize && count == 1) raise_type_error(std::string(function) + "() got the size twice");
    set_term(terms, self, term, arguments[count + i]);
  }
  if (terms.time_in_force == TimeInForce::kGtd && terms.good_till == 0) {
    raise_value_error(std::string(function) + "() with time_in_force 'gtd' needs good_till, the time of its end");
  }
  return terms;
}

}  // namespace peak::python
