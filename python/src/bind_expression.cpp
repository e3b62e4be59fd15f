#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <vector>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bars.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "expressions.hpp"
#include "peak/expression/functions.hpp"
#include "peak/expression/program.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {

using expression::Expression;

Expression checked(Expression value) {
  if (!value.ok()) raise(value.status().error());
  return value;
}

bool is_expression(nb::handle value) { return nb::isinstance<Expression>(value); }

Expression expression_of(nb::handle value) {
  if (is_expression(value)) return *nb::inst_ptr<Expression>(value);
  if (is_number(value)) return Expression(number_of(value, "a number in an expression"));
  if (PyUnicode_Check(value.ptr())) return expression::text(nb::cast<std::string>(value));
  raise_type_error("an expression is made of numbers and other expressions, not of " + class_name(value) +
                   (nb::hasattr(value, "__len__")
                        ? "; columns of the data are peaktrade.close, peaktrade.column('name'), and "
                          "arrays of signals go into peaktrade.Signals"
                        : ""));
}

namespace {

using Class = nb::class_<Expression>;
using Operand = const Expression&;
using Binary = Expression (*)(Operand, Operand);

/// NotImplemented, so that Python asks the other operand and then reports it; but arrays are told what to use instead.
nb::object not_implemented(nb::handle other) {
  if (nb::hasattr(other, "__array__")) static_cast<void>(expression_of(other));
  return nb::borrow(Py_NotImplemented);
}

/// An operator with its name between the underscores.
void def_operator(Class& type, const std::string& name, Binary apply) {
  const std::string method = "__" + name + "__";
  const std::string signature = "def " + method + "(self, other: Expression | float) -> Expression";
  type.def(
      method.c_str(),
      [apply](Operand self, nb::handle other) {
        if (!is_expression(other) && !is_number(other)) return not_implemented(other);
        return nb::cast(checked(apply(self, expression_of(other))));
      },
      nb::is_operator(), "other"_a, nb::sig(signature.c_str()));
}

/// The operator with the expression on its right.
void def_reflected(Class& type, const std::string& name, Binary apply) {
  const std::string method = "__r" + name + "__";
  const std::string signature = "def " + method + "(self, other: Expression | float) -> Expression";
  type.def(
      method.c_str(),
      [apply](Operand self, nb::handle other) {
        if (!is_number(other)) return not_implemented(other);
        return nb::cast(checked(apply(expression_of(other), self)));
      },
      nb::is_operator(), "other"_a, nb::sig(signature.c_str()));
}

void bind_operators(Class& type) {
  const std::pair<const char*, Binary> with_reflection[] = {
      {"add", [](Operand a, Operand b) { return a + b; }}, {"sub", [](Operand a, Operand b) { return a - b; }},
      {"mul", [](Operand a, Operand b) { return a * b; }}, {"truediv", [](Operand a, Operand b) { return a / b; }},
      {"mod", [](Operand a, Operand b) { return a % b; }}, {"and", [](Operand a, Operand b) { return a && b; }},
      {"or", [](Operand a, Operand b) { return a || b; }},
  };
  for (const auto& [name, apply] : with_reflection) {
    def_operator(type, name, apply);
    def_reflected(type, name, apply);
  }
  def_operator(type, "lt", [](Operand a, Operand b) { return a < b; });
  def_operator(type, "le", [](Operand a, Operand b) { return a <= b; });
  def_operator(type, "gt", [](Operand a, Operand b) { return a > b; });
  def_operator(type, "ge", [](Operand a, Operand b) { return a >= b; });
  // object's own == gives a bool; an expression of two operands is what is wanted here.
  def_operator(type, "eq", [](Operand a, Operand b) { return a == b; });
  def_operator(type, "ne", [](Operand a, Operand b) { return a != b; });
}

[[noreturn]] void refuse_truth(const Expression&) {
  raise_type_error(
      "an expression is neither true nor false before it runs on data: write & for `and`, | for `or`, ~ for "
      "`not`, with brackets round comparisons, peaktrade.where(condition, a, b) for `a if condition else b`, "
      "and (a < b) & (b < c) for a < b < c");
}

Expression bars_ago(const Expression& self, nb::handle bars) {
  if (PyBool_Check(bars.ptr()) || !PyLong_Check(bars.ptr())) {
    raise_type_error("x[n] is the value n bars ago: n must be a whole number, not " + class_name(bars));
  }
  const long count = PyLong_AsLong(bars.ptr());
  if (count == -1 && PyErr_Occurred() != nullptr) throw nb::python_error();
  if (count > 1'000'000'000) raise_value_error("x[" + std::to_string(count) + "]: n is larger than any data");
  if (count < -1'000'000'000)
    raise_value_error("x[" + std::to_string(count) + "] would look ahead; n must be 0 or more");
  return checked(self[static_cast<int>(count)]);
}

Expression output(const Expression& self, const std::string& name) {
  Expression result = self.output(name);
  if (result.ok()) return result;
  PyErr_SetString(PyExc_AttributeError, result.status().error().message.c_str());
  throw nb::python_error();
}

Expression call(const std::string& name, const nb::args& args, const nb::kwargs& kwargs) {
  std::vector<Expression> arguments;
  std::vector<std::pair<std::string, Expression>> named;
  for (const nb::handle argument : args) arguments.push_back(expression_of(argument));
  for (const auto& [key, argument] : kwargs) named.emplace_back(nb::cast<std::string>(key), expression_of(argument));
  return checked(expression::call(name, std::move(arguments), std::move(named)));
}

/// One value for each bar: doubles with NaN where undefined, or booleans, false where undefined.
nb::object evaluate(const Expression& self, nb::handle data, nb::handle params) {
  const expression::ParameterValues parameters = parameters_of(params);
  const BarsObject* given = bars_object(data);
  const BarsObject made = given != nullptr ? *given : make_bars(data, {}, "");
  expression::Workspace workspace;
  const Expression outputs[] = {self};
  const expression::Program program = value_or_raise(expression::Program::compile(outputs));
  auto views = [&] {
    const nb::gil_scoped_release release;
    return program.evaluate(made.bars, parameters, workspace);
  }();
  if (!views.ok()) raise(views.error());
  const expression::OutputView& view = views->front();
  if (view.type == expression::ValueType::kNumber) {
    return numpy_array(std::vector<double>(view.numbers.begin(), view.numbers.end()));
  }
  std::vector<std::uint8_t> truth(made.bars.size());
  for (std::size_t i = 0; i < truth.size(); ++i) truth[i] = view.truth[i] ? 1 : 0;
  return numpy_array(std::move(truth));
}

/// "sma(close, window = 20)" and what it means, for help().
std::pair<std::string, std::string> function_help(const std::string& name) {
  if (const auto* function = expression::find_language_function(name))
    return {function->signature, function->description};
  const auto* info = indicators::find(name);
  if (info == nullptr) raise(not_found("there is no function '" + name + "'"));
  std::string signature = name + "(";
  for (const char* input : info->inputs) signature += std::string(signature.back() == '(' ? "" : ", ") + input;
  for (const auto& parameter : info->parameters) {
    signature += (signature.back() == '(' ? "" : ", ") + std::string(parameter.name) + " = " +
                 expression::to_text(Expression(parameter.default_value));
  }
  return {signature + ")", std::string(info->title) + ". " + info->description};
}

}  // namespace

void bind_expression(nb::module_& module) {
  Class type(
      module, "Expression",
      "A formula over columns of the data, built with operators and functions; it runs in peaktrade.backtest.\n\n"
      "Arithmetic + - * / %, comparisons, & | ~ for and, or, not; x[n] or x.shift(n) is the value n bars ago.");
  bind_operators(type);
  type.def("__neg__", [](const Expression& self) { return checked(-self); })
      .def("__pos__", [](const Expression& self) { return self; })
      .def("__invert__", [](const Expression& self) { return checked(!self); })
      .def("__bool__", [](const Expression& self) -> bool { refuse_truth(self); })
      .def(
          "__iter__",
          [](const Expression&) -> nb::object { raise_type_error("an expression cannot be iterated over"); },
          nb::sig("def __iter__(self) -> typing.NoReturn"))
      .def("__getitem__", &bars_ago, "bars_ago"_a, nb::sig("def __getitem__(self, bars_ago: int) -> Expression"),
           "The value that many bars ago.")
      .def(
          "shift",
          [](const Expression& self, nb::handle bars) {
            if (PyLong_Check(bars.ptr())) return bars_ago(self, bars);
            return checked(expression::shift(self, expression_of(bars)));
          },
          "bars_ago"_a = 1, nb::sig("def shift(self, bars_ago: int | Expression = 1) -> Expression"),
          "The value that many bars ago; a parameter may say how many.")
      .def("__getattr__", &output, "name"_a, "One output of a function with several: macd(close).histogram.")
      .def(
          "output", [](const Expression& self, const std::string& name) { return checked(self.output(name)); },
          "name"_a)
      .def("evaluate", &evaluate, "data"_a, "params"_a = nb::none(),
           nb::sig("def evaluate(self, data: typing.Any, params: collections.abc.Mapping[str, float] | None = None) -> "
                   "numpy.typing.NDArray[typing.Any]"),
           "One value for each bar: numbers with NaN where undefined, signals as bool, False where undefined.")
      .def("__repr__", [](const Expression& self) { return expression::to_text(self); })
      .def_prop_ro(
          "kind", [](const Expression& self) { return expression::value_type_name(self.type()); },
          "'number', 'signal' or 'text'.")
      .def_prop_ro(
          "parameters",
          [](const Expression& self) {
            nb::dict out;
            for (const auto& [name, value] : expression::parameters_of(self)) out[name.c_str()] = value;
            return out;
          },
          nb::sig("def parameters(self) -> dict[str, float]"), "Parameters with their defaults.")
      .def_prop_ro(
          "columns", [](const Expression& self) { return expression::columns_of(self); },
          "Columns of the data that are read.");
  type.attr("__array_ufunc__") = nb::none();  // numpy's scalars leave operators to this class
  type.attr("__hash__") = nb::none();         // == makes an expression, so no set can hold it

  module.def(
      "column", [](const std::string& name) { return checked(expression::column(name)); }, "name"_a,
      "A column of the data by its name.");
  module.def(
      "param",
      [](const std::string& name, nb::handle value) {
        return checked(expression::parameter(name, number_of(value, "a parameter's default")));
      },
      "name"_a, "default"_a, nb::sig("def param(name: str, default: float) -> Expression"),
      "A number for the whole run that can be set with params.");
  module.def(
      "where",
      [](nb::handle condition, nb::handle a, nb::handle b) {
        return checked(expression::where(expression_of(condition), expression_of(a), expression_of(b)));
      },
      "condition"_a, "when_true"_a, "when_false"_a,
      nb::sig("def where(condition: Expression, when_true: Expression | float, when_false: Expression | float) -> "
              "Expression"),
      "when_true on bars where the condition is true, else when_false; undefined where the condition is.");
  module.def(
      "call", &call, "name"_a, "args"_a, "kwargs"_a,
      nb::sig("def call(name: str, *args: Expression | float | str, **kwargs: Expression | float | str) -> Expression"),
      "A function of the expression language by name.");
  module.def(
      "parse_expression", [](const std::string& text) { return value_or_raise(expression::parse(text)); }, "text"_a,
      "An expression from its text form.");
  module.def("function_names", &expression::function_names, "Every function of the expression language.");
  module.def("function_help", &function_help, "name"_a, "Signature and meaning of a function.");
}

}  // namespace peak::python
