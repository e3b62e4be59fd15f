#include "peak/cache/redis.hpp"

#include <algorithm>
#include <utility>

#include "fork_generation.hpp"
#include "redis_entry.hpp"
#include "redis_link.hpp"
#include "redis_message.hpp"
#include "redis_scan.hpp"
#include "redis_tls.hpp"

namespace peak::cache {

using redis::Commands;
using redis::Reply;
using Kind = RedisInvalidation::Kind;

struct RedisCache::State {
  explicit State(const RedisOptions& options) : generation(fork_generation()), link(options) {}
  const std::uint64_t generation;
  std::atomic<std::uint64_t> hits{0};
  std::atomic<std::uint64_t> misses{0};
  std::atomic<std::uint64_t> sets{0};
  redis::RedisLink link;

  std::optional<RedisValue> read(std::string_view key, const Reply& reply, std::chrono::milliseconds now);
  bool add_set(const RedisItem& item, std::chrono::milliseconds now, Commands& commands, bool only_new = false);
  void add_publish(Kind kind, std::span<const std::string_view> names, Commands& commands) const;
  std::size_t erase_where(Kind kind, std::string_view name, const std::string& prefix);
  void note_refusal(const Reply& reply);
};

namespace {

void count(std::atomic<std::uint64_t>& counter) { counter.fetch_add(1, std::memory_order_relaxed); }

Status check(const RedisOptions& options) {
  using std::chrono::milliseconds;
  if (options.key_space.empty()) return invalid_argument("Redis: key_space is empty; name one, such as 'peaktrade'");
  if (options.timeout < milliseconds(1) || options.timeout > std::chrono::minutes(1)) {
    return invalid_argument("Redis: the timeout is " + std::to_string(options.timeout.count()) +
                            " ms; give 1 to 60000 ms");
  }
  if (options.connections < 1 || options.connections > 1024) {
    return invalid_argument("Redis: connections is " + std::to_string(options.connections) + "; give 1 to 1024");
  }
  if (options.socket_path.empty() && options.host.empty()) return invalid_argument("Redis: the host is empty");
  if (options.port == 0) return invalid_argument("Redis: port 0 is none; give 1 to 65535");
  if (options.tls && !redis::has_tls()) return unsupported("Redis: this build has no TLS; build it with OpenSSL");
  if (!redis::has_compression(options.compression)) {
    return unsupported("Redis: this build does not have that compression; build it with lz4 or zstd");
  }
  return {};
}

}  // namespace

// ---- life
// ------------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<RedisCache>> RedisCache::open(RedisOptions options) {
  PEAK_RETURN_IF_ERROR(check(options));
  return std::unique_ptr<RedisCache>(new RedisCache(std::make_unique<State>(options)));
}

RedisCache::RedisCache(std::unique_ptr<State> state) : state_(state.release()) {}

RedisCache::~RedisCache() {
  // Beyond a fork its thread does not exist and its locks may be held for ever: it is left to the end of the process.
  State* own = state_.load();
  if (own->generation == fork_generation()) delete own;
}

RedisCache::State& RedisCache::state() const {
  State* present = state_.load(std::memory_order_acquire);
  if (present->generation == fork_generation()) return *present;
  auto made = std::make_unique<State>(present->link.options());
  if (state_.compare_exchange_strong(present, made.get())) return *made.release();
  return *present;
}

// ---- reading
// ---------------------------------------------------------------------------------------------------------

std::optional<RedisValue> RedisCache::State::read(std::string_view key, const Reply& reply,
                                                  std::chrono::milliseconds now) {
  std::optional<RedisValue> value;
  if (reply.kind == Reply::Kind::kText && !link.is_unsure(key)) {
    Result<std::optional<RedisValue>> found =
        redis::value_of_entry(key, reply.text, link.options().max_value_bytes, now);
    if (found.ok()) {
      value = std::move(found).value();
    } else {
      count(link.errors);
    }
  } else if (reply.is_error()) {
    count(link.errors);
  }
  count(value.has_value() ? hits : misses);
  return value;
}

std::optional<RedisValue> RedisCache::get(std::string_view key) {
  State& own = state();
  if (own.link.is_open()) {
    count(own.link.skipped);
    return std::nullopt;
  }
  // Asked before the command goes out too: an answer may be older than the removal that makes the key sure again.
  if (own.link.is_unsure(key)) {
    count(own.misses);
    return std::nullopt;
  }
  Commands commands;
  commands.add({"GET", own.link.value_key(key)});
  const auto replies = own.link.run(commands);
  if (!replies.has_value()) return std::nullopt;
  return own.read(key, replies->front(), redis::wall_clock());
}

