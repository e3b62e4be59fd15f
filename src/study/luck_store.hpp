// LuckStore: what a sweep's statistics on luck came to, kept beside its rows, so that a repeated sweep does not compute
// them again.
//
// One small file for each answer, named by a hash of everything that it depends on: data, strategy, broker,
// conventions, blocks and engine semantics version, the grid and its order, which rows are finished, the metric and the
// effort. It is written whole under another name and then renamed; a file that is damaged, torn or of another format is
// as if it were not there.
//
// Failure    what cannot be written is not kept; nothing else comes of it.
// Threads    one thread each; processes may keep the same answer at the same time.
#pragma once

#include <optional>
#include <string>

#include "peak/study/sweep_overfitting.hpp"

namespace peak::study {

class LuckStore {
 public:
  /// For the rows of `market` in `result`, which must not change. Keeps nothing if the result's rows are not kept.
  LuckStore(const SweepResult& result, std::size_t market, Metric metric, OverfittingEffort effort);

  [[nodiscard]] std::optional<Overfitting> find() const;
  void keep(const Overfitting& luck) const;

 private:
  std::string path_;
};

}  // namespace peak::study
