// The look-ahead check over many symbols, for peaktrade._studies.
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include <memory>
#include <string>
#include <utility>

#include "bindings.hpp"
#include "errors.hpp"
#include "interruptible.hpp"
#include "panel_object.hpp"
#include "peak/report/studies.hpp"
#include "peak/study/panel_lookahead.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

nb::tuple lookahead_of_panel(const PanelObject& data, nb::handle strategy, const nb::dict& given, nb::handle rebalance,
                             bool cash_sharing, nb::handle instruments, std::size_t cuts, std::size_t pairs,
                             bool every_bar) {
  const PanelStudy study(data, strategy, given, rebalance, cash_sharing, instruments);
  LookaheadOptions options;
  options.cuts = cuts;
  options.pairs = pairs;
  options.every_bar = every_bar;
  const Lookahead found = value_or_raise(run_interruptible([&](const StopToken& stop) {
    options.stop = stop;
    return check_lookahead(study.panel, study.strategy, study.runs, options);
  }));
  const Bars index = data.panel->equal_weight_index();
  return nb::make_tuple(lookahead_json(found, index, study.source()), found.text(&index));
}

PanelObject panel_known_at(const PanelObject& self, std::size_t count) {
  return {std::make_shared<const Panel>(value_or_raise(known_at(*self.panel, count))), self.origin};
}

}  // namespace

void bind_panel_lookahead(nb::module_& module) {
  module.def("lookahead_panel", &lookahead_of_panel, "panel"_a, "strategy"_a, "options"_a, "rebalance"_a.none(),
             "cash_sharing"_a, "instruments"_a.none(), "cuts"_a, "pairs"_a, "every_bar"_a);
  module.def("panel_known_at", &panel_known_at, "panel"_a, "count"_a,
             "What was known at the close of the last of ``count`` stamps.");
}

}  // namespace peak::python
