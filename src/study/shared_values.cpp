#include "study/shared_values.hpp"

#include <algorithm>
#include <span>

#include "peak/expression/separate_parts.hpp"

namespace peak::study {
namespace {

constexpr std::size_t kMostInGroup = 40;   // values computed by one program: averages of one column share their work
constexpr std::size_t kMostPrograms = 64;  // kept
constexpr std::uint64_t kMostInTable = 1 << 16;  // of a source's values

// What stands for a group's distinct value.
std::string parameter_name(std::size_t value) { return "v" + std::to_string(value); }

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

SharedValues::SharedValues(const Bars& bars, const Grid& grid, std::vector<Source> sources)
    : bars_(bars), grid_(grid), sources_(std::move(sources)), known_(sources_.size()) {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    has_columns_ |= sources_[i].expression.type() == expression::ValueType::kNumber;
    std::uint64_t keys = 1;
    for (const std::size_t axis : sources_[i].axes) {
      keys = keys > kMostInTable ? keys : keys * std::min(grid.axes()[axis].size(), kMostInTable + 1);
    }
    if (keys <= kMostInTable) known_[i].table.assign(keys, kUnknown);
  }
}

void SharedValues::Places::clear() {
  std::fill(table.begin(), table.end(), kUnknown);
  others.clear();
}

void SharedValues::clear() {
  for (Places& known : known_) known.clear();
  values_.clear();
  wanted_.clear();
  wanted_values_.clear();
  used_workspaces_ = 0;
  signals_.clear();
}

std::uint32_t SharedValues::want(std::size_t source, const std::vector<std::uint64_t>& indices) {
  const Source& part = sources_[source];
  std::uint32_t& place = known_[source].at(part.key(grid_, indices));
  if (place != kUnknown) return place;
  place = static_cast<std::uint32_t>(values_.size());
  values_.emplace_back();
  wanted_.push_back({static_cast<std::uint32_t>(source), place, wanted_values_.size()});
  for (const std::size_t axis : part.axes) wanted_values_.push_back(grid_.axes()[axis][indices[axis]]);
  return place;
}

Status SharedValues::compute(const ParallelOptions& options, std::size_t others,
                             const std::function<void(std::size_t)>& other) {
  const unsigned threads = options.max_threads == 0 ? ThreadPool::shared().size() : options.max_threads;
  const std::size_t group =
      std::clamp<std::size_t>((wanted_.size() + threads - 1) / std::max(threads, 1U), 1, kMostInGroup);
  const std::size_t groups = (wanted_.size() + group - 1) / group;
  const std::size_t columns_from = used_workspaces_, signals_from = signals_.size();
  if (has_columns_) {
    while (workspaces_.size() < columns_from + groups) {
      workspaces_.push_back(std::make_unique<expression::Workspace>());
    }
    used_workspaces_ += groups;
  } else {
    signals_.resize(signals_from + groups);
  }
  ParallelOptions one_by_one = options;
  one_by_one.grain = 1;
  PEAK_RETURN_IF_ERROR(parallel_for(
      groups + others,
      [&](std::size_t i) {
        if (i >= groups) return other(i - groups);
        const std::size_t first = i * group, count = std::min(group, wanted_.size() - first);
        const std::span<const Wanted> wanted = std::span(wanted_).subspan(first, count);
        if (has_columns_) {
          compute_group(wanted, *workspaces_[columns_from + i]);
        } else {
          compute_signals(wanted, signals_[signals_from + i]);
        }
      },
      one_by_one));
  computed_ += wanted_.size();
  wanted_.clear();
  wanted_values_.clear();
  return {};
}

struct SharedValues::Pattern {
  std::vector<std::uint32_t> key;
  expression::ParameterValues values;  // by parameter_name
};

SharedValues::Pattern SharedValues::pattern_of(std::span<const Wanted> group) const {
  Pattern pattern;
  std::vector<double> distinct;
  for (const Wanted& wanted : group) {
    pattern.key.push_back(wanted.source);
    for (std::size_t axis = 0; axis < sources_[wanted.source].axes.size(); ++axis) {
      const double value = wanted_values_[wanted.first_value + axis];
      const auto known = std::find(distinct.begin(), distinct.end(), value);
      const auto place = static_cast<std::uint32_t>(known - distinct.begin());
      if (known == distinct.end()) {
        distinct.push_back(value);
        pattern.values.emplace(parameter_name(place), value);
      }
      // Bands are taken apart where they are finite: such values make another program.
      pattern.key.push_back(2 * place + (expression::is_band_width(value) ? 1 : 0));
    }
  }
  return pattern;
}

Result<expression::Program> SharedValues::program_of(std::span<const Wanted> group, const Pattern& pattern) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = programs_.find(pattern.key); known != programs_.end()) return known->second;
  }
  std::vector<expression::Expression> outputs;
  std::size_t at = 0;
  for (const Wanted& wanted : group) {
    const Source& source = sources_[wanted.source];
    ++at;
    std::map<std::string, expression::Expression, std::less<>> names;
    for (const std::size_t axis : source.axes) {
      names.emplace(grid_.axes()[axis].name(), expression::parameter(parameter_name(pattern.key[at++] / 2), 0));
    }
    const expression::Expression named = expression::with_parts(source.expression, names);
    outputs.push_back(expression::separate_parts(named, pattern.values));
  }
  PEAK_ASSIGN_OR_RETURN(const expression::Program program, expression::Program::compile(outputs));
  const std::lock_guard lock(mutex_);
  if (programs_.size() >= kMostPrograms) programs_.clear();
  programs_.emplace(pattern.key, program);
  return program;
}

