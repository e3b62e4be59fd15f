#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <vector>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "metrics_dict.hpp"
#include "peak/market/periods.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {

namespace {

/// The names as Python texts, made once: making and hashing them anew took longer than the rest of the dictionary.
PyObject* name_object(Metric metric) {
  static const auto names = [] {
    std::array<PyObject*, kMetricCount> made{};
    for (const MetricInfo& info : metric_infos()) {
      made[static_cast<std::size_t>(info.metric)] = PyUnicode_InternFromString(info.name);
    }
    return made;
  }();
  return names[static_cast<std::size_t>(metric)];
}

}  // namespace

nb::dict values_dict(const Metrics& metrics) {
  nb::dict out;
  for (const MetricInfo& info : metric_infos()) {
    const nb::object value = metrics.defined(info.metric) ? nb::object(nb::float_(metrics[info.metric])) : nb::none();
    if (PyDict_SetItem(out.ptr(), name_object(info.metric), value.ptr()) != 0) throw nb::python_error();
  }
  return out;
}

nb::dict reasons_dict(const Metrics& metrics) {
  nb::dict out;
  for (const MetricInfo& info : metric_infos()) {
    if (const char* reason = metrics.reason(info.metric)) out[info.name] = reason;
  }
  return out;
}

namespace {

nb::list describe() {
  nb::list out;
  for (const MetricInfo& info : metric_infos()) {
    nb::dict entry;
    entry["name"] = info.name;
    entry["title"] = info.title;
    entry["unit"] = info.unit;
    entry["convention"] = info.convention;
    out.append(entry);
  }
  return out;
}

nb::tuple compute(nb::handle returns, nb::handle cash, nb::handle periods_per_year, nb::handle risk_free,
                  nb::handle benchmark) {
  const Column values = column_of("returns", returns).as_float64();
  Column reference;
  if (!benchmark.is_none()) {
    reference = column_of("benchmark", benchmark).as_float64();
    if (reference.size() != values.size()) {
      raise_value_error("benchmark has " + std::to_string(reference.size()) + " returns, but returns has " +
                        std::to_string(values.size()) + ": give one for each bar");
    }
  }
  const double start = number_of(cash, "cash");
  const double periods = number_of(periods_per_year, "periods_per_year");
  const double riskless = number_of(risk_free, "risk_free");
  if (!(start > 0)) raise_value_error("cash must be above 0");
  if (!(periods > 0))
    raise_value_error("periods_per_year must be above 0 (252 for daily bars of stocks, 365 for crypto)");
  const Metrics metrics = [&] {
    const nb::gil_scoped_release release;
    return compute_metrics_from_returns(values.float64s(), start, periods, riskless, reference.float64s());
  }();
  return nb::make_tuple(values_dict(metrics), reasons_dict(metrics));
}

}  // namespace

void bind_metrics(nb::module_& module) {
  module.def("metric_infos", &describe, nb::sig("def metric_infos() -> list[dict[str, str]]"),
             "Every metric: name, title, unit, convention.");
  module.def("metrics_of_returns", &compute, "returns"_a, "cash"_a, "periods_per_year"_a, "risk_free"_a,
             "benchmark"_a = nb::none(),
             nb::sig("def metrics_of_returns(returns: object, cash: float, periods_per_year: float, risk_free: float, "
                     "benchmark: object = None) -> tuple[dict[str, float | None], dict[str, str]]"),
             "Values and reasons of the metrics of a series of returns.");
  module.def(
      "periods_of_times",
      [](nb::handle times) {
        const Column column = column_of("time", times, true);
        if (column.type() != ColumnType::kTime) raise_type_error("times must be datetime64, not " + class_name(times));
        const PeriodsPerYear periods = periods_per_year(column.int64s());
        return nb::make_tuple(periods.value, periods.reason);
      },
      "times"_a, nb::sig("def periods_of_times(times: object) -> tuple[float, str]"),
      "Periods per year of these times by rule 10, and the branch of the rule.");
}

}  // namespace peak::python
