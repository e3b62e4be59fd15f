#include "sweep_job.hpp"

#include <cstdlib>

#include "peak/report/bars_file.hpp"
#include "peak/strategy/file.hpp"
#include "peak/trading/settings.hpp"
#include "program.hpp"
#include "report/json_writer.hpp"
#include "report/whole_file.hpp"

namespace peak::command {
namespace {

using report::JsonWriter;

constexpr int kInterrupted = 130;  // exit status of what Ctrl-C ended

const char* sampling_name(Sampling sampling) {
  switch (sampling) {
    case Sampling::kRandom: return "random";
    case Sampling::kLatinHypercube: return "latin";
    default: return "all";
  }
}

void add_axes(JsonWriter& json, std::span<const GridAxis> axes) {
  json.key("axes");
  json.begin_object();
  for (const GridAxis& axis : axes) {
    json.key(axis.name());
    json.begin_array(JsonWriter::Layout::kOneLine);
    for (std::uint64_t i = 0; i < axis.size(); ++i) axis.is_text() ? json.text(axis.text(i)) : json.number(axis[i]);
    json.end_array();
  }
  json.end_object();
}

// The options of a run under the names of peaktrade.backtest.
void add_run(JsonWriter& json, const BacktestOptions& run) {
  const BrokerOverrides& broker = run.broker;
  json.key("run");
  json.begin_object();
  json.key("params");
  json.begin_object();
  for (const auto& [name, value] : run.parameters) json.number(name, value);
  json.end_object();
  if (broker.cash) json.number("cash", *broker.cash);
  if (broker.commission) json.number("commission", *broker.commission);
  if (broker.slippage) json.number("slippage", *broker.slippage);
  if (broker.size_step) json.number("size_step", *broker.size_step);
  if (broker.fill) json.text("fill", fill_timing_name(*broker.fill));
  if (broker.size) json.text("size", format_sizing(*broker.size));
  if (broker.accumulate) json.boolean("accumulate", *broker.accumulate);
  if (broker.finalize) json.boolean("finalize", *broker.finalize);
  if (broker.execution) json.text("execution", execution_name(*broker.execution));
  for (const auto& [setting, text] : broker.settings) json.text(setting->name, text);
  if (run.periods_per_year) json.number("periods_per_year", *run.periods_per_year);
  json.number("risk_free", run.risk_free);
  json.text("metrics_convention", metrics_convention_name(run.convention));
  json.end_object();
}

}  // namespace

Status write_sweep_job(const std::string& folder, const SweepJob& job) {
  const BacktestOptions& run = job.options.run;
  if (run.detail || run.benchmark || run.broker.instrument || run.broker.funding || run.broker.actions) {
    return invalid_argument(job.option +
                            " takes no series beside the prices (--detail, --benchmark, --funding, --actions); give "
                            "them to " +
                            job.in_python);
  }
  if (folder.empty()) return io_error("cannot make a temporary folder");
  JsonWriter json(JsonWriter::Style{});
  json.begin_object();
  for (const auto& [name, value] : job.texts) json.text(name, value);
  for (const auto& [name, value] : job.counts) json.integer(name, static_cast<std::int64_t>(value));
  json.text("store", job.options.store);
  json.text("strategy", to_toml(job.strategy));
  json.key("markets");
  json.begin_array();
  for (std::size_t i = 0; i < job.markets.size(); ++i) {
    const std::string path = folder + "/" + std::to_string(i) + ".parquet";
    PEAK_RETURN_IF_ERROR(write_table(table_of(job.markets[i].bars), path));
    json.begin_object(JsonWriter::Layout::kOneLine);
    json.text("path", path);
    json.text("symbol", job.markets[i].symbol);
    json.end_object();
  }
  json.end_array();
  add_axes(json, job.axes);
  json.text("where", job.grid.where);
  json.text("sampling", sampling_name(job.grid.sampling));
  json.integer("samples", static_cast<std::int64_t>(job.grid.samples));
  json.integer("seed", static_cast<std::int64_t>(job.grid.seed));
  json.key("metrics");
  json.begin_array(JsonWriter::Layout::kOneLine);
  for (const Metric metric : job.options.metrics) json.text(metric_info(metric).name);
  json.end_array();
  add_run(json, run);
  json.end_object();
  PEAK_ASSIGN_OR_RETURN(report::WholeFile file, report::WholeFile::create(folder + "/job.json"));
  PEAK_RETURN_IF_ERROR(file.append(json.take()));
  return file.commit();
}

Status run_sweep_job(const std::string& folder, const SweepJob& job) {
  const char* const given = std::getenv("PEAK_PYTHON");
  const std::string python = given != nullptr && *given != '\0' ? given : "python3";
  const Result<int> status = run_program({python, "-m", job.module, folder + "/job.json"});
  if (!status.ok()) {
    return not_found(job.option + " needs Python with " + job.package + ", but there is no " + python +
                     ": pip install '" + job.package + "', or name an interpreter in PEAK_PYTHON");
  }
  if (*status == kInterrupted) return Error{ErrorCode::kCancelled, "stopped; what is finished is kept"};
  if (*status != 0) return io_error(job.option + ": the sweep was not computed (see above)");
  return {};
}

}  // namespace peak::command
