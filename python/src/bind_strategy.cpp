#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>

#include "arguments.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "expressions.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/strategy/file.hpp"
#include "strategies.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

using expression::Expression;

/// Whether a text names a file rather than a built-in strategy: how find_strategy tells them apart.
bool names_file(const std::string& text) { return text.ends_with(".toml") || text.find('/') != std::string::npos; }

/// Expressions as they are, texts in the expression language with parameters and earlier lines in scope.
class LineReader {
 public:
  void add_name(const std::string& name, Expression value) { scope_.names.emplace_back(name, std::move(value)); }
  Expression read(nb::handle value, const std::string& place) const {
    if (is_expression(value)) return *nb::inst_ptr<Expression>(value);
    if (PyUnicode_Check(value.ptr())) {
      auto parsed = expression::parse(nb::cast<std::string>(value), scope_);
      if (!parsed.ok()) raise(parsed.error().within(place));
      return *std::move(parsed);
    }
    raise_type_error(place + " must be an expression or its text, not " + class_name(value));
  }

 private:
  expression::Scope scope_;
};

void add_parameter(StrategyDefinition& definition, const std::string& name, double value) {
  for (const StrategyParameter& known : definition.parameters) {
    if (known.name == name) return;
  }
  StrategyParameter parameter;
  parameter.name = name;
  parameter.value = value;
  definition.parameters.push_back(std::move(parameter));
}

/// Parameters that appear in an expression but were not listed take the default that they were written with.
void collect_parameters(StrategyDefinition& definition) {
  for (const auto* signal : {&definition.entry, &definition.exit, &definition.short_entry, &definition.short_exit}) {
    if (!signal->has_value()) continue;
    for (const auto& [name, value] : expression::parameters_of(**signal)) add_parameter(definition, name, value);
  }
}

void construct(StrategyDefinition* self, std::string name, nb::handle entry, nb::handle exit, nb::handle short_entry,
               nb::handle short_exit, nb::handle params, nb::handle lines, std::string description) {
  StrategyDefinition definition;
  definition.name = std::move(name);
  definition.description = std::move(description);
  LineReader reader;
  if (!params.is_none()) {
    for (const nb::handle pair : params.attr("items")()) {
      const auto parameter = nb::cast<std::string>(nb::str(pair[0]));
      const double value = number_of(pair[1], ("parameter '" + parameter + "'").c_str());
      add_parameter(definition, parameter, value);
      reader.add_name(parameter, expression::parameter(parameter, value));
    }
  }
  if (!lines.is_none()) {
    for (const nb::handle pair : lines.attr("items")()) {
      const auto line = nb::cast<std::string>(nb::str(pair[0]));
      definition.lines.emplace_back(line, reader.read(pair[1], "line '" + line + "'"));
      reader.add_name(line, definition.lines.back().second);
    }
  }
  const auto read = [&](nb::handle value, const char* place) -> std::optional<Expression> {
    if (value.is_none()) return std::nullopt;
    return reader.read(value, place);
  };
  definition.entry = read(entry, "entry");
  definition.exit = read(exit, "exit");
  definition.short_entry = read(short_entry, "short_entry");
  definition.short_exit = read(short_exit, "short_exit");
  collect_parameters(definition);
  check(definition.validate());
  new (self) StrategyDefinition(std::move(definition));
}

nb::object signal(const std::optional<Expression>& value) { return value ? nb::cast(*value) : nb::none(); }

nb::dict parameters(const StrategyDefinition& self) {
  nb::dict out;
  for (const StrategyParameter& parameter : self.parameters) out[parameter.name.c_str()] = parameter.value;
  return out;
}

nb::object number_or_none(const std::optional<double>& value) {
  return value ? nb::cast(*value) : nb::object(nb::none());
}

nb::list parameter_info(const StrategyDefinition& self) {
  nb::list out;
  for (const StrategyParameter& parameter : self.parameters) {
    nb::dict entry;
    entry["name"] = parameter.name;
    entry["default"] = parameter.value;
    entry["low"] = number_or_none(parameter.low);
    entry["high"] = number_or_none(parameter.high);
    entry["step"] = number_or_none(parameter.step);
    entry["description"] = parameter.description;
    out.append(entry);
  }
  return out;
}

}  // namespace

