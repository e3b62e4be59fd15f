#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "peak/io/dataset.hpp"
#include "peak/quality/copies.hpp"
#include "peak/quality/fix.hpp"
#include "peak/report/quality.hpp"
#include "rows.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

/// Findings about one or several data, and the rows after repairs.
struct CheckedData {
  std::vector<QualityReport> reports;
  Table fixed;
  std::string zone;

  [[nodiscard]] std::string json() const { return quality_json(reports); }
  [[nodiscard]] std::string text(int width) const {
    std::string text;
    for (const QualityReport& report : reports)
      text += (text.empty() ? "" : "\n") + quality_text(report, {.width = width});
    return text;
  }
};

Calendar listed_calendar(const std::string& name, const std::vector<std::int64_t>& days,
                         const std::vector<std::int64_t>& opens, const std::vector<std::int64_t>& closes) {
  if (days.size() != opens.size() || days.size() != closes.size()) {
    raise_value_error("calendar '" + name + "': days, opens and closes differ in length");
  }
  std::vector<Session> sessions(days.size());
  for (std::size_t i = 0; i < days.size(); ++i) sessions[i] = {days[i], opens[i], closes[i]};
  return value_or_raise(Calendar::of_sessions(name, std::move(sessions)));
}

nb::tuple sessions_of(const Calendar& calendar, std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> days, opens, closes;
  for (const Session& session : calendar.sessions(first, last)) {
    days.push_back(session.day);
    opens.push_back(session.open);
    closes.push_back(session.close);
  }
  return nb::make_tuple(numpy_array(std::move(days)), numpy_array(std::move(opens)), numpy_array(std::move(closes)));
}

CheckOptions check_options(const std::optional<Calendar>& calendar, double outlier_moves, std::size_t frozen_bars,
                           std::size_t places) {
  CheckOptions options;
  options.calendar = calendar;
  options.outlier_moves = outlier_moves;
  options.frozen_bars = frozen_bars;
  options.places = places;
  return options;
}

Status check_all(std::vector<QualityReport>& reports, std::vector<Rows>& all, CheckOptions options) {
  std::vector<NamedTable> tables;
  for (std::size_t i = 0; i < all.size(); ++i) {
    options.describe_row = all[i].describe_row;
    auto quality = check_bars(all[i].table, options);
    if (!quality.ok()) return std::move(quality).error().within(reports[i].name);
    reports[i].quality = std::move(*quality);
    reports[i].table = all[i].table;
    tables.push_back({reports[i].name, std::move(all[i].table)});
  }
  PEAK_ASSIGN_OR_RETURN(const std::vector<Copy> copies, find_copies(tables));
  for (const Copy& copy : copies) {
    reports[copy.a].quality.findings.push_back(copy_finding(copy, copy.a, tables));
    reports[copy.b].quality.findings.push_back(copy_finding(copy, copy.b, tables));
  }
  return {};
}

/// Rows of several symbols below each other are looked at symbol by symbol.
void add_symbols(const std::string& name, Rows rows, std::vector<QualityReport>& reports, std::vector<Rows>& all) {
  std::vector<io::SymbolRows> symbols = io::rows_by_symbol(rows.table);
  for (io::SymbolRows& one : symbols) {
    reports.emplace_back().name = name + ": " + one.symbol;
    Rows part;
    part.table = std::move(one.table);
    part.zone = rows.zone;
    if (rows.describe_row) {
      part.describe_row = [describe = rows.describe_row, places = std::move(one.rows)](std::size_t row) {
        return describe(places[row]);
      };
    }
    all.push_back(std::move(part));
  }
  if (!symbols.empty()) return;
  reports.emplace_back().name = name;
  all.push_back(std::move(rows));
}

CheckedData check_data(const nb::dict& named, nb::handle reading, const std::optional<Calendar>& calendar,
                       double outlier_moves, std::size_t frozen_bars, std::size_t places) {
  const io::ReadOptions options = reading_options(reading);
  CheckedData checked;
  std::vector<Rows> all;
  for (const auto& [name, data] : named) {
    add_symbols(nb::cast<std::string>(name), make_rows(data, options), checked.reports, all);
  }
  const Status status = [&] {
    const nb::gil_scoped_release release;
    return check_all(checked.reports, all, check_options(calendar, outlier_moves, frozen_bars, places));
  }();
  check(status);
  return checked;
}

Status fix_all(CheckedData& fixed, const Rows& rows, const std::vector<FixRule>& rules, CheckOptions options) {
  QualityReport& report = fixed.reports.front();
  report.table = rows.table;
  PEAK_ASSIGN_OR_RETURN(Fixed done, fix_bars(rows.table, rules, options));
  report.changes = std::move(done.changes);
  fixed.fixed = std::move(done.table);
  PEAK_ASSIGN_OR_RETURN(report.after, check_bars(fixed.fixed, options));
  options.describe_row = rows.describe_row;
  PEAK_ASSIGN_OR_RETURN(report.quality, check_bars(rows.table, options));
  return {};
}

CheckedData repair_data(const std::string& name, nb::handle data, const std::string& rules, nb::handle reading,
                        const std::optional<Calendar>& calendar, double outlier_moves, std::size_t frozen_bars,
                        std::size_t places) {
  const std::vector<FixRule> chosen = value_or_raise(parse_fix_rules(rules));
  CheckedData fixed;
  fixed.reports.emplace_back().name = name;
  const Rows rows = make_rows(data, reading_options(reading));
  fixed.zone = rows.zone;
  const Status status = [&] {
    const nb::gil_scoped_release release;
    return fix_all(fixed, rows, chosen, check_options(calendar, outlier_moves, frozen_bars, places));
  }();
  check(status);
  return fixed;
}

}  // namespace

void bind_quality(nb::module_& module) {
  nb::class_<Calendar>(module, "Calendar", "Days and hours of trading; made by peaktrade.calendar().")
      .def_static(
          "named", [](const std::string& name) { return value_or_raise(Calendar::named(name)); }, "name"_a)
      .def_static("of_sessions", &listed_calendar, "name"_a, "days"_a, "opens"_a, "closes"_a)
      .def_prop_ro("name", &Calendar::name)
      .def("is_session", &Calendar::is_session, "day"_a, "Whether the day (days since 1970) is traded.")
      .def("is_open", &Calendar::is_open, "time"_a,
           "Whether the market is open at a time (nanoseconds since 1970, UTC).")
      .def("missing_bars", &Calendar::missing_bars, "after"_a, "before"_a, "step"_a)
      .def("sessions", &sessions_of, "first"_a, "last"_a,
           "Days, opens and closes of the sessions named by days from first to last.");
  nb::class_<CheckedData>(module, "CheckedData", "Findings about data; use peaktrade.check.")
      .def("json", &CheckedData::json)
      .def("text", &CheckedData::text, "width"_a = 100)
      .def(
          "write",
          [](const CheckedData& self, nb::handle path) {
            check(write_quality_report(self.reports, path_of(path)), Sought::kFile);
          },
          "path"_a)
      .def("fixed", [](const CheckedData& self) { return columns_of(self.fixed); })
      .def_prop_ro("zone", [](const CheckedData& self) { return self.zone; });
  module.def("check_data", &check_data, "named"_a, "reading"_a, "calendar"_a.none(), "outlier_moves"_a, "frozen_bars"_a,
             "places"_a);
  module.def("repair_data", &repair_data, "name"_a, "data"_a, "rules"_a, "reading"_a, "calendar"_a.none(),
             "outlier_moves"_a, "frozen_bars"_a, "places"_a);
}

}  // namespace peak::python
