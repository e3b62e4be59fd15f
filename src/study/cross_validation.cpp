#include "peak/study/cross_validation.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "peak/parallel/thread_pool.hpp"
#include "peak/study/trial_blocks.hpp"
#include "study/combination.hpp"
#include "study/subject.hpp"

namespace peak {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Sums of the returns of a stretch of bars.
struct Sums {
  double sum = 0, squares = 0, bars = 0;
  void add(const Sums& other) {
    sum += other.sum;
    squares += other.squares;
    bars += other.bars;
  }
  [[nodiscard]] double sharpe() const { return sharpe_of_sums(sum, squares, bars); }
};

/// Of one group: whole; without its first bars (a test lies before); without its last; without both.
using GroupSums = std::array<Sums, 4>;
constexpr unsigned kAfterTest = 1, kBeforeTest = 2;

class Validation {
 public:
  Validation(const study::Subject& subject, const StrategyDefinition& strategy, const Grid& grid,
             const CrossValidationOptions& options, CrossValidation& result)
      : subject_(subject),
        bars_(subject.line()),
        strategy_(strategy),
        grid_(grid),
        options_(options),
        result_(result) {}

  Status run() {
    PEAK_RETURN_IF_ERROR(check());
    run_ = options_.run;
    result_.periods_per_year = periods_per_year(bars_.time(), run_.periods_per_year).value;
    run_.periods_per_year = result_.periods_per_year;
    PEAK_ASSIGN_OR_RETURN(roles_, study::AxisRoles::make(strategy_, grid_));
    PEAK_RETURN_IF_ERROR(sum_combinations());
    for (std::uint32_t test = 1; test < 1U << options_.groups; ++test) {
      if (static_cast<std::size_t>(std::popcount(test)) == options_.test_groups) add_split(test);
    }
    PEAK_RETURN_IF_ERROR(run_chosen());
    make_paths();
    summarise();
    return {};
  }

 private:
  [[nodiscard]] std::size_t begin_of(std::size_t group) const { return bars_.size() * group / options_.groups; }

  Status check() const {
    if (options_.groups < 3 || options_.groups > 20) {
      return invalid_argument("cross-validation takes 3 to 20 groups, not " + std::to_string(options_.groups));
    }
    if (options_.test_groups < 1 || 2 * options_.test_groups > options_.groups) {
      return invalid_argument("of " + std::to_string(options_.groups) + " groups, 1 to " +
                              std::to_string(options_.groups / 2) + " can be tests, not " +
                              std::to_string(options_.test_groups));
    }
    const std::size_t smallest = bars_.size() / options_.groups;
    if (smallest < options_.purge + options_.embargo + 2) {
      return invalid_argument("groups of " + std::to_string(smallest) + " bars are too small for a purge of " +
                              std::to_string(options_.purge) + " and an embargo of " +
                              std::to_string(options_.embargo) + " bars");
    }
    return {};
  }

  Result<BacktestResult> run_row(std::size_t row) const {
    PEAK_ASSIGN_OR_RETURN(const BacktestOptions run, roles_.options_at(grid_, grid_.place(row), run_));
    return subject_.run(strategy_, run);
  }

  Status sum_combinations() {
    sums_.resize(grid_.size() * options_.groups);
    there_.assign(grid_.size(), 0);
    std::string failure;
    const auto body = [&](std::size_t row) {
      const Result<BacktestResult> run = run_row(row);
      if (!run.ok()) return;
      there_[row] = 1;
      for (std::size_t group = 0; group < options_.groups; ++group) {
        for (unsigned cut = 0; cut < 4; ++cut) {
          const std::size_t first = begin_of(group) + ((cut & kAfterTest) != 0 ? options_.embargo : 0);
          const std::size_t last = begin_of(group + 1) - ((cut & kBeforeTest) != 0 ? options_.purge : 0);
          Sums& sums = sums_[row * options_.groups + group][cut];
          for (std::size_t bar = first; bar < last; ++bar) {
            const double value = run->simulation.returns[bar];
            sums.sum += value;
            sums.squares += value * value;
          }
          sums.bars = static_cast<double>(last - first);
        }
      }
    };
    PEAK_RETURN_IF_ERROR(
        parallel_for(grid_.size(), body, {.max_threads = options_.threads, .grain = 1, .stop = options_.stop}));
    result_.combinations = static_cast<std::size_t>(std::count(there_.begin(), there_.end(), 1));
    if (result_.combinations > 0) return {};
    const Result<BacktestResult> first = run_row(0);
    return invalid_argument("no combination of the grid runs; the first says: " + first.error().message);
  }

  void add_split(std::uint32_t test) {
    CrossValidationSplit split;
    split.train_sharpe = kNaN;
    for (std::size_t group = 0; group < options_.groups; ++group) {
      if ((test >> group & 1U) != 0) split.test.push_back(group);
    }
    const double year = std::sqrt(result_.periods_per_year);
    for (std::size_t row = 0; row < grid_.size(); ++row) {
      if (there_[row] == 0) continue;
      const double sharpe = training_sums(row, test).sharpe() * year;
      if (!(sharpe > split.train_sharpe) && !std::isnan(split.train_sharpe)) continue;
      split.train_sharpe = sharpe;
      split.row = row;
    }
    Sums outside;
    for (const std::size_t group : split.test) outside.add(sums_[split.row * options_.groups + group][0]);
    split.test_sharpe = outside.sharpe() * year;
    result_.splits.push_back(std::move(split));
  }

