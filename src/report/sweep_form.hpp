// SweepForm: the rows of a sweep in one form of file, group by group.
//
// Threads: one thread each.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/study/sweep.hpp"

namespace peak::report {

/// Finished rows that are written together, ascending.
struct SweepGroup {
  const SweepResult& result;
  std::span<const std::uint64_t> rows;
  bool errors = false;                                 ///< there is a column of reasons
  std::span<const SweepFailure* const> failures = {};  ///< among the rows, ascending

  /// Why row `row` failed; null if it did not.
  [[nodiscard]] const std::string* failure_of(std::uint64_t row) const;
};

class SweepForm {
 public:
  SweepForm() = default;
  SweepForm(const SweepForm&) = delete;
  SweepForm& operator=(const SweepForm&) = delete;
  virtual ~SweepForm() = default;

  /// Whether begin() may be called again: a pipe cannot take back what was written.
  [[nodiscard]] virtual bool can_begin_again() const = 0;
  /// An empty file; what was written before is gone.
  [[nodiscard]] virtual Status begin() = 0;
  [[nodiscard]] virtual Status append(const SweepGroup& group) = 0;
  [[nodiscard]] virtual Status commit() = 0;
};

[[nodiscard]] std::unique_ptr<SweepForm> make_sweep_csv(const std::string& path);
[[nodiscard]] std::unique_ptr<SweepForm> make_sweep_parquet(const std::string& path);

}  // namespace peak::report
