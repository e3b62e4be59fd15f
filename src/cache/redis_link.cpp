#include "redis_link.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "redis_message.hpp"
#include "redis_scan.hpp"

namespace peak::cache::redis {
namespace {

constexpr std::size_t kMostUnsure = 10'000;
constexpr std::chrono::milliseconds kFirstPause{20};
constexpr std::chrono::milliseconds kLongestPause{1000};
// A circuit that opens again sooner than this after it was closed is closed more and more seldom, since each time costs
// a caller the timeout.
constexpr std::chrono::seconds kSteady{10};
// The thread is in nobody's way: it waits this long, or as long as callers do; then the server is asked again later.
constexpr std::chrono::milliseconds kThreadPatience{300};

std::string place_of(const RedisOptions& options) {
  return options.socket_path.empty() ? options.host + ":" + std::to_string(options.port) : options.socket_path;
}

}  // namespace

/// Where the resolver leaves its answer: shared, since the system's resolver may outlast the link.
struct RedisLink::Resolved {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Result<std::vector<Address>>> answer;
  bool is_asked = false;
};

RedisLink::RedisLink(RedisOptions options)
    : options_(std::move(options)),
      patience_(std::max(kThreadPatience, options_.timeout)),
      values_(options_.key_space + ":v:"),
      tags_(options_.key_space + ":t:"),
      channel_(options_.key_space + ":changes"),
      process_(random_process()),
      resolved_(std::make_shared<Resolved>()) {
  std::array<int, 2> ends{-1, -1};
  if (pipe(ends.data()) == 0) {
    for (const int end : ends) {
      fcntl(end, F_SETFD, FD_CLOEXEC);
      fcntl(end, F_SETFL, O_NONBLOCK);
    }
  }
  wake_read_ = ends[0];
  wake_write_ = ends[1];
  thread_ = std::thread([this] { work(); });
}

RedisLink::~RedisLink() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  resolved_->changed.notify_all();
  wake();
  thread_.join();
  if (wake_read_ >= 0) close(wake_read_);
  if (wake_write_ >= 0) close(wake_write_);
}

// ---- callers
// ---------------------------------------------------------------------------------------------------------