std::vector<std::optional<RedisValue>> RedisCache::get_many(std::span<const std::string_view> keys) {
  State& own = state();
  std::vector<std::optional<RedisValue>> values(keys.size());
  if (keys.empty()) return values;
  Commands commands;
  std::vector<bool> was_unsure;
  for (const std::string_view key : keys) {
    was_unsure.push_back(own.link.is_unsure(key));
    commands.add({"GET", own.link.value_key(key)});
  }
  const auto replies = own.link.run(commands);
  if (!replies.has_value()) return values;
  const auto now = redis::wall_clock();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (was_unsure[i]) {
      count(own.misses);
    } else {
      values[i] = own.read(keys[i], (*replies)[i], now);
    }
  }
  return values;
}

bool RedisCache::contains(std::string_view key) {
  State& own = state();
  if (own.link.is_unsure(key)) return false;
  Commands commands;
  commands.add({"EXISTS", own.link.value_key(key)});
  const auto replies = own.link.run(commands);
  return replies.has_value() && replies->front().integer == 1;
}

// ---- writing
// ---------------------------------------------------------------------------------------------------------

void RedisCache::State::add_publish(Kind kind, std::span<const std::string_view> names, Commands& commands) const {
  commands.add({"PUBLISH", link.channel(), redis::message_of(link.sender(), kind, names)});
}

/// The commands for one item, the reply to the first of which tells whether it is stored; false if it cannot be.
bool RedisCache::State::add_set(const RedisItem& item, std::chrono::milliseconds now, Commands& commands,
                                bool only_new) {
  if (item.bytes.size() > link.options().max_value_bytes) return false;
  if (item.ttl.has_value() && item.ttl->count() < 1) return false;
  const Result<std::string> entry = redis::entry_of(item, link.options(), now);
  if (!entry.ok()) return false;
  const std::string key = link.value_key(item.key);
  std::string score = "+inf";
  std::string life;
  std::vector<std::string_view> set_value = {"SET", key, *entry};
  if (item.ttl.has_value()) {
    life = std::to_string(item.ttl->count());
    set_value.insert(set_value.end(), {"PX", life});
    score = std::to_string((now + *item.ttl).count());
  }
  if (only_new) set_value.emplace_back("NX");
  commands.add(set_value);
  // A tag is a set of keys sorted by the end of their lives, so that those that are over can be swept out.
  for (const std::string& tag : item.tags) {
    const std::string set = link.tag_key(tag);
    if (only_new) {
      commands.add({"ZADD", set, "GT", score, item.key});  // the value that is there keeps its place among its tag's
    } else {
      commands.add({"ZADD", set, score, item.key});
    }
    commands.add({"ZREMRANGEBYSCORE", set, "-inf", std::to_string(now.count())});
  }
  return true;
}

/// Full, its disk is full, a replica, or without the right.
void RedisCache::State::note_refusal(const Reply& reply) {
  if (!reply.is_error()) return;
  for (const std::string_view why : {"OOM", "MISCONF", "READONLY", "NOPERM"}) {
    if (reply.text.starts_with(why)) link.note_writes(reply.text);
  }
}

bool RedisCache::set(const RedisItem& item) { return set_many({&item, 1}) == 1; }

std::size_t RedisCache::set_many(std::span<const RedisItem> items) {
  State& own = state();
  if (own.link.is_open() || own.link.refuses_values()) {
    count(own.link.skipped);
    for (const RedisItem& item : items) own.link.add_unsure(item.key);
    return 0;
  }
  Commands commands;
  std::vector<std::string_view> names;
  std::vector<std::size_t> places;
  std::vector<bool> can_be;
  const auto now = redis::wall_clock();
  for (const RedisItem& item : items) {
    names.push_back(item.key);
    places.push_back(commands.count());
    can_be.push_back(own.add_set(item, now, commands));
    // What may not be stored must not leave its predecessor behind.
    if (!can_be.back()) commands.add({"UNLINK", own.link.value_key(item.key)});
  }
  if (items.empty()) return 0;
  own.add_publish(Kind::kKeys, names, commands);
  const auto replies = own.link.run(commands);
  if (!replies.has_value()) {
    for (const RedisItem& item : items) own.link.add_unsure(item.key);
    return 0;
  }
  // What others did not hear of they still have in memory: the thread says it again, or says why it cannot.
  const bool is_told = !replies->back().is_error();
  if (!is_told) count(own.link.errors);
  std::size_t stored = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::size_t end = i + 1 < items.size() ? places[i + 1] : replies->size() - 1;
    const auto answers = std::span(*replies).subspan(places[i], end - places[i]);
    // The value's own, or a tag's, by which it would not be found.
    const auto refusal = std::find_if(answers.begin(), answers.end(), [](const Reply& r) { return r.is_error(); });
    const bool is_done = refusal == answers.end() && (!can_be[i] || answers.front().is_ok());
    if (!is_done) {
      count(own.link.errors);
      if (refusal != answers.end()) own.note_refusal(*refusal);
    } else if (can_be[i]) {
      ++stored;
      own.link.note_writes({});
    }
    if (!is_done || !is_told) own.link.add_unsure(items[i].key);
  }
  own.sets.fetch_add(stored, std::memory_order_relaxed);
  return stored;
}

