// RedisLink: the connections of one process to one server, the circuit that opens when it fails, and the thread that
// looks for it then.
//
//     unknown --first answer--> closed --failure--> open --it answers, and what is unsure there is deleted--> closed
//        '-------------failure----------------------'
//
// The thread also hears the invalidations of other processes. While the circuit is open no caller touches the network.
// "Unsure" are keys whose change may not have reached the server: until the thread has deleted them there, they are
// answered with a miss.
//
// A server that is slow, but answers the thread in time, would cost one caller the timeout each time the circuit is
// closed: while it does not stay closed for long, the thread rests longer and longer before it closes it. A full server
// goes on answering, so the circuit stays closed; only values are held back.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

#include "redis_connection.hpp"
#include "redis_message.hpp"

namespace peak::cache::redis {

class RedisLink {
 public:
  explicit RedisLink(RedisOptions options);
  ~RedisLink();
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;

  /// One round trip. Nothing when the circuit is open, or opens now.
  [[nodiscard]] std::optional<std::vector<Reply>> run(const Commands& commands);
  void add_unsure(std::string_view key);
  void add_all_unsure();
  [[nodiscard]] bool is_unsure(std::string_view key) const;

  /// The server stored a value (empty), or refused to, since it is full or may not write: then for a second none is
  /// sent to it.
  void note_writes(std::string_view refusal);
  [[nodiscard]] bool refuses_values() const noexcept {
    const auto until = refuses_until_.load(std::memory_order_relaxed);
    return until != 0 && std::chrono::steady_clock::now().time_since_epoch().count() < until;
  }

  /// Something went, so there may be room again.
  void note_room() noexcept {
    if (refuses_until_.load(std::memory_order_relaxed) != 0) refuses_until_.store(1, std::memory_order_relaxed);
  }

  [[nodiscard]] bool is_closed() const noexcept { return circuit_.load(std::memory_order_acquire) == Circuit::kClosed; }
  [[nodiscard]] bool is_open() const noexcept { return circuit_.load(std::memory_order_acquire) == Circuit::kOpen; }
  [[nodiscard]] bool wait_until_closed(std::chrono::milliseconds limit) const;
  [[nodiscard]] const RedisOptions& options() const noexcept { return options_; }
  [[nodiscard]] RedisSender sender() const noexcept { return {folder_.load(std::memory_order_relaxed), process_}; }
  void set_folder(std::uint64_t identity) noexcept { folder_.store(identity, std::memory_order_relaxed); }
  [[nodiscard]] std::string value_key(std::string_view key) const { return values_ + std::string(key); }
  [[nodiscard]] std::string tag_key(std::string_view tag) const { return tags_ + std::string(tag); }
  [[nodiscard]] const std::string& values() const noexcept { return values_; }
  [[nodiscard]] const std::string& channel() const noexcept { return channel_; }

  std::atomic<std::uint64_t> errors{0};
  std::atomic<std::uint64_t> skipped{0};
  std::atomic<std::uint64_t> openings{0};
  std::atomic<std::uint64_t> invalidations{0};

 private:
  enum class Circuit : unsigned char { kUnknown, kClosed, kOpen };
  using Connection = std::unique_ptr<RedisConnection>;

  // Of callers.
  [[nodiscard]] Result<Connection> borrow(Deadline& deadline, bool& is_fresh);
  [[nodiscard]] Result<std::vector<Reply>> attempt(const Commands& commands, Deadline& deadline, bool& is_fresh);
  void give_back(Connection connection);
  void drop_idle();
  void open_circuit(const Error& error);
  bool close_circuit(std::uint64_t seen_openings);
  void say(const std::string& event) const;

  // Of the thread.
  void work();
  void start_resolving();
  [[nodiscard]] Status probe();
  [[nodiscard]] Status delete_unsure();
  [[nodiscard]] Status delete_keys(RedisConnection& connection, const std::vector<std::string>& keys);
  [[nodiscard]] Status delete_all(RedisConnection& connection);
  [[nodiscard]] Status subscribe();
  [[nodiscard]] Status check_subscription();
  [[nodiscard]] Status hear();
  void tell(const Reply& reply);
  void pause(std::chrono::milliseconds limit);
  void wake() const;

  struct Resolved;

  const RedisOptions options_;
  const std::chrono::milliseconds patience_;  ///< of the thread
  const std::string values_, tags_, channel_;
  const std::uint64_t process_;
  std::atomic<std::uint64_t> folder_{0};
  std::atomic<Circuit> circuit_{Circuit::kUnknown};
  std::atomic<bool> has_unsure_{false};
  std::atomic<std::chrono::steady_clock::rep> refuses_until_{0};  ///< 0: it does not

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<Connection> idle_;
  std::size_t in_use_ = 0;
  std::vector<Address> addresses_;
  std::unordered_set<std::string> unsure_;
  bool all_unsure_ = false;
  ErrorCode last_failure_ = ErrorCode::kInternal;
  bool is_stopping_ = false;

  std::shared_ptr<Resolved> resolved_;
  Connection subscription_;
  int wake_read_ = -1;
  int wake_write_ = -1;
  std::thread thread_;
};

}  // namespace peak::cache::redis
