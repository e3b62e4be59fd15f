// peak data check: what is wrong with files of prices, and mending it by named rules.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data_commands.hpp"
#include "input_data.hpp"
#include "number.hpp"
#include "option_makers.hpp"
#include "output_files.hpp"
#include "peak/io/dataset.hpp"
#include "peak/io/read.hpp"
#include "peak/quality/copies.hpp"
#include "peak/quality/fix.hpp"
#include "peak/report/bars_file.hpp"
#include "peak/report/quality.hpp"
#include "reading_options.hpp"
#include "setters.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

struct CheckRequest {
  std::vector<std::string> files;
  std::shared_ptr<io::ReadOptions> reading = std::make_shared<io::ReadOptions>();
  CheckOptions check;
  std::vector<FixRule> rules;
  std::string out, report;
  bool json = false;
};

/// Where the changed rows of a file go: the file given, or inside the folder given.
std::string target_of(const CheckRequest& request, const std::string& file) {
  if (!std::filesystem::is_directory(request.out)) return request.out;
  std::string name = std::filesystem::path(file).filename().string();
  name = name.substr(0, name.find('.', 1));
  return (std::filesystem::path(request.out) / (name + ".csv")).string();
}

Status check_targets(const CheckRequest& request) {
  if (request.out.empty() && request.report.empty()) return {};
  if (!request.out.empty() && request.rules.empty()) {
    return invalid_argument("--out: there is nothing to write without --fix; name its rules, such as --fix safe");
  }
  if (request.files.size() > 1 && !request.out.empty() && !std::filesystem::is_directory(request.out)) {
    return invalid_argument("--out: several files are written into a folder, and '" + request.out + "' is none");
  }
  std::vector<NamedFile> inputs, outputs;
  for (const std::string& file : request.files) inputs.push_back({"FILE", file});
  for (const std::string& file : request.files) {
    if (!request.out.empty()) outputs.push_back({"--out", target_of(request, file), {".csv", ".json", ".parquet"}});
  }
  outputs.push_back({"--report", request.report, {".html", ".htm"}});
  return check_output_files(inputs, outputs);
}

/// Rows of several symbols below each other are looked at symbol by symbol.
Result<std::vector<QualityReport>> check_symbols(const CheckRequest& request, const std::string& file,
                                                 const io::LoadedRows& rows,
                                                 const std::vector<io::SymbolRows>& symbols) {
  if (!request.rules.empty()) {
    return invalid_argument("--fix: '" + file + "' holds " + std::to_string(symbols.size()) +
                            " symbols; give each a file of its own first: peak data convert " + file + " --out FOLDER");
  }
  std::vector<QualityReport> reports;
  for (const io::SymbolRows& one : symbols) {
    QualityReport report;
    report.name = file + ": " + one.symbol;
    CheckOptions options = request.check;
    if (rows.describe_row) options.describe_row = [&](std::size_t row) { return rows.describe_row(one.rows[row]); };
    PEAK_ASSIGN_OR_RETURN(report.quality, check_bars(one.table, options));
    report.table = one.table;
    reports.push_back(std::move(report));
  }
  return reports;
}

Result<QualityReport> check_rows(const CheckRequest& request, const std::string& file, io::LoadedRows rows) {
  CheckOptions options = request.check;
  options.describe_row = rows.describe_row;
  QualityReport report;
  report.name = file;
  PEAK_ASSIGN_OR_RETURN(report.quality, check_bars(rows.table, options));
  if (!request.rules.empty()) {
    auto fixed = fix_bars(rows.table, request.rules, request.check);
    if (!fixed.ok()) return std::move(fixed).error().within(file);
    report.changes = std::move(fixed->changes);
    PEAK_ASSIGN_OR_RETURN(report.after, check_bars(fixed->table, request.check));
    if (!request.out.empty()) {
      report.written_to = target_of(request, file);
      PEAK_RETURN_IF_ERROR(write_table(fixed->table, report.written_to));
    }
  }
  report.table = std::move(rows.table);
  return report;
}

Result<std::vector<QualityReport>> check_file(const CheckRequest& request, const std::string& file) {
  PEAK_ASSIGN_OR_RETURN(io::LoadedRows rows, input_data(io::read_rows(file, *request.reading)));
  if (const auto symbols = io::rows_by_symbol(rows.table); !symbols.empty())
    return check_symbols(request, file, rows, symbols);
  PEAK_ASSIGN_OR_RETURN(QualityReport report, check_rows(request, file, std::move(rows)));
  std::vector<QualityReport> reports;
  reports.push_back(std::move(report));
  return reports;
}

Status add_copies(std::vector<QualityReport>& reports) {
  std::vector<NamedTable> tables;
  for (const QualityReport& report : reports) tables.push_back({report.name, report.table});
  PEAK_ASSIGN_OR_RETURN(const std::vector<Copy> copies, find_copies(tables));
  for (const Copy& copy : copies) {
    reports[copy.a].quality.findings.push_back(copy_finding(copy, copy.a, tables));
    reports[copy.b].quality.findings.push_back(copy_finding(copy, copy.b, tables));
  }
  return {};
}

