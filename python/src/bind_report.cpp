#include <nanobind/stl/string.h>

#include "arguments.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "peak/report/json.hpp"
#include "peak/report/page.hpp"
#include "peak/report/text.hpp"
#include "results.hpp"
#include "saved.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

std::string json(const ResultObject& result, int indent, bool definitions, bool trades, bool orders) {
  JsonOptions options;
  options.data_path = result.data_path;
  options.indent = indent;
  options.definitions = definitions;
  options.trades = trades;
  options.orders = orders;
  const nb::gil_scoped_release release;
  return to_json(result.run, options);
}

ReportOptions report_options(const ResultObject& result, const std::string& title) {
  ReportOptions options;
  options.title = title;
  options.data_path = result.data_path;
  options.strategy_path = result.strategy_path;
  return options;
}

void write(const ResultObject& result, nb::handle path, const std::string& title) {
  const std::string target = path_of(path);
  const Status status = [&] {
    const nb::gil_scoped_release release;
    return write_report(result.run, target, report_options(result, title));
  }();
  check(status, Sought::kFile);
}

std::string summary(const ResultObject& result, int width) {
  TextOptions options;
  options.style.width = width;
  return format_summary(result.run, options);
}

}  // namespace

void bind_report(nb::module_& module) {
  module.def("engine_version", &engine_version);
  module.def("result_json", &json, "result"_a, "indent"_a = 2, "definitions"_a = true, "trades"_a = false,
             "orders"_a = false, "The same text as `peak backtest --json`.");
  module.def("result_state", &state_of, "result"_a,
             nb::sig("def result_state(result: Result) -> dict[str, typing.Any]"),
             "The run as arrays, numbers and texts, for a file.");
  module.def("result_from_state", &result_of, "state"_a,
             nb::sig("def result_from_state(state: dict[str, typing.Any]) -> Result"), "The run that was described.");
  module.def("write_report", &write, "result"_a, "path"_a, "title"_a = "", "Writes the HTML report.");
  module.def("result_summary", &summary, "result"_a, "width"_a = 100, "Metrics and what became of signals, as text.");
}

}  // namespace peak::python
