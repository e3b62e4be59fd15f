// peaktrade._native.Runner: a strategy fed bar by bar; peaktrade.Runner makes bars of what Python has.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "bindings.hpp"
#include "class_strategies.hpp"
#include "contexts.hpp"
#include "errors.hpp"
#include "held_objects.hpp"
#include "order_dicts.hpp"
#include "peak/sim/runner.hpp"
#include "results.hpp"
#include "run_options.hpp"
#include "strategies.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

class RunnerObject {
 public:
  RunnerObject(nb::handle strategy, const nb::dict& options, std::vector<std::string> further) {
    SeriesZones zones;  // a feed's times are UTC where they have no zone, and so are those of its series
    const BacktestOptions given = run_options_of(options, zones);
    if (nb::isinstance<StrategyDefinition>(strategy) || PyUnicode_Check(strategy.ptr()) ||
        !is_class_strategy(strategy)) {
      const StrategyDefinition definition = nb::isinstance<StrategyDefinition>(strategy)
                                                ? *nb::inst_ptr<StrategyDefinition>(strategy)
                                                : strategy_of(strategy);
      formulas_ = std::make_unique<Runner>(value_or_raise(Runner::create(definition, given, std::move(further))));
      return;
    }
    code_ = std::make_unique<sim::StepRun>();
    check(code_->open(given, given.broker.applied_to(BrokerOptions{}), std::move(further)));
    scope_ = std::make_unique<ContextScope>(*code_, code_->bars());
    instance_ = strategy_instance(strategy, given.parameters, *code_);
    name_ = nb::cast<std::string>(instance_.type().attr("__name__"));
    if (nb::hasattr(instance_, "init")) instance_.attr("init")(scope_->object());
    name_lines(instance_);
    scope_->begin();
    check(code_->start());
    on_bar_ = instance_.attr("on_bar");
  }

  nb::list push(std::int64_t time, double open, double high, double low, double close, double volume,
                std::vector<double> further) {
    const LiveBar bar{time, open, high, low, close, volume, std::move(further)};
    return orders_of(formulas_ ? value_or_raise(formulas_->push(bar)) : push_to_code(bar));
  }

  [[nodiscard]] ResultObject result() const {
    return {formulas_ ? formulas_->result() : code_->result(name_, true), nb::str("file"), "", ""};
  }
  [[nodiscard]] const Context& context() const { return formulas_ ? formulas_->context() : *code_; }
  /// The strategy, which may keep its runner.
  [[nodiscard]] std::array<nb::object*, 2> held() noexcept { return {&instance_, &on_bar_}; }
  [[nodiscard]] nb::object instance() const { return instance_.is_valid() ? instance_ : nb::none(); }
  [[nodiscard]] nb::object order(std::int64_t id) const { return scope_->order(id); }
  [[nodiscard]] nb::list tags() const { return scope_ ? scope_->tags() : nb::list(); }

  [[nodiscard]] nb::bytes save(const std::string& notes) const {
    const std::string state = formulas_ ? formulas_->save() : code_->save("code " + name_, notes);
    return nb::bytes(state.data(), state.size());
  }
  std::string restore(const nb::bytes& state) {
    const std::string_view bytes(state.c_str(), state.size());
    if (!formulas_) return value_or_raise(code_->restore(bytes, "code " + name_, {}));
    check(formulas_->restore(bytes));
    return "";
  }

 private:
  std::vector<WorkingOrder> push_to_code(const LiveBar& bar) {
    if (!on_bar_.is_valid()) raise_value_error("the runner is over: its strategy was taken away with it");
    check(code_->begin(bar));
    if (code_->asks() && !nb::steal(PyObject_CallOneArg(on_bar_.ptr(), scope_->object().ptr())).is_valid()) {
      PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
      PyErr_Fetch(&type, &value, &trace);
      static_cast<void>(code_->end());
      ResultObject partial = result();
      PyErr_Restore(type, value, trace);
      raise_strategy_failed(name_, code_->bar(), bar.time, std::move(partial));
    }
    return code_->end();
  }

  nb::list orders_of(const std::vector<WorkingOrder>& orders) const {
    nb::list out;
    const std::span<const double> units = formulas_ ? formulas_->decided_units() : code_->decided_units();
    for (std::size_t i = 0; i < orders.size(); ++i) out.append(order_dict(orders[i], units[i]));
    return out;
  }

  std::unique_ptr<Runner> formulas_;
  std::unique_ptr<sim::StepRun> code_;
  std::unique_ptr<ContextScope> scope_;  // goes before the run that it shows
  nb::object instance_, on_bar_;
  std::string name_;
};

}  // namespace

void bind_runner(nb::module_& module) {
  nb::class_<RunnerObject>(module, "Runner", "A strategy fed bar by bar; use peaktrade.Runner.",
                           nb::type_slots(held_slots<RunnerObject>))
      .def(nb::init<nb::handle, const nb::dict&, std::vector<std::string>>(), "strategy"_a, "options"_a, "columns"_a)
      .def("push", &RunnerObject::push, "time"_a, "open"_a, "high"_a, "low"_a, "close"_a, "volume"_a, "further"_a)
      .def("result", &RunnerObject::result)
      .def("save", &RunnerObject::save, "notes"_a)
      .def("restore", &RunnerObject::restore, "state"_a)
      .def("order", &RunnerObject::order, "id"_a)
      .def_prop_ro("tags", &RunnerObject::tags)
      .def_prop_ro("instance", &RunnerObject::instance)
      .def_prop_ro("bar", [](const RunnerObject& self) { return self.context().bar(); })
      .def_prop_ro("time",
                   [](const RunnerObject& self) { return self.context().bar() < 0 ? kNoTime : self.context().time(); })
      .def_prop_ro("position", [](const RunnerObject& self) { return self.context().position(); })
      .def_prop_ro("cash", [](const RunnerObject& self) { return self.context().cash(); })
      .def_prop_ro("equity", [](const RunnerObject& self) { return self.context().equity(); });
}

}  // namespace peak::python