/// Bad data is a result here, and yet an exit status by which a script can tell.
Status verdict(const std::vector<QualityReport>& reports) {
  std::string names;
  for (const QualityReport& report : reports) {
    const Quality& left = report.after ? *report.after : report.quality;
    if (left.count(Severity::kError) != 0) names += (names.empty() ? "" : ", ") + report.name;
  }
  if (names.empty()) return {};
  return bad_data("errors in " + names + "; rules of --fix that mend them stand beside each");
}

Status run(const CheckRequest& request) {
  PEAK_RETURN_IF_ERROR(check_targets(request));
  std::vector<QualityReport> reports;
  Status failed;
  for (const std::string& file : request.files) {
    Result<std::vector<QualityReport>> of_file = check_file(request, file);
    if (of_file.ok()) {
      for (QualityReport& report : *of_file) reports.push_back(std::move(report));
      continue;
    }
    if (!failed.ok()) show_error(failed.error(), false);
    failed = std::move(of_file).error();
  }
  PEAK_RETURN_IF_ERROR(add_copies(reports));
  if (!request.report.empty() && !reports.empty()) {
    PEAK_RETURN_IF_ERROR(write_quality_report(reports, request.report));
    show_note("report: " + request.report);
  }
  const TextStyle style = output_style();
  std::string text;
  if (request.json) {
    text = quality_json(reports) + "\n";
  } else {
    for (const QualityReport& report : reports) text += (text.empty() ? "" : "\n") + quality_text(report, style);
  }
  PEAK_RETURN_IF_ERROR(write_output(text));
  PEAK_RETURN_IF_ERROR(failed);
  return verdict(reports);
}

Option calendar_option(const std::shared_ptr<CheckRequest>& request) {
  return {.name = "--calendar",
          .value = "NAME",
          .description = "what gaps are measured against: 24/7, weekdays, fx, nyse; else learned from the data",
          .set = parsed_setter(request, request->check.calendar,
                               [](const std::string& text) { return Calendar::named(text); }),
          .completion = Completion::kChoices,
          .choices = {"24/7", "weekdays", "fx", "nyse"}};
}

void add_options(Command& command, const std::shared_ptr<CheckRequest>& request) {
  command.options.push_back(calendar_option(request));
  command.options.push_back({.name = "--outlier-moves",
                             .value = "NUMBER",
                             .description = "how many usual moves make an outlier (15)",
                             .set = number_setter(request, "--outlier-moves", request->check.outlier_moves)});
  command.options.push_back({.name = "--frozen-bars",
                             .value = "N",
                             .description = "bars without any change that make a frozen price (10)",
                             .set = parsed_setter(request, request->check.frozen_bars, [](const std::string& text) {
                               return parse_count(text, "--frozen-bars");
                             })});
  command.options.push_back({.name = "--places",
                             .value = "N",
                             .description = "how many first places are shown of each finding (5)",
                             .set = parsed_setter(request, request->check.places, [](const std::string& text) {
                               return parse_count(text, "--places");
                             })});
  command.options.push_back(
      {.name = "--fix",
       .value = "RULES",
       .description = "mend by these rules, with commas between: times, order, duplicates, missing, prices, ranges "
                      "(all these: safe), spikes, splits, gaps",
       .set = parsed_setter(request, request->rules, [](const std::string& text) { return parse_fix_rules(text); })});
  command.options.push_back(
      file_option("--out", "write the changed rows here (.csv, .json or .parquet; for several files a folder)", request,
                  request->out));
  command.options.push_back(file_option("--report", "write a page with pictures here", request, request->report));
  command.options.push_back({.name = "--json",
                             .value = "",
                             .description = "print a JSON array with one object for each file",
                             .set = flag_setter(request, request->json)});
}

}  // namespace

Command data_check_command() {
  const auto request = std::make_shared<CheckRequest>();
  Command command{.name = "check", .summary = "what is wrong with files of prices, and mending it"};
  command.description =
      "Looks at the rows as they stand in the files: order, repeated times, gaps against a calendar, impossible "
      "prices, "
      "outliers, frozen prices, splits, summer time, and files that hold the same bars under two names. Ends with "
      "status "
      "3 when errors are left.";
  command.examples = {
      {"what is wrong with a file", "peak data check prices.csv"},
      {"mend what can be mended without inventing prices", "peak data check prices.csv --fix safe --out clean.csv"},
      {"a folder of files against New York's calendar, as a page",
       "peak data check data/*.csv --calendar nyse --report quality.html"},
  };
  command.arguments.push_back(files_argument("files of prices", request, request->files));
  add_options(command, request);
  for (Option& option : reading_options(request->reading)) {
    // Repairs of the readers have their place before a run; here the rows are looked at as they stand.
    if (!option.group.starts_with("Repairing")) command.options.push_back(std::move(option));
  }
  command.run = [request] { return run(*request); };
  return command;
}

}  // namespace peak::command
