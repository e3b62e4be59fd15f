// peaktrade._native: measurements. Python takes the samples, C++ makes of them what is shown and compared.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bindings.hpp"
#include "errors.hpp"
#include "peak/benchmark/measurement.hpp"

namespace peak::python {

namespace nb = nanobind;
using namespace nb::literals;
using benchmark::Change;
using benchmark::Measurement;

void bind_benchmark(nb::module_& module) {
  nb::class_<Measurement>(module, "Measurement", "What was measured; seconds and bytes.")
      .def_ro("name", &Measurement::name)
      .def_ro("iterations", &Measurement::iterations, "Samples taken.")
      .def_ro("loops", &Measurement::loops, "Calls within a sample.")
      .def_ro("mean", &Measurement::mean)
      .def_ro("median", &Measurement::median)
      .def_ro("median_low", &Measurement::median_low, "The median lies above with 97.5 % confidence.")
      .def_ro("median_high", &Measurement::median_high, "The median lies below with 97.5 % confidence.")
      .def_ro("std", &Measurement::deviation)
      .def_ro("min", &Measurement::minimum)
      .def_ro("max", &Measurement::maximum)
      .def_rw("memory_peak", &Measurement::memory_peak, "Bytes that Python allocated at most, or None.")
      .def_rw("native_memory_peak", &Measurement::native_memory_peak, "Bytes by which the process grew, or None.")
      .def("__str__", &benchmark::to_text)
      .def("__repr__", &benchmark::to_text);
  nb::class_<Change>(module, "MeasurementChange", "One measurement against an earlier one.")
      .def_ro("ratio", &Change::ratio, "Of the medians: 2 is twice as slow.")
      .def_ro("low", &Change::low)
      .def_ro("high", &Change::high)
      .def_prop_ro("verdict", [](const Change& self) { return benchmark::verdict_name(self.verdict); })
      .def("__repr__", [](const Change& self) {
        return std::string(benchmark::verdict_name(self.verdict)) + ": " + std::to_string(self.ratio) + " (" +
               std::to_string(self.low) + " to " + std::to_string(self.high) + ")";
      });
  module.def(
      "summarize_samples",
      [](const std::string& name, const std::vector<double>& samples, std::size_t loops) {
        return value_or_raise(benchmark::summarize(name, samples, loops));
      },
      "name"_a, "samples"_a, "loops"_a, "Seconds of each sample as a Measurement.");
  module.def("loops_for", &benchmark::loops_for, "seconds"_a, "shortest_sample"_a, "Calls that make a sample.");
  module.def("compare_measurements", &benchmark::compare, "now"_a, "before"_a, "tolerance"_a,
             "Slower or faster only if the intervals do not touch and the medians differ by more than the tolerance.");
  module.def(
      "measurements_to_json", [](const std::vector<Measurement>& all) { return benchmark::to_json(all); },
      "measurements"_a);
  module.def(
      "measurements_from_json", [](const std::string& text) { return value_or_raise(benchmark::from_json(text)); },
      "text"_a);
  module.def("format_seconds", &benchmark::format_seconds, "seconds"_a);
}

}  // namespace peak::python