Result<std::vector<expression::OutputView>> SharedValues::evaluate(std::span<const Wanted> group,
                                                                   expression::Workspace& workspace) {
  const Pattern pattern = pattern_of(group);
  PEAK_ASSIGN_OR_RETURN(const expression::Program program, program_of(group, pattern));
  return program.evaluate(bars_, pattern.values, workspace);
}

// A program fails as a whole, so that after a failure each value is tried by itself; what fails stays unusable.
void SharedValues::compute_group(std::span<const Wanted> group, expression::Workspace& workspace) {
  const auto views = evaluate(group, workspace);
  if (views.ok()) {
    for (std::size_t i = 0; i < group.size(); ++i) store((*views)[i], values_[group[i].place]);
    return;
  }
  if (group.size() == 1) return;
  // Of values that lie in a workspace only those of its last program live: compute those that work together again.
  std::vector<Wanted> good;
  for (const Wanted& wanted : group) {
    if (evaluate({&wanted, 1}, workspace).ok()) good.push_back(wanted);
  }
  const auto rest = evaluate(good, workspace);
  if (!rest.ok()) return;
  for (std::size_t i = 0; i < good.size(); ++i) store((*rest)[i], values_[good[i].place]);
}

std::unique_ptr<expression::Workspace> SharedValues::take_workspace() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) return std::make_unique<expression::Workspace>();
  std::unique_ptr<expression::Workspace> workspace = std::move(free_.back());
  free_.pop_back();
  return workspace;
}

void SharedValues::give_back(std::unique_ptr<expression::Workspace> workspace) {
  const std::lock_guard lock(mutex_);
  free_.push_back(std::move(workspace));
}

// Signals are bits, a sixty-fourth of the columns that they are made of: those stay in the caches for the next group.
void SharedValues::compute_signals(std::span<const Wanted> group, Buffer<std::uint64_t>& words) {
  std::unique_ptr<expression::Workspace> workspace = take_workspace();
  compute_group(group, *workspace);
  const std::size_t each = bit_words(bars_.size());
  words = Buffer<std::uint64_t>(group.size() * each);
  for (std::size_t i = 0; i < group.size(); ++i) {
    SharedValue& value = values_[group[i].place];
    if (!value.usable) continue;
    std::uint64_t* const copy = words.data() + i * each;
    std::copy_n(value.truth.words, each, copy);
    value.truth.words = copy;
  }
  give_back(std::move(workspace));
}

void SharedValues::store(const expression::OutputView& output, SharedValue& value) const {
  if (output.type == expression::ValueType::kSignal) {
    value.truth = output.truth;
    value.usable = true;
    return;
  }
  const auto column = swept_column(output.numbers);
  value.usable = column.has_value();
  if (column) value.column = *column;
}

}  // namespace peak::study
