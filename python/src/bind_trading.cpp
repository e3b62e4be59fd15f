#include <nanobind/stl/string.h>

#include "arguments.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "peak/trading/broker.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

Sizing sizing(SizingKind kind, nb::handle amount, const char* name) { return {kind, number_of(amount, name)}; }

}  // namespace

void bind_trading(nb::module_& module) {
  nb::class_<Sizing>(module, "Size", "How many units an entry asks for (rule 3 of the rule book).")
      .def_static(
          "all", [] { return Sizing{}; }, "All cash, fee included: the default.")
      .def_static(
          "units", [](nb::handle amount) { return sizing(SizingKind::kUnits, amount, "units"); }, "amount"_a,
          nb::sig("def units(amount: float) -> Size"), "A number of units.")
      .def_static(
          "value", [](nb::handle amount) { return sizing(SizingKind::kValue, amount, "value"); }, "amount"_a,
          nb::sig("def value(amount: float) -> Size"), "A value in the account's currency.")
      .def_static(
          "fraction", [](nb::handle amount) { return sizing(SizingKind::kFraction, amount, "fraction"); }, "amount"_a,
          nb::sig("def fraction(amount: float) -> Size"), "A fraction of equity.")
      .def("__repr__", [](const Sizing& self) { return "Size(" + format_sizing(self) + ")"; })
      .def(
          "__eq__",
          [](const Sizing& self, const Sizing& other) {
            return self.kind == other.kind && (self.kind == SizingKind::kAllIn || self.amount == other.amount);
          },
          nb::is_operator());
}

}  // namespace peak::python
