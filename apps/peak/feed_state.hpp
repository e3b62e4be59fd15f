// Feed state: the file from which a feed goes on, for one feed at a time.
//
// The lock is a file of its own beside it (`FILE.lock`, empty, which stays): the state itself is replaced by another
// file at each save. The system ends the lock with the program, however that ends.
#pragma once

#include <string>

#include "peak/base/status.hpp"
#include "peak/sim/runner.hpp"

namespace peak::command {

class FeedState {
 public:
  /// Takes the lock, or says that another feed has it, and restores the runner from the file if there is one.
  [[nodiscard]] static Result<FeedState> open(const std::string& path, Runner& runner);
  FeedState(FeedState&& other) noexcept;
  FeedState& operator=(FeedState&&) = delete;
  ~FeedState();

  /// The old state or the new one is there at any time.
  [[nodiscard]] Status save(const Runner& runner) const;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  FeedState(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_;
};

}  // namespace peak::command
