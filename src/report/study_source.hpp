// What begins and ends the JSON of every study.
#pragma once

#include "peak/report/json.hpp"
#include "peak/report/studies.hpp"
#include "report/json_writer.hpp"

namespace peak::report {

inline void begin_study(JsonWriter& json, const StudySource& source) {
  json.begin_object();
  json.text("strategy", source.strategy);
  json.key("data");
  source.data_path.empty() ? json.null() : json.text(source.data_path);
}

inline std::string end_study(JsonWriter& json) {
  json.text("engine_version", engine_version());
  json.integer("engine_semantics", kEngineSemanticsVersion);
  json.end_object();
  return json.take();
}

inline void count(JsonWriter& json, std::string_view name, std::size_t value) {
  json.integer(name, static_cast<std::int64_t>(value));
}

/// A column of numbers.
inline TextColumn number_column(std::string title) { return {.title = std::move(title), .right = true}; }

}  // namespace peak::report
