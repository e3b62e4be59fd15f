# The report: engine version in results, and the page of web/ bundled and embedded into peak_report.
target_compile_definitions(peak_report PRIVATE PEAK_VERSION="${PROJECT_VERSION}")
