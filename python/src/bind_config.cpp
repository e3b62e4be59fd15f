// peaktrade._native: the configuration.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bindings.hpp"
#include "errors.hpp"
#include "peak/config/configuration.hpp"
#include "peak/config/file_text.hpp"

namespace peak::python {
namespace {

namespace nb = nanobind;
using namespace nb::literals;
using config::Configuration;
using config::Setting;
using config::SettingInfo;

Setting setting_of(const std::string& key) { return value_or_raise(config::find_setting(key)); }

nb::object value_of(const Configuration& self, const std::string& key) {
  const Setting setting = setting_of(key);
  switch (config::info_of(setting).type) {
    case config::SettingType::kBoolean: return nb::bool_(self.boolean(setting));
    case config::SettingType::kInteger: return nb::int_(self.integer(setting));
    case config::SettingType::kNumber: return nb::float_(self.number(setting));
    case config::SettingType::kText: break;
  }
  return nb::str(self.text(setting).c_str());
}

/// A Python value as the text of a setting.
std::string text_of(const std::string& key, nb::handle value) {
  if (nb::isinstance<nb::bool_>(value)) return nb::cast<bool>(value) ? "true" : "false";
  if (nb::isinstance<nb::int_>(value) || nb::isinstance<nb::float_>(value)) return nb::repr(value).c_str();
  if (nb::isinstance<nb::str>(value)) return nb::str(value).c_str();
  raise_type_error(config::info_of(setting_of(key)).key() + " must be a bool, a number or a text, not " +
                   nb::type_name(value.type()).c_str());
}

std::vector<std::string> keys() {
  std::vector<std::string> names;
  for (const SettingInfo& info : config::settings()) names.push_back(info.key());
  return names;
}

}  // namespace

void bind_config(nb::module_& module) {
  nb::class_<Configuration>(module, "Configuration", "The settings, and what set each of them.")
      .def_static(
          "load", [](const std::string& folder) { return value_or_raise(Configuration::load(folder), Sought::kFile); },
          "folder"_a = "",
          "Defaults, config/performance.toml from the folder on (or the file itself, or the one that PEAKTRADE_CONFIG "
          "names), "
          "environment.")
      .def_static(
          "defaults", [] { return Configuration(); }, "The defaults alone.")
      .def("__getitem__", &value_of, "key"_a, nb::sig("def __getitem__(self, key: str) -> bool | int | float | str"))
      .def(
          "set",
          [](Configuration& self, const std::string& key, nb::handle value) {
            const Setting setting = setting_of(key);
            check(self.set(setting, text_of(key, value)));
          },
          "key"_a, "value"_a.none(), nb::sig("def set(self, key: str, value: bool | int | float | str) -> None"),
          "Sets a value over file and environment, here alone.")
      .def("keys", [](const Configuration&) { return keys(); })
      .def(
          "__iter__", [](const Configuration&) { return nb::iter(nb::cast(keys())); },
          nb::sig("def __iter__(self) -> collections.abc.Iterator[str]"))
      .def("__len__", [](const Configuration&) { return config::settings().size(); })
      .def(
          "origin", [](const Configuration& self, const std::string& key) { return self.origin_text(setting_of(key)); },
          "key"_a, "What set it: 'default', a file and line, a variable of the environment, 'argument'.")
      .def_prop_ro("file", &Configuration::file, "The file that was read; empty if there was none.")
      .def("__repr__", [](const Configuration& self) {
        return "Configuration(" + (self.file().empty() ? std::string("no file") : "'" + self.file() + "'") + ")";
      });
  module.def("default_configuration_file", &config::default_file, "A file with every setting at its default.");
  module.def("configuration_schema", &config::schema, "JSON Schema of config/performance.toml, for editors.");
}

}  // namespace peak::python
