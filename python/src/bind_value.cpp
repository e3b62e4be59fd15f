#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <string>

#include "argument_key.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "values.hpp"

namespace nb = nanobind;

namespace peak::python {

void bind_value(nb::module_& module) {
  module.def(
      "pack_value",
      [](nb::handle value) {
        const std::string packed = value::pack(encode_object(value, EncodePurpose::kStore));
        return nb::bytes(packed.data(), packed.size());
      },
      nb::arg("value").none(), "A value of the cache as bytes.");
  module.def(
      "unpack_value",
      [](nb::bytes packed) {
        const auto run = value::ByteRun::copy_of({static_cast<const std::byte*>(packed.data()), packed.size()});
        return decode_object(value_or_raise(value::unpack(run)));
      },
      nb::arg("packed"), "The value of packed bytes.");
  module.def(
      "content_key", [](nb::handle value) { return content_hash_of(value).hex(); }, nb::arg("value").none(),
      "32 hexadecimal digits that stand for a value's content on every machine.");
}

}  // namespace peak::python
