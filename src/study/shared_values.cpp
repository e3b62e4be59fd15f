#include "study/shared_values.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "peak/expression/separate_bands.hpp"

namespace peak::study {
namespace {

constexpr std::size_t kMostInGroup = 24;  // values computed by one program: averages of one column share their work

// The first bar with a value, when no bar after it lacks one.
bool is_regular(std::span<const double> values, std::size_t& first) {
  first = 0;
  while (first < values.size() && std::isnan(values[first])) ++first;
  bool gap = false;
  for (std::size_t t = first; t < values.size(); ++t) gap |= std::isnan(values[t]);
  return !gap;
}

}  // namespace

Source Source::make(const expression::Expression& part, const Grid& grid, const expression::ParameterValues& fixed) {
  Source source;
  source.expression = expression::with_parameters(part, fixed);
  for (const auto& [name, value] : expression::parameters_of(source.expression)) {
    for (std::size_t axis = 0; axis < grid.axes().size(); ++axis) {
      if (grid.axes()[axis].name() == name) source.axes.push_back(axis);
    }
  }
  std::sort(source.axes.begin(), source.axes.end());
  return source;
}

std::uint64_t Source::key(const Grid& grid, const std::vector<std::uint64_t>& indices) const noexcept {
  std::uint64_t key = 0;
  for (const std::size_t axis : axes) key = key * grid.axes()[axis].size() + indices[axis];
  return key;
}

void SharedValues::clear() {
  for (auto& known : known_) known.clear();
  values_.clear();
  wanted_.clear();
  used_workspaces_ = 0;
}

std::uint32_t SharedValues::want(std::size_t source, const std::vector<std::uint64_t>& indices) {
  const Source& part = sources_[source];
  const auto [at, is_new] =
      known_[source].try_emplace(part.key(grid_, indices), static_cast<std::uint32_t>(values_.size()));
  if (!is_new) return at->second;
  values_.emplace_back();
  expression::ParameterValues values;
  for (const std::size_t axis : part.axes) values[grid_.axes()[axis].name()] = grid_.axes()[axis][indices[axis]];
  wanted_.push_back({expression::separate_bands(expression::with_parameters(part.expression, values)), at->second});
  return at->second;
}

Status SharedValues::compute(const ParallelOptions& options) {
  const unsigned threads = options.max_threads == 0 ? ThreadPool::shared().size() : options.max_threads;
  const std::size_t group =
      std::clamp<std::size_t>((wanted_.size() + threads - 1) / std::max(threads, 1U), 1, kMostInGroup);
  const std::size_t groups = (wanted_.size() + group - 1) / group;
  while (workspaces_.size() < used_workspaces_ + groups) {
    workspaces_.push_back(std::make_unique<expression::Workspace>());
  }
  ParallelOptions one_by_one = options;
  one_by_one.grain = 1;
  PEAK_RETURN_IF_ERROR(parallel_for(
      groups,
      [&](std::size_t i) {
        compute_group(i * group, std::min((i + 1) * group, wanted_.size()), *workspaces_[used_workspaces_ + i]);
      },
      one_by_one));
  used_workspaces_ += groups;
  computed_ += wanted_.size();
  wanted_.clear();
  return {};
}

// A program fails as a whole, so that after a failure each value is tried by itself; what fails stays unusable.
void SharedValues::compute_group(std::size_t first, std::size_t last, expression::Workspace& workspace) {
  std::vector<expression::Expression> outputs;
  for (std::size_t i = first; i < last; ++i) outputs.push_back(wanted_[i].expression);
  const auto program = expression::Program::compile(outputs);
  const auto views = program.ok() ? program->evaluate(bars_, {}, workspace)
                                  : Result<std::vector<expression::OutputView>>(program.error());
  if (views.ok()) {
    for (std::size_t i = first; i < last; ++i) store((*views)[i - first], values_[wanted_[i].place]);
    return;
  }
  if (last - first == 1) return;
  // Of values that lie in a workspace only those of its last program live: keep the first half that works together.
  std::vector<Wanted> good;
  for (std::size_t i = first; i < last; ++i) {
    const auto alone = expression::Program::compile({&wanted_[i].expression, 1});
    if (alone.ok() && alone->evaluate(bars_, {}, workspace).ok()) good.push_back(wanted_[i]);
  }
  outputs.clear();
  for (const Wanted& wanted : good) outputs.push_back(wanted.expression);
  const auto rest = expression::Program::compile(outputs);
  if (!rest.ok()) return;
  const auto rest_views = rest->evaluate(bars_, {}, workspace);
  if (!rest_views.ok()) return;
  for (std::size_t i = 0; i < good.size(); ++i) store((*rest_views)[i], values_[good[i].place]);
}

void SharedValues::store(const expression::OutputView& output, SharedValue& value) const {
  if (output.type == expression::ValueType::kSignal) {
    value.truth = output.truth;
    value.usable = true;
    return;
  }
  value.column.values = output.numbers.data();
  value.usable = is_regular(output.numbers, value.column.first);
}

}  // namespace peak::study
