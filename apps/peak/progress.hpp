// Progress of long work: a line on standard error that is written over, with share, rate and the time that is left;
// nothing unless standard error is a terminal. And Ctrl-C: the first asks the work to stop, the second ends the
// program.
#pragma once

#include <cstdint>
#include <string>

#include "peak/parallel/stop_token.hpp"

namespace peak::command {

class ProgressLine {
 public:
  /// `unit` names what is counted: "combinations".
  explicit ProgressLine(std::string unit);
  ~ProgressLine();  ///< takes the line away
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::uint64_t done, std::uint64_t total, double per_second);

 private:
  std::string unit_;
  bool terminal_, shown_ = false;
};

/// While it lives, Ctrl-C and SIGTERM ask for a stop instead of ending the program. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  [[nodiscard]] StopToken token() const;
};

}  // namespace peak::command
