// Setters: functions that put a word of the command line where it belongs. Each holds `owner`, in which the place lies.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "number.hpp"
#include "peak/base/status.hpp"

namespace peak::command {

using Setter = std::function<Status(const std::string&)>;

[[nodiscard]] inline Setter text_setter(std::shared_ptr<void> owner, std::string& place) {
  return [owner = std::move(owner), &place](const std::string& text) {
    place = text;
    return Status();
  };
}

/// For a flag: sets a bool, or an optional one, to true.
template <typename Bool>
[[nodiscard]] Setter flag_setter(std::shared_ptr<void> owner, Bool& place) {
  return [owner = std::move(owner), &place](const std::string&) {
    place = true;
    return Status();
  };
}

/// For a double, or an optional one; `name` stands before an error.
template <typename Number>
[[nodiscard]] Setter number_setter(std::shared_ptr<void> owner, std::string name, Number& place) {
  return [owner = std::move(owner), name = std::move(name), &place](const std::string& text) -> Status {
    PEAK_ASSIGN_OR_RETURN(place, parse_number(text, name));
    return {};
  };
}

/// For what a function of the library reads: parse(text) gives a Result that is assigned to the place.
template <typename Place, typename Parse>
[[nodiscard]] Setter parsed_setter(std::shared_ptr<void> owner, Place& place, Parse parse) {
  return [owner = std::move(owner), &place, parse](const std::string& text) -> Status {
    PEAK_ASSIGN_OR_RETURN(place, parse(text));
    return {};
  };
}

}  // namespace peak::command
