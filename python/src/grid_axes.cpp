#include "grid_axes.hpp"

#include <nanobind/stl/string.h>

#include <utility>
#include <vector>

#include "arguments.hpp"
#include "errors.hpp"

namespace nb = nanobind;

namespace peak::python {

GridAxis axis_of(const std::string& name, nb::handle values) {
  if (nb::isinstance<nb::tuple>(values)) {
    const nb::tuple range = nb::borrow<nb::tuple>(values);
    return value_or_raise(
        GridAxis::range(name, number_of(range[0], "low"), number_of(range[1], "high"), number_of(range[2], "step")));
  }
  bool has_text = false;
  for (const nb::handle value : values) has_text = has_text || PyUnicode_Check(value.ptr()) != 0;
  if (has_text) {
    std::vector<std::string> words;
    for (const nb::handle value : values) words.push_back(nb::cast<std::string>(nb::str(value)));
    return value_or_raise(GridAxis::texts(name, std::move(words)));
  }
  std::vector<double> listed;
  for (const nb::handle value : values) listed.push_back(number_of(value, ("grid: " + name).c_str()));
  return value_or_raise(GridAxis::list(name, std::move(listed)));
}

}  // namespace peak::python
