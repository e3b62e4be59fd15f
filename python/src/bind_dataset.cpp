#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bars.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "peak/base/suggest.hpp"
#include "peak/io/dataset.hpp"
#include "peak/market/adjust.hpp"
#include "peak/market/align.hpp"
#include "peak/market/ticks.hpp"
#include "rows.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

BarsObject object_of(Bars bars, const nb::object& origin) { return BarsObject{std::move(bars), origin, "", {}}; }

/// Bars that were made of others take the shape of results from them, but no index of theirs.
nb::object shape_of(const BarsObject& given) {
  return nb::isinstance<nb::str>(given.origin) ? given.origin : nb::object(nb::str("pandas"));
}

nb::dict read(const std::vector<std::string>& paths, nb::handle reading) {
  const io::ReadOptions options = reading_options(reading);
  std::vector<Bars> all =
      with_arrow(paths.empty() ? "" : paths.front(), [&] { return io::read_dataset(paths, options); });
  nb::dict symbols;
  for (Bars& bars : all) {
    const std::string symbol = bars.symbol();
    symbols[symbol.c_str()] = object_of(std::move(bars), nb::str("file"));
  }
  return symbols;
}

BarsObject tick_bars(nb::handle ticks, const std::string& rule, nb::handle reading) {
  const TickRule parsed = value_or_raise(TickRule::parse(rule));
  const Rows rows = make_rows(ticks, reading_options(reading));
  auto made = [&] {
    const nb::gil_scoped_release release;
    return bars_from_ticks(rows.table, parsed);
  }();
  return object_of(value_or_raise(std::move(made)), nb::str("file"));
}

nb::list aligned_bars(const std::vector<BarsObject>& given, const std::string& how) {
  const AlignBy by = how == "inner"     ? AlignBy::kInner
                     : how == "forward" ? AlignBy::kForward
                     : how == "outer"   ? AlignBy::kOuter
                                        : [&]() -> AlignBy {
    const std::vector<std::string> known = {"inner", "outer", "forward"};
    raise_value_error("how '" + how + "' is not known" + suggestion(how, known));
  }();
  std::vector<Bars> bars;
  for (const BarsObject& one : given) bars.push_back(one.bars);
  std::vector<Bars> made = value_or_raise(aligned(bars, by));
  nb::list result;
  for (std::size_t i = 0; i < made.size(); ++i) result.append(object_of(std::move(made[i]), shape_of(given[i])));
  return result;
}

}  // namespace

void bind_dataset(nb::module_& module) {
  module.def("read_dataset", &read, "paths"_a, "reading"_a);
  module.def("bars_from_ticks", &tick_bars, "ticks"_a, "rule"_a, "reading"_a);
  module.def(
      "adjusted",
      [](const BarsObject& bars, bool splits, bool dividends) {
        return object_of(value_or_raise(adjusted(bars.bars, {.splits = splits, .dividends = dividends})),
                         shape_of(bars));
      },
      "bars"_a, "splits"_a, "dividends"_a);
  module.def("aligned", &aligned_bars, "bars"_a, "how"_a);
  module.def(
      "scaled",
      [](const BarsObject& bars, double factor) {
        return object_of(value_or_raise(scaled(bars.bars, factor)), shape_of(bars));
      },
      "bars"_a, "factor"_a);
  module.def(
      "converted",
      [](const BarsObject& bars, const BarsObject& rates, bool divide) {
        return object_of(value_or_raise(converted(bars.bars, rates.bars, divide)), shape_of(bars));
      },
      "bars"_a, "rates"_a, "divide"_a);
}

}  // namespace peak::python
