#include "peak/report/page.hpp"

#include <string_view>

#include "peak/report/text.hpp"
#include "report/html_text.hpp"
#include "report/page_data.hpp"
#include "report/page_template.hpp"
#include "report/whole_file.hpp"

namespace peak {
namespace report {
namespace {

/// Moves the template up to `mark` into `page`, and `content` in the mark's place.
void fill_in(std::string& page, std::string_view& rest, std::string_view mark, std::string_view content) {
  const std::size_t place = rest.find(mark);
  page.append(rest.substr(0, place)).append(content);
  rest.remove_prefix(place + mark.size());
}

}  // namespace
}  // namespace report

Result<std::string> report_page(const BacktestResult& result, const ReportOptions& options) {
  const std::size_t bars = result.bars.size();
  if (bars == 0) return invalid_argument("a report needs at least one bar; this run has none");
  if (result.simulation.equity.size() != bars) {
    return invalid_argument("a report needs an equity value for each bar; this run has " +
                            std::to_string(result.simulation.equity.size()) + " for " + std::to_string(bars) + " bars");
  }
  const std::string data = report::page_data(result, options);
  const std::string plain = format_summary(result, {.style = {.width = 100}});
  std::string_view rest = report::page_template();
  std::string page;
  page.reserve(rest.size() + data.size() + 2 * plain.size());
  report::fill_in(page, rest, report::kTitleMark, report::html_text(report::page_title(result, options)));
  report::fill_in(page, rest, report::kPlainMark, report::html_text(plain));
  report::fill_in(page, rest, report::kDataMark, data);
  page += rest;
  return page;
}

Status write_report(const BacktestResult& result, const std::string& path, const ReportOptions& options) {
  PEAK_ASSIGN_OR_RETURN(const std::string page, report_page(result, options));
  return report::write_whole_file(path, page);
}

}  // namespace peak
