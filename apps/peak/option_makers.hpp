// Makers of options that many commands have. Each holds `owner`, in which the place lies.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "command.hpp"
#include "setters.hpp"

namespace peak::command {

template <typename Number>
[[nodiscard]] Option number_option(const char* name, const char* description, const char* group,
                                   std::shared_ptr<void> owner, Number& place) {
  return {.name = name,
          .value = "NUMBER",
          .description = description,
          .set = number_setter(std::move(owner), name, place),
          .group = group};
}

template <typename Bool>
[[nodiscard]] Option flag_option(const char* name, const char* description, const char* group,
                                 std::shared_ptr<void> owner, Bool& place) {
  return {.name = name,
          .value = "",
          .description = description,
          .set = flag_setter(std::move(owner), place),
          .group = group};
}

/// A file to write, under the heading "Output".
[[nodiscard]] inline Option file_option(const char* name, const char* description, std::shared_ptr<void> owner,
                                        std::string& place) {
  const auto parse = [name](const std::string& text) -> Result<std::string> {
    if (text.empty()) return invalid_argument(std::string(name) + ": the file's name is empty");
    return text;
  };
  return {.name = name,
          .value = "FILE",
          .description = description,
          .set = parsed_setter(std::move(owner), place, parse),
          .completion = Completion::kFile,
          .group = "Output"};
}

/// Files to read, in the order given.
[[nodiscard]] inline Argument files_argument(const char* description, std::shared_ptr<void> owner,
                                             std::vector<std::string>& files) {
  const auto add = [owner = std::move(owner), &files](const std::string& text) {
    files.push_back(text);
    return Status();
  };
  return {.name = "FILE", .description = description, .set = add, .completion = Completion::kFile, .repeated = true};
}

}  // namespace peak::command
