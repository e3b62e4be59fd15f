#include "peak/parallel/symbol_loads.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace peak {
namespace {

using Clock = std::chrono::steady_clock;

/// Waits until so many are there; tells how many were at most.
class Gathering {
 public:
  explicit Gathering(std::size_t wanted) : wanted_(wanted) {}
  void meet() {
    std::unique_lock lock(mutex_);
    ++here_;
    most_ = std::max(most_, here_);
    if (here_ >= wanted_) open_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    --here_;
  }
  [[nodiscard]] std::size_t most() const { return most_; }

 private:
  const std::size_t wanted_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t here_ = 0, most_ = 0;
  bool open_ = false;
};

std::vector<std::string> symbols_of(std::size_t count) {
  std::vector<std::string> symbols;
  for (std::size_t i = 0; i < count; ++i) symbols.push_back("S" + std::to_string(i));
  return symbols;
}

TEST(SymbolLoads, ResultsStandInTheOrderOfTheSymbolsAndOneNamedTwiceIsLoadedOnce) {
  std::atomic<int> loads = 0;
  const auto loader = [&](const std::string& symbol, const std::string& timeframe,
                          const StopToken&) -> Result<std::string> {
    ++loads;
    return symbol + " " + timeframe;
  };
  const std::vector<std::string> symbols = {"B", "A", "B", "C"};
  std::vector<std::size_t> told;
  LoadOptions options;
  options.progress = [&](std::size_t done, std::size_t total, const std::string&) {
    EXPECT_EQ(total, 3U);
    told.push_back(done);
  };
  const auto loaded = load_symbols<std::string>(symbols, "1h", loader, options);
  ASSERT_TRUE(loaded.ok());
  ASSERT_EQ(loaded->size(), 4U);
  for (std::size_t i = 0; i < symbols.size(); ++i) EXPECT_EQ((*loaded)[i].value(), symbols[i] + " 1h");
  EXPECT_EQ(loads, 3);
  EXPECT_EQ(told, (std::vector<std::size_t>{1, 2, 3}));
  EXPECT_TRUE(load_symbols<std::string>({}, "1h", loader)->empty());
}

// The first eight wait for each other, so that it ends only if eight run at once.
TEST(SymbolLoads, AsManyAtOnceAsAskedForAndNoMore) {
  Gathering gathering(8);
  const auto loader = [&](const std::string&, const std::string&, const StopToken&) -> Result<int> {
    gathering.meet();
    return 1;
  };
  const auto loaded = load_symbols<int>(symbols_of(40), "1d", loader, {.max_concurrent = 8});
  ASSERT_TRUE(loaded.ok());
  for (const auto& one : *loaded) EXPECT_TRUE(one.ok());
  EXPECT_EQ(gathering.most(), 8U);
}

TEST(SymbolLoads, FailuresAreTriedAgainAndTheOthersGoOn) {
  std::mutex mutex;
  std::map<std::string, int> attempts;
  const auto loader = [&](const std::string& symbol, const std::string&, const StopToken&) -> Result<int> {
    const std::lock_guard lock(mutex);
    const int attempt = ++attempts[symbol];
    if (symbol == "S1" && attempt < 3) return Error{ErrorCode::kIo, "busy"};
    if (symbol == "S2") return Error{ErrorCode::kNotFound, "not listed"};
    if (symbol == "S3") throw std::runtime_error("thrown");
    return attempt;
  };
  const auto loaded = load_symbols<int>(symbols_of(4), "1d", loader, {.max_concurrent = 2, .retries = 2});
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ((*loaded)[0].value(), 1);
  EXPECT_EQ((*loaded)[1].value(), 3);
  EXPECT_EQ((*loaded)[2].error().code, ErrorCode::kNotFound);
  EXPECT_EQ((*loaded)[2].error().message, "S2: not listed");
  EXPECT_EQ((*loaded)[3].error().code, ErrorCode::kInternal);
  EXPECT_NE((*loaded)[3].error().message.find("thrown"), std::string::npos);
  EXPECT_EQ(attempts["S2"], 3);
  EXPECT_EQ(attempts["S3"], 3);
}

struct Hanging {
  std::mutex mutex;
  std::condition_variable changed;
  bool over = false, ended = false, asked = false;
};

/// One place only: the first of two symbols hangs, which it does until both have their results. Gives the second one's.
Result<int> loaded_behind_one_that_hangs() {
  const auto hanging = std::make_shared<Hanging>();
  const auto loader = [hanging](const std::string& symbol, const std::string&, const StopToken& stop) -> Result<int> {
    if (symbol == "S1") return 7;
    std::unique_lock lock(hanging->mutex);
    hanging->changed.wait(lock, [&] { return hanging->over; });
    hanging->asked = stop.stop_requested();
    hanging->ended = true;
    hanging->changed.notify_all();
    return 8;  // too late to count
  };
  const auto loaded = load_symbols<int>(symbols_of(2), "1d", loader, {.max_concurrent = 1, .timeout_s = 1});
  if (!loaded.ok()) return loaded.error();
  EXPECT_EQ((*loaded)[0].error().message, "S0: took longer than 1 s");
  std::unique_lock lock(hanging->mutex);
  hanging->over = true;
  hanging->changed.notify_all();
  hanging->changed.wait(lock, [&] { return hanging->ended; });
  EXPECT_TRUE(hanging->asked);
  return (*loaded)[1];
}

TEST(SymbolLoads, OneThatHangsIsGivenUpAndItsPlaceGoesOn) {
  Result<int> second = loaded_behind_one_that_hangs();
  // A machine that stands still for a second takes the second one's time too.
  for (int i = 0; i < 100 && !second.ok(); ++i) {
    ASSERT_EQ(second.error().message, "S1: took longer than 1 s");
    second = loaded_behind_one_that_hangs();
  }
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second.value(), 7);
}