std::optional<std::vector<Reply>> RedisLink::run(const Commands& commands) {
  if (is_open()) {
    skipped.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  // The rest is for the system, which wakes nobody on the instant, so that the whole call keeps within the timeout.
  Deadline deadline(std::chrono::nanoseconds(options_.timeout) * 9 / 10);
  bool is_fresh = false;
  Result<std::vector<Reply>> replies = attempt(commands, deadline, is_fresh);
  // A connection that lay idle may have been closed meanwhile; all commands here may be sent twice.
  if (!replies.ok() && !is_fresh && replies.error().code == ErrorCode::kIo) {
    drop_idle();
    replies = attempt(commands, deadline, is_fresh);
  }
  if (replies.ok()) return std::move(replies).value();
  errors.fetch_add(1, std::memory_order_relaxed);
  open_circuit(replies.error());
  return std::nullopt;
}

Result<std::vector<Reply>> RedisLink::attempt(const Commands& commands, Deadline& deadline, bool& is_fresh) {
  PEAK_ASSIGN_OR_RETURN(Connection connection, borrow(deadline, is_fresh));
  Result<std::vector<Reply>> replies = connection->exchange(commands, deadline);
  if (replies.ok()) {
    const auto is_away = [](const Reply& reply) {
      return reply.is_error() && (reply.text.starts_with("LOADING") || reply.text.starts_with("NOAUTH"));
    };
    const auto away = std::find_if(replies->begin(), replies->end(), is_away);
    if (away != replies->end()) replies = io_error("the server says: " + away->text);
  }
  give_back(replies.ok() ? std::move(connection) : nullptr);
  return replies;
}

Result<RedisLink::Connection> RedisLink::borrow(Deadline& deadline, bool& is_fresh) {
  std::unique_lock lock(mutex_);
  const auto can_go = [this] {
    return is_open() || (!addresses_.empty() && (!idle_.empty() || in_use_ < options_.connections));
  };
  if (!changed_.wait_until(lock, deadline.end(), can_go)) {
    return Error{ErrorCode::kCancelled,
                 addresses_.empty() ? "the host's address is not known yet" : "all connections were busy"};
  }
  if (is_open()) return Error{ErrorCode::kCancelled, "no answer in time"};
  ++in_use_;
  is_fresh = idle_.empty();
  if (!is_fresh) {
    Connection connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }
  const std::vector<Address> addresses = addresses_;
  lock.unlock();
  Result<Connection> connection = RedisConnection::open(addresses, options_, deadline);
  if (!connection.ok()) give_back(nullptr);
  return connection;
}

/// Null: it is gone, and its place is free.
void RedisLink::give_back(Connection connection) {
  {
    const std::lock_guard lock(mutex_);
    --in_use_;
    if (connection != nullptr) {
      idle_.push_back(std::move(connection));
      Circuit unknown = Circuit::kUnknown;
      circuit_.compare_exchange_strong(unknown, Circuit::kClosed);
    }
  }
  changed_.notify_all();
}

void RedisLink::drop_idle() {
  std::vector<Connection> dropped;
  const std::lock_guard lock(mutex_);
  dropped.swap(idle_);
}

void RedisLink::open_circuit(const Error& error) {
  std::vector<Connection> dropped;
  {
    const std::lock_guard lock(mutex_);
    const bool was_open = circuit_.exchange(Circuit::kOpen, std::memory_order_acq_rel) == Circuit::kOpen;
    // Said once, and once more when it turns out to be the password rather than the network, or the other way round.
    const auto is_refusal = [](ErrorCode code) { return code == ErrorCode::kInvalidArgument; };
    if (was_open && is_refusal(error.code) == is_refusal(last_failure_)) return;
    last_failure_ = error.code;
    dropped.swap(idle_);
    if (!was_open) openings.fetch_add(1, std::memory_order_relaxed);
  }
  changed_.notify_all();
  wake();
  say("Redis at " + place_of(options_) + ": " + error.message + "; going on without it until it answers");
}

void RedisLink::say(const std::string& event) const {
  if (options_.on_event) options_.on_event(event);
}

bool RedisLink::wait_until_closed(std::chrono::milliseconds limit) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return is_closed(); });
}

void RedisLink::add_unsure(std::string_view key) {
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    if (!all_unsure_) unsure_.emplace(key);
    if (unsure_.size() > kMostUnsure) {
      unsure_.clear();
      all_unsure_ = true;
    }
    is_first = !has_unsure_.exchange(true, std::memory_order_acq_rel);
  }
  if (is_first && !is_open()) wake();  // the thread goes on until none is left
}

void RedisLink::add_all_unsure() {
  {
    const std::lock_guard lock(mutex_);
    unsure_.clear();
    all_unsure_ = true;
    has_unsure_.store(true, std::memory_order_release);
  }
  if (!is_open()) wake();
}

void RedisLink::note_writes(std::string_view refusal) {
  if (refusal.empty() && refuses_until_.load(std::memory_order_relaxed) == 0) return;
  const auto until = (std::chrono::steady_clock::now() + kLongestPause).time_since_epoch().count();
  const bool refused = refuses_until_.exchange(refusal.empty() ? 0 : until, std::memory_order_relaxed) != 0;
  if (refused != refusal.empty()) return;
  say("Redis at " + place_of(options_) +
      (refused ? " takes values again" : " takes no values: " + std::string(refusal) + "; asked again once a second"));
}

bool RedisLink::is_unsure(std::string_view key) const {
  if (!has_unsure_.load(std::memory_order_acquire)) return false;
  const std::lock_guard lock(mutex_);
  return all_unsure_ || unsure_.contains(std::string(key));
}

// ---- the thread
// ------------------------------------------------------------------------------------------------------