bool RedisCache::add(const RedisItem& item) {
  State& own = state();
  if (own.link.is_open() || own.link.refuses_values()) {
    count(own.link.skipped);
    return false;
  }
  if (own.link.is_unsure(item.key)) return false;  // what lies there is about to be deleted
  Commands commands;
  if (!own.add_set(item, redis::wall_clock(), commands, true)) return false;
  const auto replies = own.link.run(commands);
  if (!replies.has_value()) return false;
  const auto refusal = std::find_if(replies->begin(), replies->end(), [](const Reply& r) { return r.is_error(); });
  if (refusal != replies->end()) {
    count(own.link.errors);
    own.note_refusal(*refusal);
    // A value without its tags would outlive them.
    if (replies->front().is_ok()) erase(item.key);
    return false;
  }
  if (!replies->front().is_ok()) return false;
  count(own.sets);
  own.link.note_writes({});
  return true;
}

bool RedisCache::erase(std::string_view key) {
  State& own = state();
  Commands commands;
  commands.add({"UNLINK", own.link.value_key(key)});
  own.add_publish(Kind::kKeys, {&key, 1}, commands);
  const auto replies = own.link.run(commands);
  const bool is_done = replies.has_value() && !replies->front().is_error() && !replies->back().is_error();
  if (!is_done) own.link.add_unsure(key);
  const bool was_there = replies.has_value() && replies->front().integer == 1;
  if (was_there) own.link.note_room();
  return was_there;
}

/// Deletes all keys that start with `prefix` and says so; when the server cannot be reached, nothing there counts any
/// more.
std::size_t RedisCache::State::erase_where(Kind kind, std::string_view name, const std::string& prefix) {
  const auto gone = redis::unlink_matching(prefix, [this](const Commands& commands) { return link.run(commands); });
  Commands commands;
  add_publish(kind, {&name, 1}, commands);
  const auto told = gone.has_value() ? link.run(commands) : std::nullopt;
  if (!told.has_value() || told->front().is_error()) link.add_all_unsure();
  if (gone.value_or(0) != 0) link.note_room();
  return gone.value_or(0);
}

std::size_t RedisCache::erase_prefix(std::string_view prefix) {
  State& own = state();
  return own.erase_where(Kind::kPrefix, prefix, own.link.value_key(prefix));
}

std::size_t RedisCache::clear() {
  State& own = state();
  return own.erase_where(Kind::kEverything, "", own.link.options().key_space + ":");
}

std::size_t RedisCache::erase_tag(std::string_view tag) {
  State& own = state();
  const std::string set = own.link.tag_key(tag);
  Commands listing;
  listing.add({"ZRANGE", set, "0", "-1"});
  const auto keys = own.link.run(listing);
  if (!keys.has_value() || keys->front().is_error()) {
    own.link.add_all_unsure();
    return 0;
  }
  Commands commands;
  for (const Reply& key : keys->front().items) commands.add({"UNLINK", own.link.value_key(key.text)});
  commands.add({"UNLINK", set});
  own.add_publish(Kind::kTag, {&tag, 1}, commands);
  const auto replies = own.link.run(commands);
  const auto is_error = [](const Reply& reply) { return reply.is_error(); };
  if (!replies.has_value() || std::any_of(replies->begin(), replies->end(), is_error)) own.link.add_all_unsure();
  std::size_t gone = 0;
  for (std::size_t i = 0; replies.has_value() && i < keys->front().items.size(); ++i) {
    gone += (*replies)[i].integer == 1 ? 1U : 0U;
  }
  if (gone != 0) own.link.note_room();
  return gone;
}

// ---- state
// -----------------------------------------------------------------------------------------------------------

bool RedisCache::available() const noexcept { return state().link.is_closed(); }

// A child after a fork opens its link anew and has no folder then: others then change theirs once more than they must.
void RedisCache::set_folder(std::uint64_t identity) noexcept { state().link.set_folder(identity); }

bool RedisCache::wait_until_available(std::chrono::milliseconds limit) const {
  return state().link.wait_until_closed(limit);
}

std::uint64_t RedisCache::invalidations() const noexcept {
  return state().link.invalidations.load(std::memory_order_acquire);
}

RedisStats RedisCache::stats() const noexcept {
  const State& own = state();
  constexpr auto kRelaxed = std::memory_order_relaxed;
  RedisStats stats;
  stats.hits = own.hits.load(kRelaxed);
  stats.misses = own.misses.load(kRelaxed);
  stats.sets = own.sets.load(kRelaxed);
  stats.errors = own.link.errors.load(kRelaxed);
  stats.skipped = own.link.skipped.load(kRelaxed);
  stats.openings = own.link.openings.load(kRelaxed);
  stats.invalidations = own.link.invalidations.load(kRelaxed);
  stats.available = own.link.is_closed();
  return stats;
}

}  // namespace peak::cache
