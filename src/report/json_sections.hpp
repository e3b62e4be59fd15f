// The run's JSON object for a writer of any style: to_json writes it for people and programs, the page embeds it.
#pragma once

#include <string_view>

#include "peak/report/json.hpp"
#include "report/json_writer.hpp"

namespace peak::report {

/// The object of peak/report/json.hpp; options.indent is the writer's business.
void write_result(JsonWriter& json, const BacktestResult& result, const JsonOptions& options);

/// Why a metric is null; empty for one that is defined.
[[nodiscard]] std::string_view undefined_reason(const Metrics& metrics, Metric metric);

}  // namespace peak::report