TEST(SymbolLoads, AttemptsBeginNoFasterThanTheLimit) {
  std::mutex mutex;
  std::vector<Clock::time_point> begun;
  const auto loader = [&](const std::string&, const std::string&, const StopToken&) -> Result<int> {
    const std::lock_guard lock(mutex);
    begun.push_back(Clock::now());
    return 1;
  };
  const auto start = Clock::now();
  ASSERT_TRUE(load_symbols<int>(symbols_of(5), "1d", loader, {.rate_limit_per_second = 100}).ok());
  ASSERT_EQ(begun.size(), 5U);
  std::sort(begun.begin(), begun.end());
  for (std::size_t i = 0; i < begun.size(); ++i) EXPECT_GE(begun[i] - start, i * std::chrono::milliseconds(10));
}

// Attempts are not waited for, so what they use is theirs too.
TEST(SymbolLoads, AStopEndsWhatIsNotFinished) {
  struct Shared {
    StopSource source;
    std::atomic<int> begun = 0;
  };
  const auto shared = std::make_shared<Shared>();
  const auto loader = [shared](const std::string& symbol, const std::string&, const StopToken& stop) -> Result<int> {
    ++shared->begun;
    if (symbol == "S0") return 1;
    shared->source.request_stop();
    while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return Error{ErrorCode::kCancelled, "asked to"};
  };
  LoadOptions options;
  options.max_concurrent = 1;
  options.stop = shared->source.token();
  const auto loaded = load_symbols<int>(symbols_of(5), "1d", loader, options);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ((*loaded)[0].value(), 1);
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ((*loaded)[i].error().code, ErrorCode::kCancelled);
  EXPECT_EQ(shared->begun, 2);
}

TEST(SymbolLoads, OptionsOutOfTheirRangeAreRefused) {
  const auto loader = [](const std::string&, const std::string&, const StopToken&) -> Result<int> { return 1; };
  const auto told = [&](const std::vector<std::string>& symbols, const LoadOptions& options) {
    const auto loaded = load_symbols<int>(symbols, "1d", loader, options);
    return loaded.ok() ? std::string() : loaded.error().message;
  };
  EXPECT_NE(told({"A"}, {.max_concurrent = 0}).find("max_concurrent"), std::string::npos);
  EXPECT_NE(told({"A"}, {.timeout_s = -1}).find("timeout_s"), std::string::npos);
  EXPECT_NE(told({"A"}, {.rate_limit_per_second = -1}).find("rate_limit_per_second"), std::string::npos);
  EXPECT_NE(told({"A", ""}, {}).find("empty"), std::string::npos);
}

}  // namespace
}  // namespace peak
