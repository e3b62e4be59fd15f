#include "peak/parallel/symbol_loads.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <list>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

namespace peak::detail {
namespace {

using LoadClock = std::chrono::steady_clock;
using Moment = LoadClock::time_point;

constexpr double kFirstDelay_s = 0.1, kMostDelay_s = 30;    // before the first retry; doubled for each further one
constexpr auto kStopCheck = std::chrono::milliseconds(20);  // how often the stop token is asked while nothing happens
constexpr std::size_t kMostConcurrent = 1000;

LoadClock::duration seconds(double count) {
  return std::chrono::duration_cast<LoadClock::duration>(std::chrono::duration<double>(count));
}

/// One symbol that waits for its turn.
struct Waiting {
  std::size_t item;
  unsigned attempt;
  Moment from;
};

/// One attempt that runs.
struct Running {
  std::size_t item;
  unsigned attempt;
  Moment deadline;
  StopSource stop;
};

/// Shared by the caller and the threads: one that hangs may outlive the caller.
class Loads : public std::enable_shared_from_this<Loads> {
 public:
  Loads(std::span<const std::string> symbols, LoadAttempt attempt, const LoadOptions& options)
      : symbols_(symbols.begin(), symbols.end()),
        attempt_(std::move(attempt)),
        options_(options),
        random_(options.seed),
        done_(symbols.size()),
        open_(symbols.size()) {
    for (std::size_t item = 0; item < symbols.size(); ++item) waiting_.push_back({item, 0, LoadClock::now()});
  }

  std::vector<Status> run() {
    std::unique_lock lock(mutex_);
    for (std::size_t i = 0; i < std::min(options_.max_concurrent, symbols_.size()); ++i) start_thread();
    while (open_ > 0 && !options_.stop.stop_requested()) {
      give_up_late();
      const Moment next = std::min(next_deadline(), LoadClock::now() + kStopCheck);
      if (open_ > 0) finished_.wait_until(lock, next);
    }
    cancel();
    // Threads that run no attempt end at once; an attempt that was given up is nobody's any more.
    ended_.wait(lock, [this] { return threads_ == 0; });
    return std::move(done_);
  }

 private:
  /// Where the system has no thread left, those that run do the rest; without any nothing can be loaded.
  void start_thread() {
    try {
      std::thread([self = shared_from_this()] { self->work(); }).detach();
      ++threads_;
    } catch (const std::exception& thrown) {
      if (threads_ > 0) return;
      for (const Waiting& waiting : std::exchange(waiting_, {})) {
        finish(waiting.item,
               Error{ErrorCode::kIo, symbols_[waiting.item] + ": no thread can be started: " + thrown.what()});
      }
    }
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (open_ > 0) {
      const auto next = take(lock);
      if (!next) break;
      const auto running = running_.insert(running_.end(), Running{next->item, next->attempt, deadline(), {}});
      const StopToken stop = running->stop.token();
      lock.unlock();
      Result<std::function<void()>> made = attempted(next->item, stop);
      lock.lock();
      if (!is_wanted(stop)) {  // given up meanwhile; another thread has this one's place
        return;
      }
      const unsigned attempt = running->attempt;
      running_.erase(running);
      if (made.ok()) {
        (*made)();
        finish(next->item, {});
      } else {
        fail(next->item, attempt, std::move(made).error());
      }
    }
    --threads_;
    ended_.notify_all();
  }

  /// An attempt that is still waited for has a token that was not asked to stop.
  static bool is_wanted(const StopToken& stop) { return !stop.stop_requested(); }

  Result<std::function<void()>> attempted(std::size_t item, const StopToken& stop) const {
    try {
      return attempt_(item, stop);
    } catch (const std::exception& thrown) {
      return Error{ErrorCode::kInternal, "the loader threw: " + std::string(thrown.what())};
    } catch (...) {
      return Error{ErrorCode::kInternal, "the loader threw something that is no std::exception"};
    }
  }

  /// The next symbol whose time has come, when the limit of attempts per second allows it; none when all are done.
  std::optional<Waiting> take(std::unique_lock<std::mutex>& lock) {
    while (open_ > 0) {
      const auto next = std::min_element(waiting_.begin(), waiting_.end(),
                                         [](const Waiting& a, const Waiting& b) { return a.from < b.from; });
      if (next == waiting_.end()) {
        changed_.wait(lock);
        continue;
      }
      const Moment now = LoadClock::now();
      if (next->from > now) {
        changed_.wait_until(lock, next->from);
        continue;
      }
      if (options_.rate_limit_per_second > 0 && next_start_ > now) {
        changed_.wait_until(lock, next_start_);
        continue;
      }
      next_start_ = now + (options_.rate_limit_per_second > 0 ? seconds(1 / options_.rate_limit_per_second)
                                                              : LoadClock::duration::zero());
      const Waiting taken = *next;
      waiting_.erase(next);
      return taken;
    }
    return std::nullopt;
  }