StrategyDefinition strategy_of(nb::handle value) {
  if (nb::isinstance<StrategyDefinition>(value)) return *nb::inst_ptr<StrategyDefinition>(value);
  if (is_path(value)) {
    const std::string text = path_of(value);
    const bool file = names_file(text) || !PyUnicode_Check(value.ptr());
    return value_or_raise(file ? load_strategy(text) : find_strategy(text), file ? Sought::kFile : Sought::kName);
  }
  raise_type_error(
      "strategy must be a built-in name, the path of a strategy file (.toml), a peaktrade.Strategy, or "
      "peaktrade.Signals, not " +
      class_name(value) + (is_expression(value) ? "; make one with peaktrade.Strategy(entry=..., exit=...)" : ""));
}

void bind_strategy(nb::module_& module) {
  nb::class_<StrategyDefinition>(module, "Strategy", "Signals made of expressions, with their parameters.")
      .def("__init__", &construct, nb::kw_only(), "name"_a = "strategy", "entry"_a = nb::none(), "exit"_a = nb::none(),
           "short_entry"_a = nb::none(), "short_exit"_a = nb::none(), "params"_a = nb::none(), "lines"_a = nb::none(),
           "description"_a = "",
           nb::sig(
               "def __init__(self, *, name: str = 'strategy', entry: Expression | str | None = None, "
               "exit: Expression | str | None = None, short_entry: Expression | str | None = None, "
               "short_exit: Expression | str | None = None, "
               "params: collections.abc.Mapping[str, float] | None = None, "
               "lines: collections.abc.Mapping[str, Expression | str] | None = None, description: str = '') -> None"),
           "Signals are expressions, or texts in the expression language that may name `params` and `lines`.")
      .def_static(
          "from_toml", [](const std::string& text) { return value_or_raise(parse_strategy(text, "<text>")); }, "text"_a,
          "Reads the text of a strategy file.")
      .def(
          "to_toml", [](const StrategyDefinition& self) { return to_toml(self); }, "The text of its strategy file.")
      .def("__repr__", [](const StrategyDefinition& self) { return "Strategy('" + self.name + "')"; })
      .def_prop_ro("name", [](const StrategyDefinition& self) { return self.name; })
      .def_prop_ro("description", [](const StrategyDefinition& self) { return self.description; })
      .def_prop_ro("parameters", &parameters, nb::sig("def parameters(self) -> dict[str, float]"),
                   "Parameters with their defaults.")
      .def_prop_ro("parameter_info", &parameter_info,
                   nb::sig("def parameter_info(self) -> list[dict[str, typing.Any]]"),
                   "One dict to a parameter: name, default, low, high, step, description; None where nothing is said.")
      .def_prop_ro(
          "entry", [](const StrategyDefinition& self) { return signal(self.entry); },
          nb::sig("def entry(self) -> Expression | None"))
      .def_prop_ro(
          "exit", [](const StrategyDefinition& self) { return signal(self.exit); },
          nb::sig("def exit(self) -> Expression | None"))
      .def_prop_ro(
          "short_entry", [](const StrategyDefinition& self) { return signal(self.short_entry); },
          nb::sig("def short_entry(self) -> Expression | None"))
      .def_prop_ro(
          "short_exit", [](const StrategyDefinition& self) { return signal(self.short_exit); },
          nb::sig("def short_exit(self) -> Expression | None"))
      .def_prop_ro(
          "weight", [](const StrategyDefinition& self) { return signal(self.weight); },
          nb::sig("def weight(self) -> Expression | None"), "Of an allocation: the target weight of each symbol.")
      .def_prop_ro(
          "is_allocation", [](const StrategyDefinition& self) { return self.weight.has_value(); },
          "Whether it gives target weights over many symbols instead of entries and exits.")
      .def_prop_ro(
          "fingerprint", [](const StrategyDefinition& self) { return self.fingerprint().hex(); },
          "Hash of what it does, whatever it is called.");

  module.def("strategy_names", &builtin_strategy_names, "The built-in strategies.");
  module.def(
      "find_strategy", [](nb::handle name) { return strategy_of(name); }, "name_or_path"_a,
      nb::sig("def find_strategy(name_or_path: str | os.PathLike[str]) -> Strategy"),
      "A built-in strategy by name, or the one in a strategy file.");
}

}  // namespace peak::python
