// What the page knows of a run: one JSON object, read by web/src/data.ts (which lists its fields as types).
#pragma once

#include <string>

#include "peak/report/page.hpp"

namespace peak::report {

/// The object, safe inside a <script> element.
[[nodiscard]] std::string page_data(const BacktestResult& result, const ReportOptions& options);

/// Title of the page.
[[nodiscard]] std::string page_title(const BacktestResult& result, const ReportOptions& options);

}  // namespace peak::report
