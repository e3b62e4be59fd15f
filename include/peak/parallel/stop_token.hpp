// StopToken: how long work learns that nobody wants it any more (Ctrl-C, a closed window, a failed neighbour).
//
//     StopSource source;
//     std::thread work([token = source.token()] { while (!token.stop_requested()) step(); });
//     source.request_stop();
//
// std::stop_token does the same, but libc++ has it only behind a flag.
// Threads: any; a token may outlive its source. Asking costs one relaxed load.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace peak {

/// Asks whether to stop. A default token never says so.
class StopToken {
 public:
  StopToken() = default;
  [[nodiscard]] bool stop_requested() const noexcept {
    return state_ != nullptr && state_->load(std::memory_order_relaxed);
  }

 private:
  friend class StopSource;
  explicit StopToken(std::shared_ptr<const std::atomic<bool>> state) : state_(std::move(state)) {}
  std::shared_ptr<const std::atomic<bool>> state_;
};

/// Says that work should stop. Copies speak for the same work.
class StopSource {
 public:
  StopSource() : state_(std::make_shared<std::atomic<bool>>(false)) {}
  [[nodiscard]] StopToken token() const { return StopToken(state_); }
  /// Once said it stays said; safe from any thread.
  void request_stop() noexcept { state_->store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool stop_requested() const noexcept { return state_->load(std::memory_order_relaxed); }

 private:
  std::shared_ptr<std::atomic<bool>> state_;
};

}  // namespace peak