  [[nodiscard]] Sums training_sums(std::size_t row, std::uint32_t test) const {
    Sums sums;
    for (std::size_t group = 0; group < options_.groups; ++group) {
      if ((test >> group & 1U) != 0) continue;
      unsigned cut = 0;
      if (group > 0 && (test >> (group - 1) & 1U) != 0) cut |= kAfterTest;
      if ((test >> (group + 1) & 1U) != 0) cut |= kBeforeTest;
      sums.add(sums_[row * options_.groups + group][cut]);
    }
    return sums;
  }

  /// Returns of every combination that some split chose.
  Status run_chosen() {
    std::vector<std::size_t> rows;
    for (const CrossValidationSplit& split : result_.splits) rows.push_back(split.row);
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    const auto made =
        parallel_map<Buffer<double>>(rows.size(),
                                     [&](std::size_t i) -> Result<Buffer<double>> {
                                       PEAK_ASSIGN_OR_RETURN(BacktestResult run, run_row(rows[i]));
                                       return std::move(run.simulation.returns);
                                     },
                                     {.max_threads = options_.threads, .grain = 1, .stop = options_.stop});
    if (!made.ok()) return made.error();
    for (std::size_t i = 0; i < rows.size(); ++i) returns_.emplace(rows[i], (*made)[i]);
    return {};
  }

  /// Path p takes for each group the p-th split that tests it.
  void make_paths() {
    std::vector<std::vector<std::size_t>> rows_of(options_.groups);
    for (const CrossValidationSplit& split : result_.splits) {
      for (const std::size_t group : split.test) rows_of[group].push_back(split.row);
    }
    for (std::size_t p = 0; p < rows_of.front().size(); ++p) {
      CrossValidationPath& path = result_.paths.emplace_back();
      Sums sums;
      double equity = 1;
      double peak = 1;
      for (std::size_t group = 0; group < options_.groups; ++group) {
        const std::size_t row = rows_of[group][p];
        path.rows.push_back(row);
        sums.add(sums_[row * options_.groups + group][0]);
        const Buffer<double>& returns = returns_.at(row);
        for (std::size_t bar = begin_of(group); bar < begin_of(group + 1); ++bar) {
          equity *= 1.0 + returns[bar];
          peak = std::max(peak, equity);
          path.max_drawdown = std::min(path.max_drawdown, equity / peak - 1.0);
        }
      }
      path.total_return = equity - 1.0;
      path.sharpe = sums.sharpe() * std::sqrt(result_.periods_per_year);
    }
  }

  void summarise() {
    const auto count = static_cast<double>(result_.paths.size());
    double negative = 0;
    for (const CrossValidationPath& path : result_.paths) {
      result_.mean_sharpe += path.sharpe / count;
      negative += path.sharpe <= 0 ? 1 : 0;
    }
    double squares = 0;
    for (const CrossValidationPath& path : result_.paths) {
      squares += (path.sharpe - result_.mean_sharpe) * (path.sharpe - result_.mean_sharpe);
    }
    result_.deviation_sharpe = count > 1 ? std::sqrt(squares / (count - 1.0)) : kNaN;
    result_.negative_share = negative / count;
    for (const CrossValidationSplit& split : result_.splits) {
      result_.mean_train_sharpe += split.train_sharpe / static_cast<double>(result_.splits.size());
    }
  }

  const study::Subject& subject_;
  const Bars& bars_;  // the line of the subject
  const StrategyDefinition& strategy_;
  const Grid& grid_;
  const CrossValidationOptions& options_;
  CrossValidation& result_;
  BacktestOptions run_;
  study::AxisRoles roles_;
  std::vector<GroupSums> sums_;  // by row and group
  std::vector<std::uint8_t> there_;
  std::map<std::size_t, Buffer<double>> returns_;  // by row
};

}  // namespace

Result<CrossValidation> cross_validation(const Bars& bars, const StrategyDefinition& strategy, const Grid& grid,
                                         const CrossValidationOptions& options) {
  CrossValidation result;
  PEAK_RETURN_IF_ERROR(Validation(study::MarketSubject(bars), strategy, grid, options, result).run());
  return result;
}

Result<CrossValidation> cross_validation(const std::shared_ptr<const Panel>& panel, const StrategyDefinition& strategy,
                                         const Grid& grid, const PanelOptions& runs,
                                         const CrossValidationOptions& options) {
  PEAK_ASSIGN_OR_RETURN(const auto subject, study::PanelSubject::make(panel, runs));
  CrossValidationOptions shared = options;
  shared.run = runs.run;
  CrossValidation result;
  PEAK_RETURN_IF_ERROR(Validation(subject, strategy, grid, shared, result).run());
  return result;
}

}  // namespace peak
