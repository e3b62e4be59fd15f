// SharedValues: the columns and signals from which the combinations of a tile are made, each computed once.
//
// A source is a part of the strategy, such as sma(close, fast): it has as many values as the axes that it depends on
// have combinations, however many other axes there are.
//
// Threads: compute() uses the pool; what it made may be read by all threads until the next call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "peak/base/bits.hpp"
#include "peak/expression/program.hpp"
#include "peak/market/bars.hpp"
#include "peak/parallel/thread_pool.hpp"
#include "peak/study/grid.hpp"
#include "study/crossings.hpp"

namespace peak::study {

/// A part of the strategy and the axes of the grid on which it depends.
struct Source {
  expression::Expression expression;
  std::vector<std::size_t> axes;

  /// The source, with the parameters that are not axes bound to their values.
  static Source make(const expression::Expression& part, const Grid& grid, const expression::ParameterValues& fixed);
  /// Which of the source's values a combination takes, from the place of each axis' value.
  [[nodiscard]] std::uint64_t key(const Grid& grid, const std::vector<std::uint64_t>& indices) const noexcept;
};

/// One value of a source.
struct SharedValue {
  SweptColumn column;   ///< of a number
  BitView truth;        ///< of a signal
  bool usable = false;  ///< false: it failed, or the column has gaps
};

class SharedValues {
 public:
  SharedValues(const Bars& bars, const Grid& grid, std::vector<Source> sources)
      : bars_(bars), grid_(grid), sources_(std::move(sources)), known_(sources_.size()) {}

  [[nodiscard]] std::size_t source_count() const noexcept { return sources_.size(); }
  [[nodiscard]] const std::vector<Source>& sources() const noexcept { return sources_; }
  /// Forgets everything, so that the memory can be used again.
  void clear();
  /// The place of a value, to be computed if it is new.
  std::uint32_t want(std::size_t source, const std::vector<std::uint64_t>& indices);
  /// Computes what was wanted and is not there.
  Status compute(const ParallelOptions& options);
  [[nodiscard]] const SharedValue& at(std::uint32_t place) const noexcept { return values_[place]; }
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  /// Values computed in all, for the plan.
  [[nodiscard]] std::uint64_t computed() const noexcept { return computed_; }

 private:
  struct Wanted {
    expression::Expression expression;
    std::uint32_t place;
  };
  void compute_group(std::size_t first, std::size_t last, expression::Workspace& workspace);
  void store(const expression::OutputView& output, SharedValue& value) const;

  const Bars& bars_;
  const Grid& grid_;
  std::vector<Source> sources_;
  std::vector<std::unordered_map<std::uint64_t, std::uint32_t>> known_;  // of each source: key to place
  std::vector<SharedValue> values_;
  std::vector<Wanted> wanted_;
  std::vector<std::unique_ptr<expression::Workspace>> workspaces_;  // in which the values lie
  std::size_t used_workspaces_ = 0;
  std::uint64_t computed_ = 0;
};

}  // namespace peak::study
