// BarsObject: peaktrade.Bars, the engine's bars with what Python must remember of where they came from.
//
// Threads: to be used with the GIL held; `bars` itself may be read anywhere.
#pragma once

#include <nanobind/nanobind.h>

#include <string>
#include <vector>

#include "errors.hpp"
#include "peak/io/read.hpp"
#include "peak/market/bars.hpp"

namespace peak::python {

struct BarsObject {
  Bars bars;
  /// A pandas index for results to carry, or "polars", "arrow", "numpy", "file": the shape that results take.
  nanobind::object origin;
  std::string path;                ///< of the file they were read from, as given; else empty
  std::vector<std::string> notes;  ///< what was left out or repaired, for the user
};

/// Bars of anything that peaktrade.backtest takes as data.
BarsObject make_bars(nanobind::handle data, const BarChecks& checks, const std::string& symbol);

/// Bars of each value of a mapping, with its key as their symbol; raises for what is no mapping.
std::vector<Bars> named_bars(nanobind::handle mapping);

/// Bars read from a file, or taken from a cache folder if one is named; the GIL is released meanwhile.
BarsObject read_file(const std::string& path, const io::ReadOptions& options, const std::string& cache_folder = {});

/// Any table of a file; the GIL is released meanwhile.
Table read_table_file(const std::string& path);

/// True if Arrow was missing and has been found now; raises where it cannot be.
bool find_arrow(const std::string& path, const Error& error);

/// Calls read(), which gives a Result, without the GIL; where Arrow is missing it is looked for inside pyarrow, and the
/// error tells the pip command that mends it.
template <typename Read>
auto with_arrow(const std::string& path, const Read& read) {
  const auto released = [&] {
    const nanobind::gil_scoped_release release;
    return read();
  };
  auto result = released();
  if (!result.ok() && find_arrow(path, result.error())) result = released();
  return value_or_raise(std::move(result), Sought::kFile);
}
/// The columns of a frame, an Arrow table or a mapping of arrays, with the zone of its times and what was left out.
Table frame_table(nanobind::handle data, std::string& zone, std::vector<std::string>& notes);

/// The object behind a peaktrade.Bars, or null for anything else.
const BarsObject* bars_object(nanobind::handle data);

}  // namespace peak::python
