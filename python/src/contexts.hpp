// Contexts: what a strategy class sees as `ctx`, as CPython types written by hand: a read of ctx.close[-1] allocates
// its float and nothing else.
//
//     ctx.close        a Series: the history of a column or an indicator, ending at the present bar
//     ctx.buy(...)     an OrderHandle
//
// A context belongs to one run. When the run is over it is closed: what Python code has kept of it raises RuntimeError.
// Threads: to be used with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "peak/market/bars.hpp"
#include "peak/sim/context.hpp"

namespace peak::python {

/// Makes the types. Called once, when the module is loaded.
void make_context_types(nanobind::module_& module);

/// The formula that the arguments of ctx.indicator(...) say.
[[nodiscard]] expression::Expression indicator_formula(nanobind::handle arguments, nanobind::handle keywords);

/// Gives the line that a Series shows a name; nothing for any other object, and for prices.
void name_series(nanobind::handle series, const std::string& name);

/// A datetime in the zone of the data.
[[nodiscard]] nanobind::object datetime_of(Nanoseconds time, const std::string& zone);

/// A Python context that stands for `context` until it goes out of scope.
class ContextScope {
 public:
  /// `tags`: the list that another context keeps, where several make the orders of one run.
  ContextScope(Context& context, const Bars& bars, nanobind::object tags = {});
  ~ContextScope();
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;
  [[nodiscard]] nanobind::handle object() const noexcept { return object_; }
  /// In init: a formula; its series.
  [[nodiscard]] nanobind::object declare(const expression::Expression& formula) const;
  /// init is over: nothing can be declared any more.
  void begin();
  /// The handle of an order of this run.
  [[nodiscard]] nanobind::object order(OrderId id) const;
  /// The tags that orders were given, by OrderRequest::tag - 1.
  [[nodiscard]] nanobind::list tags() const;

 private:
  nanobind::object object_;
};

}  // namespace peak::python
