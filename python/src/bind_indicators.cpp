#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cmath>
#include <vector>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "peak/base/suggest.hpp"
#include "peak/indicators/registry.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

using indicators::IndicatorInfo;

const IndicatorInfo& indicator_named(const std::string& name) {
  const IndicatorInfo* info = indicators::find(name);
  if (info == nullptr) {
    raise(not_found("there is no indicator '" + name + "'" + suggestion(name, indicators::names())));
  }
  return *info;
}

/// The arguments of a call by position: inputs, then parameters; empty handles where none was given.
std::vector<nb::handle> arranged(const IndicatorInfo& info, const nb::args& args, const nb::kwargs& kwargs) {
  std::vector<std::string> names(info.inputs.begin(), info.inputs.end());
  for (const auto& parameter : info.parameters) names.emplace_back(parameter.name);
  std::vector<nb::handle> arguments(names.size());
  if (args.size() > names.size()) {
    raise_type_error(std::string(info.name) + "() takes at most " + std::to_string(names.size()) + " arguments, not " +
                     std::to_string(args.size()));
  }
  for (std::size_t i = 0; i < args.size(); ++i) arguments[i] = args[i];
  for (const auto& [key, value] : kwargs) {
    const auto name = nb::cast<std::string>(key);
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end()) {
      raise_type_error(std::string(info.name) + "() has no argument '" + name + "'" + suggestion(name, names));
    }
    nb::handle& slot = arguments[static_cast<std::size_t>(at - names.begin())];
    if (slot.is_valid()) raise_type_error(std::string(info.name) + "() got argument '" + name + "' twice");
    slot = value;
  }
  return arguments;
}

double parameter_value(const IndicatorInfo& info, const indicators::ParameterInfo& parameter, nb::handle given) {
  if (!given.is_valid()) return parameter.default_value;
  const double value = number_of(given, parameter.name);
  const bool in_range = value >= parameter.low && value <= parameter.high;
  if (in_range && (!parameter.whole || value == std::floor(value))) return value;
  raise_value_error(std::string(info.name) + "(): " + parameter.name + " is " + nb::cast<std::string>(nb::repr(given)) +
                    ", but must be " + (parameter.whole ? "a whole number" : "a number") + " from " +
                    nb::cast<std::string>(nb::repr(nb::float_(parameter.low))) + " to " +
                    nb::cast<std::string>(nb::repr(nb::float_(parameter.high))));
}

nb::object compute(const std::string& name, const nb::args& args, const nb::kwargs& kwargs) {
  const IndicatorInfo& info = indicator_named(name);
  const std::vector<nb::handle> arguments = arranged(info, args, kwargs);
  std::vector<Column> inputs;
  std::vector<std::span<const double>> input_views;
  for (std::size_t i = 0; i < info.inputs.size(); ++i) {
    if (!arguments[i].is_valid()) {
      raise_type_error(std::string(info.name) + "() needs the array '" + info.inputs[i] + "'");
    }
    inputs.push_back(column_of(info.inputs[i], arguments[i]).as_float64());
    if (inputs.back().size() != inputs.front().size()) {
      raise_value_error(std::string(info.name) + "(): '" + inputs.front().name() + "' has " +
                        std::to_string(inputs.front().size()) + " values, '" + inputs.back().name() + "' has " +
                        std::to_string(inputs.back().size()));
    }
  }
  for (const Column& input : inputs) input_views.push_back(input.float64s());
  std::vector<double> parameters;
  for (std::size_t i = 0; i < info.parameters.size(); ++i) {
    parameters.push_back(parameter_value(info, info.parameters[i], arguments[info.inputs.size() + i]));
  }
  std::vector<Buffer<double>> outputs;  // not filled with zeros first: that takes as long as many an indicator
  for (std::size_t i = 0; i < info.outputs.size(); ++i) outputs.emplace_back(inputs.front().size());
  std::vector<std::span<double>> output_views(outputs.begin(), outputs.end());
  {
    const nb::gil_scoped_release release;
    info.compute({input_views, parameters, output_views});
  }
  if (outputs.size() == 1) return numpy_array(std::move(outputs.front()));
  nb::dict named;
  for (std::size_t i = 0; i < outputs.size(); ++i) named[info.outputs[i]] = numpy_array(std::move(outputs[i]));
  return named;
}

nb::dict describe(const std::string& name) {
  const IndicatorInfo& info = indicator_named(name);
  nb::list inputs, parameters, outputs;
  for (const char* input : info.inputs) inputs.append(input);
  for (const char* output : info.outputs) outputs.append(output);
  for (const auto& parameter : info.parameters) {
    nb::dict entry;
    entry["name"] = parameter.name;
    entry["default"] = parameter.default_value;
    entry["low"] = parameter.low;
    entry["high"] = parameter.high;
    entry["whole"] = parameter.whole;
    entry["description"] = parameter.description;
    parameters.append(entry);
  }
  nb::dict out;
  out["name"] = info.name;
  out["title"] = info.title;
  out["description"] = info.description;
  out["source"] = info.source;
  out["inputs"] = inputs;
  out["parameters"] = parameters;
  out["outputs"] = outputs;
  return out;
}

}  // namespace

void bind_indicators(nb::module_& module) {
  module.def("indicator_names", &indicators::names, "Every indicator, in alphabetical order.");
  module.def("indicator_info", &describe, "name"_a, nb::sig("def indicator_info(name: str) -> dict[str, typing.Any]"),
             "What the registry says about an indicator.");
  module.def("indicator", &compute, "name"_a, "args"_a, "kwargs"_a,
             nb::sig("def indicator(name: str, *args: typing.Any, **kwargs: typing.Any) -> typing.Any"),
             "Computes an indicator: inputs, then parameters; one array, or a dict of arrays.");
}

}  // namespace peak::python