void RedisLink::work() {
  std::chrono::milliseconds rest = kFirstPause;
  std::chrono::steady_clock::time_point closed_at{};
  for (;;) {
    std::uint64_t seen_openings = 0;
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_) return;
      seen_openings = openings.load(std::memory_order_relaxed);
    }
    Status status = is_closed() ? Status{} : probe();
    if (status.ok() && is_open() && subscription_ != nullptr && !check_subscription().ok()) subscription_.reset();
    if (status.ok()) status = delete_unsure();
    if (status.ok() && subscription_ == nullptr && options_.on_invalidation) status = subscribe();
    if (status.ok() && close_circuit(seen_openings)) closed_at = std::chrono::steady_clock::now();
    if (status.ok()) status = hear();
    if (status.ok() && !is_open()) continue;
    if (!status.ok()) {
      subscription_.reset();
      open_circuit(status.error());
    }
    if (std::chrono::steady_clock::now() - closed_at > kSteady) rest = kFirstPause;
    pause(rest);
    rest = std::min(rest * 2, kLongestPause);
  }
}

/// Asks the system for the addresses on a thread of its own, which nobody waits for when the link ends.
void RedisLink::start_resolving() {
  resolved_->is_asked = true;
  resolved_->answer.reset();
  std::thread([shared = resolved_, options = options_] {
    Result<std::vector<Address>> answer = resolve(options);
    const std::lock_guard lock(shared->mutex);
    shared->answer = std::move(answer);
    shared->is_asked = false;
    shared->changed.notify_all();
  }).detach();
}

/// Finds the server, connects, and sees whether it answers as soon as callers need it.
Status RedisLink::probe() {
  {
    std::unique_lock lock(resolved_->mutex);
    if (!resolved_->is_asked) start_resolving();
    const bool answered =
        resolved_->changed.wait_for(lock, kThreadPatience, [this] { return resolved_->answer.has_value(); });
    if (!answered) return io_error("host '" + options_.host + "': the name server does not answer");
    if (!resolved_->answer->ok()) return resolved_->answer->error();
    const std::lock_guard own(mutex_);
    addresses_ = resolved_->answer->value();
  }
  changed_.notify_all();
  Deadline deadline(patience_);
  PEAK_ASSIGN_OR_RETURN(Connection connection, RedisConnection::open(addresses_, options_, deadline));
  Commands ping;
  ping.add({"PING"});
  Deadline callers(options_.timeout);
  PEAK_ASSIGN_OR_RETURN(const std::vector<Reply> replies, connection->exchange(ping, callers));
  if (replies.front().is_error()) return io_error("the server says: " + replies.front().text);
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(connection));
  return {};
}

/// Whether it was not closed before and is now. It stays open if a caller opened it since `seen_openings` were counted,
/// before the server was asked: the answer is older than the failure.
bool RedisLink::close_circuit(std::uint64_t seen_openings) {
  Circuit before = Circuit::kUnknown;
  {
    // Under the lock: who is about to wait for it has not looked yet, or hears of it.
    const std::lock_guard lock(mutex_);
    if (openings.load(std::memory_order_relaxed) != seen_openings) return false;
    before = circuit_.exchange(Circuit::kClosed, std::memory_order_acq_rel);
  }
  if (before == Circuit::kClosed) return false;
  changed_.notify_all();
  if (before == Circuit::kOpen) say("Redis at " + place_of(options_) + " answers again");
  return true;
}

Status RedisLink::delete_unsure() {
  while (has_unsure_.load(std::memory_order_acquire)) {
    std::vector<std::string> keys;
    bool all = false;
    Connection connection;
    {
      const std::lock_guard lock(mutex_);
      keys.assign(unsure_.begin(), unsure_.end());
      all = all_unsure_;
    }
    Deadline deadline(patience_);
    PEAK_ASSIGN_OR_RETURN(connection, RedisConnection::open(addresses_, options_, deadline));
    PEAK_RETURN_IF_ERROR(all ? delete_all(*connection) : delete_keys(*connection, keys));
    const std::lock_guard lock(mutex_);
    if (all_unsure_ != all) continue;
    if (all) all_unsure_ = false;
    for (const std::string& key : keys) unsure_.erase(key);
    has_unsure_.store(all_unsure_ || !unsure_.empty(), std::memory_order_release);
  }
  return {};
}

Status RedisLink::delete_keys(RedisConnection& connection, const std::vector<std::string>& keys) {
  Commands commands;
  const std::vector<std::string_view> names(keys.begin(), keys.end());
  for (const std::string& key : keys) commands.add({"UNLINK", value_key(key)});
  commands.add({"PUBLISH", channel_, message_of(sender(), RedisInvalidation::Kind::kKeys, names)});
  Deadline deadline(patience_);
  PEAK_ASSIGN_OR_RETURN(const std::vector<Reply> replies, connection.exchange(commands, deadline));
  for (const Reply& reply : replies) {
    if (reply.is_error()) return io_error("the server says: " + reply.text);
  }
  return {};
}

