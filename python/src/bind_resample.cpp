#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <memory>

#include "bars.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "panel_object.hpp"
#include "peak/market/resample.hpp"
#include "peak/report/bars_file.hpp"
#include "rows.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

ResampleOptions options_of(const std::string& origin, std::optional<std::int64_t> origin_time, std::int64_t offset,
                           bool closed_right, bool label_right, bool keep_empty,
                           const std::optional<Calendar>& sessions) {
  ResampleOptions options;
  options.origin = origin == "epoch"   ? ResampleOrigin::kEpoch
                   : origin == "start" ? ResampleOrigin::kStart
                                       : ResampleOrigin::kStartDay;
  options.origin_time = origin_time;
  options.offset = offset;
  options.closed_right = closed_right;
  options.label_right = label_right;
  options.keep_empty = keep_empty;
  options.sessions = sessions;
  return options;
}

BarsObject resampled(const BarsObject& given, const std::string& timeframe, const std::string& origin,
                     std::optional<std::int64_t> origin_time, std::int64_t offset, bool closed_right, bool label_right,
                     bool keep_empty, const std::optional<Calendar>& sessions) {
  const Timeframe parsed = value_or_raise(Timeframe::parse(timeframe));
  const ResampleOptions options =
      options_of(origin, origin_time, offset, closed_right, label_right, keep_empty, sessions);
  auto made = [&] {
    const nb::gil_scoped_release release;
    return resample(given.bars, parsed, options);
  }();
  const bool plain = !nb::isinstance<nb::str>(given.origin);
  return BarsObject{value_or_raise(std::move(made)), plain ? nb::object(nb::str("pandas")) : given.origin, "", {}};
}

PanelObject panel_resampled(const PanelObject& given, const std::string& timeframe, const std::string& origin,
                            std::optional<std::int64_t> origin_time, std::int64_t offset, bool closed_right,
                            bool label_right, bool keep_empty, const std::optional<Calendar>& sessions) {
  const Timeframe parsed = value_or_raise(Timeframe::parse(timeframe));
  const ResampleOptions options =
      options_of(origin, origin_time, offset, closed_right, label_right, keep_empty, sessions);
  auto made = [&] {
    const nb::gil_scoped_release release;
    return resample(*given.panel, parsed, options);
  }();
  return {std::make_shared<const Panel>(value_or_raise(std::move(made))), given.origin};
}

}  // namespace

void bind_resample(nb::module_& module) {
  module.def("resample_bars", &resampled, "bars"_a, "timeframe"_a, "origin"_a, "origin_time"_a.none(), "offset"_a,
             "closed_right"_a, "label_right"_a, "keep_empty"_a, "sessions"_a.none());
  module.def("resample_panel", &panel_resampled, "panel"_a, "timeframe"_a, "origin"_a, "origin_time"_a.none(),
             "offset"_a, "closed_right"_a, "label_right"_a, "keep_empty"_a, "sessions"_a.none());
  module.def(
      "bars_columns", [](const BarsObject& bars) { return columns_of(table_of(bars.bars)); }, "bars"_a,
      "The columns of bars as arrays that share their memory.");
  module.def(
      "timeframe_text", [](const std::string& text) { return value_or_raise(Timeframe::parse(text)).text(); }, "text"_a,
      "The shortest form of a timeframe: '4h' for '240min'.");
  module.def(
      "timeframe_length", [](const std::string& text) { return value_or_raise(Timeframe::parse(text)).length(); },
      "text"_a, "Nanoseconds; of months the mean.");
}

}  // namespace peak::python
