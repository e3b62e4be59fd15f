// CSV plan: what each column of a text holds, decided from its name and its first rows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/csv_layout.hpp"
#include "io/csv_parse.hpp"
#include "io/roles.hpp"
#include "io/time_zone.hpp"
#include "peak/base/status.hpp"
#include "peak/io/options.hpp"

namespace peak::io {

struct CsvPlan {
  std::vector<ColumnPlan> columns;  ///< one for each column of the file
  Roles roles;
  std::vector<std::string> notes;
};

/// `file_name` may tell the date of files that count from midnight. `zone` must outlive the plan.
Result<CsvPlan> plan_csv(std::string_view bytes, const CsvLayout& layout, const ReadOptions& options,
                         std::string_view file_name, const TimeZone& zone);

/// Looks at every row and gives each column without a role the narrowest kind that holds all its cells; called when
/// the first rows have misled.
void widen_plan(std::string_view bytes, const CsvLayout& layout, CsvPlan& plan);

}  // namespace peak::io