Status RedisLink::delete_all(RedisConnection& connection) {
  Error failure = io_error("no answer in time");
  const auto run_on = [&](const Commands& commands) -> std::optional<std::vector<Reply>> {
    Deadline deadline(patience_);
    Result<std::vector<Reply>> replies = connection.exchange(commands, deadline);
    if (!replies.ok()) return std::nullopt;
    if (replies->front().is_error()) failure = io_error("the server says: " + replies->front().text);
    return std::move(replies).value();
  };
  if (!unlink_matching(options_.key_space + ":", run_on).has_value()) return failure;
  Commands commands;
  commands.add({"PUBLISH", channel_, message_of(sender(), RedisInvalidation::Kind::kEverything, {})});
  const auto told = run_on(commands);
  return told.has_value() && !told->front().is_error() ? Status{} : Status(failure);
}

Status RedisLink::subscribe() {
  Deadline deadline(patience_);
  PEAK_ASSIGN_OR_RETURN(Connection connection, RedisConnection::open(addresses_, options_, deadline));
  Commands commands;
  commands.add({"SUBSCRIBE", channel_});
  PEAK_RETURN_IF_ERROR(connection->send(commands, deadline));
  PEAK_ASSIGN_OR_RETURN(const Reply reply, connection->receive(deadline));
  if (reply.is_error()) return io_error("the server says: " + reply.text);
  subscription_ = std::move(connection);
  // Nobody listened until now: anything may have changed.
  invalidations.fetch_add(1, std::memory_order_acq_rel);
  options_.on_invalidation({});
  return {};
}

/// Whether the subscription of before the circuit opened still reaches this server, told by an answer that comes
/// through it: it may end behind messages that nobody has read, or belong to a server that is no more.
Status RedisLink::check_subscription() {
  Deadline deadline(patience_);
  Commands ping;
  ping.add({"PING"});
  PEAK_RETURN_IF_ERROR(subscription_->send(ping, deadline));
  for (;;) {
    PEAK_ASSIGN_OR_RETURN(const Reply reply, subscription_->receive(deadline));
    if (reply.is_error()) return io_error("the server says: " + reply.text);
    if (!reply.items.empty() && reply.items[0].text == "pong") return {};
    tell(reply);
  }
}

/// Waits for messages, or until there is something else to do.
Status RedisLink::hear() {
  std::array<pollfd, 2> waited{pollfd{wake_read_, POLLIN, 0},
                               pollfd{subscription_ == nullptr ? -1 : subscription_->descriptor(), POLLIN, 0}};
  // Without a pipe to be woken by, look around now and then.
  poll(waited.data(), waited.size(), wake_read_ < 0 ? 100 : -1);
  std::array<char, 64> wakes;
  while (wake_read_ >= 0 && read(wake_read_, wakes.data(), wakes.size()) > 0) {
  }
  if (waited[1].revents == 0) return {};
  Deadline deadline(patience_);
  PEAK_RETURN_IF_ERROR(subscription_->read_more(deadline));
  for (Reply reply;;) {
    PEAK_ASSIGN_OR_RETURN(const bool whole, subscription_->next_buffered(reply));
    if (!whole) return {};
    tell(reply);
  }
}

void RedisLink::tell(const Reply& reply) {
  if (reply.items.size() != 3 || reply.items[0].text != "message") return;
  const auto invalidation = invalidation_of(reply.items[2].text, process_);
  if (!invalidation.has_value()) return;
  invalidations.fetch_add(1, std::memory_order_acq_rel);
  options_.on_invalidation(*invalidation);
}

void RedisLink::pause(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [this] { return is_stopping_; });
}

void RedisLink::wake() const {
  const char byte = 0;
  if (wake_write_ >= 0 && write(wake_write_, &byte, 1) < 0) {
    // The pipe is full: it will wake all the same.
  }
}

}  // namespace peak::cache::redis