  [[nodiscard]] Moment deadline() const {
    return options_.timeout_s > 0 ? LoadClock::now() + seconds(options_.timeout_s) : Moment::max();
  }

  [[nodiscard]] Moment next_deadline() const {
    Moment next = Moment::max();
    for (const Running& running : running_) next = std::min(next, running.deadline);
    return next;
  }

  void give_up_late() {
    const Moment now = LoadClock::now();
    for (auto running = running_.begin(); running != running_.end();) {
      if (running->deadline > now) {
        ++running;
        continue;
      }
      running->stop.request_stop();
      const std::size_t item = running->item;
      const unsigned attempt = running->attempt;
      running = running_.erase(running);
      --threads_;
      fail(item, attempt, {ErrorCode::kIo, "took longer than " + text_of(options_.timeout_s) + " s"});
      start_thread();
    }
  }

  static std::string text_of(double number) {
    std::string text = std::to_string(number);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
  }

  void fail(std::size_t item, unsigned attempt, Error error) {
    if (attempt >= options_.retries) {
      finish(item, error.within(symbols_[item]));
      return;
    }
    const double spread = std::uniform_real_distribution<double>(0.5, 1.5)(random_);
    const double delay = std::min(std::ldexp(kFirstDelay_s, static_cast<int>(std::min(attempt, 30U))), kMostDelay_s);
    waiting_.push_back({item, attempt + 1, LoadClock::now() + seconds(delay * spread)});
    changed_.notify_all();
  }

  void finish(std::size_t item, Status status) {
    done_[item] = std::move(status);
    --open_;
    if (options_.progress) options_.progress(symbols_.size() - open_, symbols_.size(), symbols_[item]);
    if (open_ == 0) changed_.notify_all();
    finished_.notify_all();
  }

  /// What is not finished when the caller stops.
  void cancel() {
    for (const Waiting& waiting : waiting_) cancel_item(waiting.item);
    waiting_.clear();
    for (Running& running : running_) {
      running.stop.request_stop();
      cancel_item(running.item);
      --threads_;
    }
    running_.clear();
    open_ = 0;
    changed_.notify_all();
  }

  void cancel_item(std::size_t item) {
    done_[item] = Error{ErrorCode::kCancelled, symbols_[item] + ": stopped before it was loaded"};
  }

  const std::vector<std::string> symbols_;
  const LoadAttempt attempt_;
  const LoadOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_, finished_, ended_;
  std::mt19937_64 random_;
  std::vector<Waiting> waiting_;
  std::list<Running> running_;
  std::vector<Status> done_;
  std::size_t open_;         // symbols that are neither loaded nor given up
  std::size_t threads_ = 0;  // but those whose attempt was given up
  Moment next_start_ = Moment::min();
};

Status check_load(std::span<const std::string> symbols, const LoadOptions& options) {
  if (std::any_of(symbols.begin(), symbols.end(), [](const std::string& symbol) { return symbol.empty(); })) {
    return invalid_argument("load_symbols: a symbol is empty");
  }
  if (options.max_concurrent == 0 || options.max_concurrent > kMostConcurrent) {
    return invalid_argument("load_symbols: max_concurrent must be from 1 to 1,000, not " +
                            std::to_string(options.max_concurrent));
  }
  if (!(options.timeout_s >= 0 && std::isfinite(options.timeout_s))) {
    return invalid_argument("load_symbols: timeout_s must be 0 (none) or more seconds, not " +
                            std::to_string(options.timeout_s));
  }
  if (!(options.rate_limit_per_second >= 0 && std::isfinite(options.rate_limit_per_second))) {
    return invalid_argument("load_symbols: rate_limit_per_second must be 0 (none) or more, not " +
                            std::to_string(options.rate_limit_per_second));
  }
  return {};
}

}  // namespace

Result<std::vector<Status>> run_loads(std::span<const std::string> symbols, LoadAttempt attempt,
                                      const LoadOptions& options) {
  PEAK_RETURN_IF_ERROR(check_load(symbols, options));
  if (symbols.empty()) return std::vector<Status>();
  return std::make_shared<Loads>(symbols, std::move(attempt), options)->run();
}

std::vector<std::size_t> distinct_symbols(std::span<const std::string> symbols, std::vector<std::string>& distinct) {
  std::map<std::string, std::size_t> known;
  std::vector<std::size_t> places;
  for (const std::string& symbol : symbols) {
    const auto [place, is_new] = known.emplace(symbol, distinct.size());
    if (is_new) distinct.push_back(symbol);
    places.push_back(place->second);
  }
  return places;
}

}  // namespace peak::detail
