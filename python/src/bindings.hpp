// Bindings: what each file of this folder adds to the module peaktrade._native.
#pragma once

#include <nanobind/nanobind.h>

namespace peak::python {

void bind_errors(nanobind::module_& module);
void bind_market(nanobind::module_& module);
void bind_io(nanobind::module_& module);
void bind_databases(nanobind::module_& module);
void bind_narrow(nanobind::module_& module);
void bind_indicators(nanobind::module_& module);
void bind_expression(nanobind::module_& module);
void bind_trading(nanobind::module_& module);
void bind_instrument(nanobind::module_& module);
void bind_metrics(nanobind::module_& module);
void bind_strategy(nanobind::module_& module);
void bind_sim(nanobind::module_& module);
void bind_parallel(nanobind::module_& module);
void bind_columns(nanobind::module_& module);
void bind_study(nanobind::module_& module);
void bind_sweep_job(nanobind::module_& module);
void bind_study_validation(nanobind::module_& module);
void bind_report(nanobind::module_& module);
void bind_store(nanobind::module_& module);
void bind_value(nanobind::module_& module);
void bind_cache(nanobind::module_& module);
void bind_config(nanobind::module_& module);
void bind_benchmark(nanobind::module_& module);
void bind_portfolio(nanobind::module_& module);
void bind_classes(nanobind::module_& module);
void bind_runner(nanobind::module_& module);
void bind_panel_runner(nanobind::module_& module);
void bind_quality(nanobind::module_& module);
void bind_resample(nanobind::module_& module);
void bind_dataset(nanobind::module_& module);
void bind_panel(nanobind::module_& module);
void bind_panel_sweep(nanobind::module_& module);
void bind_panel_lookahead(nanobind::module_& module);
void bind_panel_studies(nanobind::module_& module);

}  // namespace peak::python
