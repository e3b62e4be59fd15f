// SharedValues: the columns and signals from which the combinations of a tile are made, each computed once.
//
// A source is a part of the strategy, such as sma(close, fast): it has as many values as the axes that it depends on
// have combinations, however many other axes there are.
//
// Values are computed in groups by one program. Groups that differ in nothing but numbers share theirs: numbers are
// the program's parameters.
//
// Threads: compute() uses the pool; what it made may be read by all threads until the next call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "peak/base/bits.hpp"
#include "peak/base/buffer.hpp"
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
  SharedValues(const Bars& bars, const Grid& grid, std::vector<Source> sources);

  [[nodiscard]] std::size_t source_count() const noexcept { return sources_.size(); }
  [[nodiscard]] const std::vector<Source>& sources() const noexcept { return sources_; }
  /// Forgets everything, so that the memory can be used again.
  void clear();
  /// The place of a value, to be computed if it is new.
  std::uint32_t want(std::size_t source, const std::vector<std::uint64_t>& indices);
  /// Computes what was wanted and is not there; beside it, in the same loop, other(i) is called for each i < others.
  Status compute(const ParallelOptions& options, std::size_t others, const std::function<void(std::size_t)>& other);
  [[nodiscard]] const SharedValue& at(std::uint32_t place) const noexcept { return values_[place]; }
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  /// Values computed in all, for the plan.
  [[nodiscard]] std::uint64_t computed() const noexcept { return computed_; }

 private:
  struct Wanted {
    std::uint32_t source, place;
    std::size_t first_value;  // in wanted_values_, one for each of the source's axes
  };
  /// Where a source's values are, by key: a table where it is small, for a sweep asks for every combination.
  struct Places {
    std::vector<std::uint32_t> table;  // kUnknown where there is none
    std::unordered_map<std::uint64_t, std::uint32_t> others;

    /// What stands at the key, to be set if it is kUnknown.
    std::uint32_t& at(std::uint64_t key) {
      return key < table.size() ? table[key] : others.try_emplace(key, kUnknown).first->second;
    }
    void clear();
  };
  static constexpr std::uint32_t kUnknown = ~std::uint32_t{0};

  /// The distinct values of parameters in a group, and which of them each expression takes.
  struct Pattern;

  [[nodiscard]] Pattern pattern_of(std::span<const Wanted> group) const;
  [[nodiscard]] Result<expression::Program> program_of(std::span<const Wanted> group, const Pattern& pattern);
  [[nodiscard]] Result<std::vector<expression::OutputView>> evaluate(std::span<const Wanted> group,
                                                                     expression::Workspace& workspace);
  void compute_group(std::span<const Wanted> group, expression::Workspace& workspace);
  void store(const expression::OutputView& output, SharedValue& value) const;
  std::unique_ptr<expression::Workspace> take_workspace();
  void give_back(std::unique_ptr<expression::Workspace> workspace);
  void compute_signals(std::span<const Wanted> group, Buffer<std::uint64_t>& words);

  const Bars& bars_;
  const Grid& grid_;
  std::vector<Source> sources_;
  std::vector<Places> known_;  // of each source
  std::vector<SharedValue> values_;
  std::vector<Wanted> wanted_;
  std::vector<double> wanted_values_;
  std::mutex mutex_;                                                    // of the two below
  std::map<std::vector<std::uint32_t>, expression::Program> programs_;  // by pattern
  std::vector<std::unique_ptr<expression::Workspace>> free_;            // for signals, which are copied out
  bool has_columns_ = false;                                            // among the sources
  std::vector<std::unique_ptr<expression::Workspace>> workspaces_;      // in which columns lie
  std::size_t used_workspaces_ = 0;
  std::vector<Buffer<std::uint64_t>> signals_;  // in which signals lie, of each group
  std::uint64_t computed_ = 0;
};

}  // namespace peak::study
