#include "progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <utility>

#include "terminal.hpp"

namespace peak::command {
namespace {

constexpr int kBarWidth = 24;

// What a signal handler may touch: the source's flag is an atomic.
StopSource* interrupted = nullptr;

extern "C" void ask_for_stop(int signal) {
  if (interrupted != nullptr) interrupted->request_stop();
  std::signal(signal, SIG_DFL);  // the next one ends the program
}

std::string duration(double seconds) {
  char text[32];
  if (seconds < 90) {
    std::snprintf(text, sizeof text, "%.0f s", seconds);
  } else if (seconds < 5400) {
    std::snprintf(text, sizeof text, "%.0f min", seconds / 60);
  } else {
    std::snprintf(text, sizeof text, "%.1f h", seconds / 3600);
  }
  return text;
}

}  // namespace

ProgressLine::ProgressLine(std::string unit) : unit_(std::move(unit)), terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

void ProgressLine::show(std::uint64_t done, std::uint64_t total, double per_second) {
  if (!terminal_ || total == 0) return;
  const double share = static_cast<double>(done) / static_cast<double>(total);
  const int filled = static_cast<int>(share * kBarWidth);
  const std::string left = per_second > 0 ? duration(static_cast<double>(total - done) / per_second) : "-";
  const std::string bar = std::string(static_cast<std::size_t>(filled), '#') +
                          std::string(static_cast<std::size_t>(kBarWidth - filled), '.');
  std::fprintf(stderr, "\r\x1b[K[%s] %3.0f %%  %llu of %llu %s, %.0f/s, %s left", bar.c_str(), share * 100,
               static_cast<unsigned long long>(done), static_cast<unsigned long long>(total), unit_.c_str(), per_second,
               left.c_str());
  std::fflush(stderr);
  shown_ = true;
}

InterruptGuard::InterruptGuard() {
  interrupted = new StopSource;
  std::signal(SIGINT, ask_for_stop);
  std::signal(SIGTERM, ask_for_stop);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  delete std::exchange(interrupted, nullptr);
}

StopToken InterruptGuard::token() const { return interrupted->token(); }

}  // namespace peak::command
