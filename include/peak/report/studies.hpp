// Studies as text and JSON: walk-forward, cross-validation, Monte Carlo, sensitivity, look-ahead.
//
// JSON      one object without a line break at its end; numbers that are not finite are null, times ISO 8601 UTC. Keys
// are the
//           names of the results' fields (study/*.hpp), metrics by their names.
// Threads   pure functions.
#pragma once

#include <string>
#include <vector>

#include "peak/market/bars.hpp"
#include "peak/report/text_table.hpp"
#include "peak/study/cross_validation.hpp"
#include "peak/study/lookahead.hpp"
#include "peak/study/monte_carlo.hpp"
#include "peak/study/sensitivity.hpp"
#include "peak/study/walk_forward.hpp"

namespace peak {

/// What was studied, as the user named it.
struct StudySource {
  std::string strategy;
  std::string data_path;  ///< empty: null
};

[[nodiscard]] std::string walk_forward_json(const WalkForward& result, const Bars& bars, const StudySource& source);
[[nodiscard]] std::string format_walk_forward(const WalkForward& result, const Bars& bars, const TextStyle& style);

[[nodiscard]] std::string cross_validation_json(const CrossValidation& result, const Grid& grid,
                                                const StudySource& source);
[[nodiscard]] std::string format_cross_validation(const CrossValidation& result, const TextStyle& style);

[[nodiscard]] std::string monte_carlo_json(const MonteCarlo& result, const StudySource& source);
[[nodiscard]] std::string format_monte_carlo(const MonteCarlo& result, const TextStyle& style);
/// The cone, a line to each point: step, actual, p5, p25, p50, p75, p95.
[[nodiscard]] Status write_cone_csv(const MonteCarlo& result, const std::string& path);

[[nodiscard]] std::string sensitivity_json(const Sensitivity& result, const StudySource& source);
[[nodiscard]] std::string format_sensitivity(const Sensitivity& result, const TextStyle& style);

[[nodiscard]] std::string lookahead_json(const Lookahead& result, const Bars& bars, const StudySource& source);

}  // namespace peak
