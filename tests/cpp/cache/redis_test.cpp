// RedisCache against a real server: what it keeps, and what it does when the server fails.
#include "peak/cache/redis.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "cache/redis_entry.hpp"
#include "redis_server.hpp"

namespace peak::cache {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// As long as the slowest machine may need; a test that is right never waits so long on a fast one.
constexpr seconds kPatience{300};

std::unique_ptr<RedisCache> opened(RedisOptions options) {
  Result<std::unique_ptr<RedisCache>> cache = RedisCache::open(std::move(options));
  EXPECT_TRUE(cache.ok()) << cache.error().message;
  return std::move(cache).value();
}

bool put(RedisCache& cache, std::string_view key, std::string_view bytes,
         std::optional<milliseconds> ttl = std::nullopt, const std::vector<std::string>& tags = {}) {
  return cache.set({key, bytes, ttl, tags});
}

std::string text_of(const std::optional<RedisValue>& value) { return value.has_value() ? value->bytes : "(none)"; }

/// True as soon as `test` is; false if it never is.
bool becomes(const std::function<bool()>& test) {
  for (const auto end = steady_clock::now() + kPatience; steady_clock::now() < end;) {
    if (test()) return true;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return false;
}

class RedisTest : public testing::Test {
 protected:
  void SetUp() override {
    if (has_redis_server()) return;
    const char* ci = std::getenv("CI");
    if (ci != nullptr && std::string_view(ci) == "true") FAIL() << "no redis-server: install it (scripts/setup test)";
    GTEST_SKIP() << "no redis-server: install it (scripts/setup test)";
  }
};

TEST_F(RedisTest, KeepsWhatWasSetUnderAnyKey) {
  const RedisServer server;
  const auto cache = opened(server.options());
  ASSERT_TRUE(cache->wait_until_available(kPatience));
  const std::string zeros("a\0b\r\n", 5);
  const std::string large(1'000'000, 'k');
  for (const std::string& key : {std::string("BTC/USD"), std::string("../x"), std::string(), zeros, large}) {
    EXPECT_FALSE(cache->get(key).has_value());
    EXPECT_TRUE(put(*cache, key, zeros));
    EXPECT_TRUE(cache->contains(key));
    EXPECT_EQ(text_of(cache->get(key)), zeros);
    EXPECT_FALSE(cache->get(key)->remaining.has_value());
    EXPECT_TRUE(cache->erase(key));
    EXPECT_FALSE(cache->erase(key));
    EXPECT_FALSE(cache->get(key).has_value());
  }
  EXPECT_TRUE(put(*cache, "empty", ""));
  EXPECT_EQ(text_of(cache->get("empty")), "");
  const RedisStats stats = cache->stats();
  EXPECT_EQ(stats.hits, 11U);
  EXPECT_EQ(stats.misses, 10U);
  EXPECT_EQ(stats.sets, 6U);
  EXPECT_EQ(stats.errors, 0U);
  EXPECT_TRUE(stats.available);
}

TEST_F(RedisTest, ManyAtOnceComeInTheirOrder) {
  const RedisServer server;
  const auto cache = opened(server.options());
  ASSERT_TRUE(cache->wait_until_available(kPatience));
  std::vector<std::string> keys;
  std::vector<std::string> values;
  for (int i = 0; i < 500; ++i) {
    keys.push_back("key " + std::to_string(i));
    values.push_back(std::string(static_cast<std::size_t>(i * 37), static_cast<char>('a' + i % 26)));
  }
  std::vector<RedisItem> items;
  std::vector<std::string_view> asked;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i % 3 != 0) items.push_back({keys[i], values[i], std::nullopt, {}});
    asked.push_back(keys[i]);
  }
  EXPECT_EQ(cache->set_many(items), items.size());
  const auto found = cache->get_many(asked);
  ASSERT_EQ(found.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(text_of(found[i]), i % 3 != 0 ? values[i] : "(none)") << i;
  }
  EXPECT_TRUE(cache->get_many({}).empty());
  EXPECT_EQ(cache->set_many({}), 0U);
}

TEST_F(RedisTest, TimeToLiveTagsPrefixesAndClear) {
  const RedisServer server;
  const auto cache = opened(server.options());
  ASSERT_TRUE(cache->wait_until_available(kPatience));
  EXPECT_TRUE(put(*cache, "short", "1", milliseconds(30)));
  EXPECT_TRUE(put(*cache, "long", "2", milliseconds(600'000)));
  const auto value = cache->get("long");
  ASSERT_TRUE(value.has_value());
  ASSERT_TRUE(value->remaining.has_value());
  EXPECT_LE(*value->remaining, milliseconds(600'000));
  EXPECT_GT(*value->remaining, milliseconds(500'000));
  EXPECT_TRUE(becomes([&] { return !cache->get("short").has_value(); }));
  EXPECT_FALSE(put(*cache, "long", "3", milliseconds(0)));
  EXPECT_EQ(text_of(cache->get("long")), "(none)") << "what may not be stored leaves no older value behind";

  // Its end is told by this machine's clock; the server, whose time began when the value reached it, may have it still.
  cache->erase("short");
  put(*cache, "a1", "x", std::nullopt, {"prices", "btc"});
  put(*cache, "a2", "x", milliseconds(600'000), {"prices"});
  put(*cache, "b*", "x");
  put(*cache, "bc", "x");
  EXPECT_EQ(cache->erase_tag("prices"), 2U);
  EXPECT_EQ(cache->erase_tag("prices"), 0U);
  EXPECT_FALSE(cache->contains("a1"));
  EXPECT_EQ(cache->erase_prefix("b*"), 1U) << "a star in a prefix is a star";
  EXPECT_TRUE(cache->contains("bc"));
  RedisOptions other_space = server.options();
  other_space.key_space = "other";
  const auto other = opened(other_space);
  ASSERT_TRUE(other->wait_until_available(kPatience));
  put(*other, "bc", "theirs");
  EXPECT_EQ(cache->clear(), 2U) << "bc, and the tag btc";
  EXPECT_EQ(text_of(cache->get("bc")), "(none)");
  EXPECT_EQ(text_of(other->get("bc")), "theirs");
}

TEST_F(RedisTest, PackedValuesAreReadByEveryone) {
  const RedisServer server;
  std::string bytes;
  for (int i = 0; i < 20'000; ++i) bytes += std::to_string(i * i % 1000) + ",";
  const auto plain = opened(server.options());
  ASSERT_TRUE(plain->wait_until_available(kPatience));
  for (const RedisCompression compression : {RedisCompression::kLz4, RedisCompression::kZstd}) {
    if (!redis::has_compression(compression)) continue;
    RedisOptions options = server.options();
    options.compression = compression;
    const auto cache = opened(options);
    ASSERT_TRUE(cache->wait_until_available(kPatience));
    EXPECT_TRUE(put(*cache, "packed", bytes));
    EXPECT_EQ(text_of(plain->get("packed")), bytes);
    const RedisItem item{"packed", bytes, std::nullopt, {}};
    EXPECT_LT(redis::entry_of(item, options, milliseconds(1))->size(), bytes.size() / 2);
    std::mt19937_64 random(1);
    std::string noise(5000, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    EXPECT_TRUE(put(*cache, "noise", noise));
    EXPECT_EQ(text_of(cache->get("noise")), noise);
  }
}

TEST_F(RedisTest, OtherProcessesHearOfChanges) {
  const RedisServer server;
  std::mutex mutex;
  std::vector<RedisInvalidation> heard;
  RedisOptions options = server.options();
  options.on_invalidation = [&](const RedisInvalidation& what) {
    const std::lock_guard lock(mutex);
    heard.push_back(what);
  };
  const auto listener = opened(options);
  const auto writer = opened(server.options());
  ASSERT_TRUE(listener->wait_until_available(kPatience));
  ASSERT_TRUE(writer->wait_until_available(kPatience));
  const auto hears = [&](RedisInvalidation::Kind kind, const std::string& name) {
    return becomes([&] {
      const std::lock_guard lock(mutex);
      return std::any_of(heard.begin(), heard.end(), [&](const RedisInvalidation& what) {
        return what.kind == kind && std::find(what.names.begin(), what.names.end(), name) != what.names.end();
      });
    });
  };
  EXPECT_TRUE(becomes([&] { return listener->invalidations() > 0; })) << "the subscription begins with 'everything'";
  put(*writer, "shared", "1");
  EXPECT_TRUE(hears(RedisInvalidation::Kind::kKeys, "shared"));
  writer->erase_tag("t");
  EXPECT_TRUE(hears(RedisInvalidation::Kind::kTag, "t"));
  writer->erase_prefix("pre");
  EXPECT_TRUE(hears(RedisInvalidation::Kind::kPrefix, "pre"));
  const std::uint64_t before = listener->invalidations();
  put(*listener, "own", "1");
  writer->erase("last");
  EXPECT_TRUE(hears(RedisInvalidation::Kind::kKeys, "last"));
  EXPECT_EQ(listener->invalidations(), before + 1) << "its own changes are not news";
}

// ---- faults
// ----------------------------------------------------------------------------------------------------------

TEST_F(RedisTest, AHungServerOpensTheCircuitOnceAndItsReturnClosesIt) {
  const RedisServer server;
  RedisOptions options = server.options();
  std::mutex mutex;
  std::vector<std::string> events;
  options.timeout = milliseconds(200);
  options.on_event = [&](std::string_view event) {
    const std::lock_guard lock(mutex);
    events.emplace_back(event);
  };
  const auto cache = opened(options);
  ASSERT_TRUE(cache->wait_until_available(kPatience));
  ASSERT_TRUE(becomes([&] { return put(*cache, "key", "old"); }));
  server.freeze();
  // Comes back although the server never answers (redis-py with its defaults hangs).
  EXPECT_FALSE(cache->get("key").has_value());
  EXPECT_FALSE(cache->available());
  for (int i = 0; i < 10'000; ++i) EXPECT_FALSE(cache->get("key").has_value());
  EXPECT_GE(cache->stats().skipped, 10'000U) << "none of them waited";
  EXPECT_FALSE(put(*cache, "key", "new"));
  server.thaw();
  ASSERT_TRUE(cache->wait_until_available(kPatience));
  EXPECT_NE(text_of(cache->get("key")), "old") << "what was replaced while the server was away must not come back";
  ASSERT_TRUE(becomes([&] { return put(*cache, "key", "newer") && text_of(cache->get("key")) == "newer"; }));
  // The one who found the server again tells so after others may use it.
  ASSERT_TRUE(becomes([&] {
    const std::lock_guard lock(mutex);
    return events.size() >= 2;
  }));
  const std::lock_guard lock(mutex);
  EXPECT_NE(events[0].find("going on without it"), std::string::npos);
  EXPECT_NE(events[1].find("answers again"), std::string::npos);
}

TEST_F(RedisTest, AServerThatIsKilledAndStartedAgain) {
  RedisServer server;
  std::atomic<int> everything{0};
  RedisOptions options = server.options();
  options.on_invalidation = [&](const RedisInvalidation& what) {
    if (what.kind == RedisInvalidation::Kind::kEverything) ++everything;
  };
  const auto cache = opened(options);
  ASSERT_TRUE(cache->wait_until_available(kPatience));
  ASSERT_TRUE(becomes([&] { return put(*cache, "key", "value") && everything.load() > 0; }));
  everything = 0;
  server.stop(SIGKILL);
  EXPECT_FALSE(cache->get("key").has_value());
  EXPECT_TRUE(becomes([&] { return !cache->available(); }));
  server.start();
  ASSERT_TRUE(cache->wait_until_available(kPatience));
  EXPECT_FALSE(cache->get("key").has_value());
  EXPECT_TRUE(becomes([&] { return put(*cache, "key", "again"); }));
  EXPECT_EQ(text_of(cache->get("key")), "again");
  EXPECT_TRUE(becomes([&] { return everything.load() > 0; })) << "changes may have been missed meanwhile";
}

TEST_F(RedisTest, ARestartBetweenCallsIsNotNoticed) {
  RedisServer server;
  const auto cache = opened(server.options());
  ASSERT_TRUE(cache->wait_until_available(kPatience));
  ASSERT_TRUE(becomes([&] { return put(*cache, "key", "value"); }));
  const std::uint64_t openings = cache->stats().openings;
  server.stop(SIGTERM);
  server.start();
  EXPECT_TRUE(becomes([&] { return opened(server.options())->wait_until_available(seconds(1)); }));
  EXPECT_TRUE(put(*cache, "key", "value")) << "the idle connection was closed, a new one is made in the same call";
  EXPECT_EQ(cache->stats().openings, openings);
}

TEST_F(RedisTest, AFullServerRefusesAndKeepsNoOldValue) {
  // Twice what any server needs for itself.
  const RedisServer server({"--maxmemory", "8mb", "--maxmemory-policy", "noeviction"});
  const auto cache = opened(server.options());
  ASSERT_TRUE(cache->wait_until_available(kPatience));
  ASSERT_TRUE(put(*cache, "key", "old"));
  const std::string large(1'000'000, 'x');
  std::size_t stored = 0;
  for (int i = 0; i < 20; ++i) stored += put(*cache, "large " + std::to_string(i), large) ? 1U : 0U;
  EXPECT_LT(stored, 20U);
  // To the brim with small ones: what it uses itself changes from moment to moment, though never by as much as a large
  // one.
  const std::string small(10'000, 'x');
  for (int i = 0, refused = 0; i < 1000 && refused < 3; ++i)
    refused += put(*cache, "small " + std::to_string(i), small) ? 0 : 1;
  EXPECT_FALSE(put(*cache, "key", large));
  EXPECT_NE(text_of(cache->get("key")), "old");
  EXPECT_GT(cache->stats().errors, 0U);
  EXPECT_TRUE(cache->available()) << "a full server still serves";
  // Values are held back, but once a second.
  const std::uint64_t skipped = cache->stats().skipped;
  EXPECT_TRUE(becomes([&] { return !put(*cache, "key", large) && cache->stats().skipped > skipped; }));
  cache->clear();
  EXPECT_TRUE(becomes([&] { return put(*cache, "key", "new"); }));
}

TEST_F(RedisTest, PasswordsAreNeededAndUsed) {
  const RedisServer server({"--requirepass", "s3cret word"});
  std::atomic<bool> told{false};
  RedisOptions options = server.options();
  options.on_event = [&](std::string_view event) {
    if (event.find("NOAUTH") != std::string_view::npos || event.find("WRONGPASS") != std::string_view::npos)
      told = true;
    EXPECT_EQ(event.find("s3cret"), std::string_view::npos);
  };
  const auto without = opened(options);
  EXPECT_FALSE(put(*without, "key", "value"));
  EXPECT_TRUE(becomes([&] { return told.load(); }));
  const std::string url = "redis://:s3cret%20word@127.0.0.1:" + std::to_string(server.port()) + "/3";
  RedisOptions with = *redis_options_from_url(url);
  with.timeout = seconds(10);
  const auto cache = opened(with);
  ASSERT_TRUE(cache->wait_until_available(kPatience));
  EXPECT_TRUE(put(*cache, "key", "value"));
  EXPECT_EQ(text_of(cache->get("key")), "value");
}

/// Of access lists: a value that cannot be taken back, found by its tag or announced would be old somewhere.
TEST_F(RedisTest, WithoutARightNothingOldIsServed) {
  for (const std::string denied : {"-publish", "-unlink", "-zadd", "-set"}) {
    const RedisServer server({"--user", "writer", "on", ">secret", "~*", "&*", "+@all", denied});
    std::mutex mutex;
    std::string told;
    RedisOptions options = server.options();
    options.user = "writer";
    options.password = "secret";
    options.on_event = [&](std::string_view event) {
      const std::lock_guard lock(mutex);
      told += event;
    };
    const auto cache = opened(options);
    ASSERT_TRUE(cache->wait_until_available(kPatience)) << denied;
    put(*cache, "key", "old", std::nullopt, {"t"});
    cache->erase_tag("t");
    EXPECT_EQ(text_of(cache->get("key")), "(none)") << denied;
    EXPECT_TRUE(becomes([&] {
      const std::lock_guard lock(mutex);
      return told.find("NOPERM") != std::string::npos;
    })) << denied;
    const auto other = opened(server.options());
    ASSERT_TRUE(other->wait_until_available(kPatience));
    if (denied != "-unlink" && denied != "-publish") {
      EXPECT_TRUE(becomes([&] { return !other->get("key").has_value(); })) << denied;
    }
  }
}

TEST_F(RedisTest, TlsIsSpokenAndTheCertificateLookedAt) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("peak_tls_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const std::string key = folder / "key.pem";
  const std::string certificate = folder / "certificate.pem";
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
      "-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout " +
      key + " -out " + certificate + " >/dev/null 2>&1";
  if (std::system(command.c_str()) != 0) GTEST_SKIP() << "no openssl command to make a certificate with";
  RedisServer server({"--port", "0", "--tls-port", "%PORT%", "--tls-cert-file", certificate, "--tls-key-file", key,
                      "--tls-ca-cert-file", certificate, "--tls-auth-clients", "no"});
  RedisOptions options = server.options();
  options.tls = true;
  const Result<std::unique_ptr<RedisCache>> untrusting = RedisCache::open(options);
  if (!untrusting.ok()) GTEST_SKIP() << untrusting.error().message;
  options.tls_ca_file = certificate;
  const auto cache = opened(options);
  ASSERT_TRUE(becomes([&] { return cache->available() || server.has_ended(); }));
  if (server.has_ended()) GTEST_SKIP() << "this redis-server has no TLS";
  const std::string large(3'000'000, 'x');
  EXPECT_TRUE(put(*cache, "large", large));
  EXPECT_EQ(text_of(cache->get("large")), large);
  options.host = "localhost";
  EXPECT_TRUE(opened(options)->wait_until_available(kPatience));
  EXPECT_FALSE(put(**untrusting, "key", "value")) << "nobody vouches for the certificate";
  EXPECT_FALSE(opened(server.options())->wait_until_available(milliseconds(200))) << "plain text to a TLS port";
  std::filesystem::remove_all(folder);
}

TEST_F(RedisTest, ManyThreadsShareFewConnections) {
  const RedisServer server;
  RedisOptions options = server.options();
  options.connections = 3;
  const auto cache = opened(options);
  ASSERT_TRUE(cache->wait_until_available(kPatience));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string key = std::to_string(t) + ":" + std::to_string(i % 7);
        if (!put(*cache, key, key + "!")) ++wrong;
        if (text_of(cache->get(key)) != key + "!") ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

TEST_F(RedisTest, AChildAfterForkHasConnectionsOfItsOwn) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer ends a child that starts threads after a fork beside threads";
#endif
  const RedisServer server;
  const auto cache = opened(server.options());
  ASSERT_TRUE(cache->wait_until_available(kPatience));
  ASSERT_TRUE(put(*cache, "parent", "1"));
  const pid_t child = fork();
  if (child == 0) {
    const bool good =
        cache->wait_until_available(kPatience) && text_of(cache->get("parent")) == "1" && put(*cache, "child", "2");
    _exit(good ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(text_of(cache->get("child")), "2");
}

TEST(RedisFaultTest, NoServerAtAll) {
  RedisOptions options;
  options.host = "127.0.0.1";
  const HeldPort port;
  options.port = port.number();
  const auto cache = opened(options);
  EXPECT_FALSE(put(*cache, "key", "value"));
  EXPECT_FALSE(cache->get("key").has_value());
  EXPECT_EQ(cache->clear(), 0U);
  EXPECT_FALSE(cache->wait_until_available(milliseconds(10)));
}

TEST(RedisFaultTest, GarbageAndSlowServersAreMisses) {
  const std::vector<std::string> answers{"HTTP/1.1 400 Bad Request\r\n\r\n",
                                         "+PONG\r\n$5\r\nhello\r\n",
                                         "+PONG\r\n$-7\r\n",
                                         "+PONG\r\n*2\r\n$1\r\n",
                                         "+PONG\r\n:9999999999999999999999\r\n",
                                         "+PONG\r\n*1000000000\r\n",
                                         "+PONG\r\n+OK\r\n",
                                         ":1\r\n:2\r\n:3\r\n",
                                         std::string("\0\0\0\0", 4),
                                         "+PONG\r\n$100000000\r\nx",
                                         "+PONG\r\n-ERR no\r\n",
                                         ""};
  for (const std::string& answer : answers) {
    const FakeServer server([&](int connection) {
      char buffer[4096];
      if (read(connection, buffer, sizeof(buffer)) <= 0) return;
      if (write(connection, answer.data(), answer.size()) < 0) return;
      pollfd wait{connection, POLLIN, 0};
      poll(&wait, 1, 20);
      std::this_thread::sleep_for(milliseconds(20));
    });
    RedisOptions options;
    options.host = "127.0.0.1";
    options.port = server.port();
    const auto cache = opened(options);
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(cache->get("key").has_value()) << answer;
  }
  const FakeServer drip([](int connection) {
    for (int i = 0; i < 60; ++i) {
      if (send(connection, "+", 1, MSG_NOSIGNAL) < 0) return;
      std::this_thread::sleep_for(milliseconds(10));
    }
  });
  RedisOptions options;
  options.host = "127.0.0.1";
  options.port = drip.port();
  const auto cache = opened(options);
  EXPECT_FALSE(cache->get("key").has_value());
  EXPECT_FALSE(cache->available());
}

// A connection's first answer comes, and no other in time: callers would wait in vain, so none is sent there.
TEST(RedisFaultTest, AServerThatIsTooSlowForCallersStaysAway) {
  std::atomic<int> waiting{0};
  const FakeServer server([&](int connection) {
    char buffer[4096];
    if (read(connection, buffer, sizeof(buffer)) <= 0 || write(connection, "+PONG\r\n", 7) < 0) return;
    if (read(connection, buffer, sizeof(buffer)) <= 0) return;
    ++waiting;
    while (read(connection, buffer, sizeof(buffer)) > 0) {
    }
  });
  RedisOptions options;
  options.host = "127.0.0.1";
  options.port = server.port();
  const auto cache = opened(options);
  ASSERT_TRUE(becomes([&] { return waiting.load() >= 3; }));
  EXPECT_FALSE(cache->available());
  EXPECT_FALSE(cache->get("key").has_value());
}

TEST(RedisEntryTest, AnyDamageIsSeen) {
  const std::vector<std::string> tags{"one", ""};
  const RedisItem item{"key", "some bytes", milliseconds(5000), tags};
  const std::string entry = *redis::entry_of(item, {}, milliseconds(1'000'000));
  const auto read = [](std::string_view key, std::string_view bytes, int now = 1'000'000) {
    return redis::value_of_entry(key, bytes, 1000, milliseconds(now));
  };
  ASSERT_TRUE(read("key", entry).ok());
  EXPECT_EQ(read("key", entry)->value().bytes, "some bytes");
  EXPECT_EQ(read("key", entry)->value().tags, tags);
  EXPECT_EQ(read("key", entry, 1'001'000)->value().remaining, milliseconds(4000));
  EXPECT_EQ(read("key", entry, 900'000)->value().remaining, milliseconds(5000)) << "a clock set back adds no life";
  EXPECT_FALSE(read("key", entry, 1'005'000)->has_value());
  EXPECT_FALSE(read("kez", entry).ok());
  for (std::size_t i = 0; i < entry.size(); ++i) {
    EXPECT_FALSE(read("key", std::string_view(entry).substr(0, i)).ok()) << i;
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = entry;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      EXPECT_FALSE(read("key", damaged).ok()) << i << ' ' << bit;
    }
  }
  EXPECT_FALSE(read("key", entry + "x").ok());
  EXPECT_FALSE(redis::value_of_entry("key", entry, 5, milliseconds(0)).ok());
}

TEST(RedisUrlTest, PartsAndFaults) {
  const RedisOptions all = *redis_options_from_url("rediss://me:p%40ss@[::1]:7000/2");
  EXPECT_EQ(all.host, "::1");
  EXPECT_EQ(all.port, 7000);
  EXPECT_EQ(all.user, "me");
  EXPECT_EQ(all.password, "p@ss");
  EXPECT_EQ(all.database, 2U);
  EXPECT_TRUE(all.tls);
  EXPECT_EQ(redis_options_from_url("redis://")->host, "localhost");
  EXPECT_EQ(redis_options_from_url("unix:///run/redis.sock?db=1")->socket_path, "/run/redis.sock");
  for (const char* wrong : {"localhost", "http://x", "redis://h:0", "redis://h:70000", "redis://h/x", "redis://%zz@h",
                            "redis://[::1", "unix://x", "unix:///x?y=1"}) {
    EXPECT_FALSE(redis_options_from_url(wrong).ok()) << wrong;
  }
  EXPECT_EQ(redis_options_from_url("redis://:secret@h:x").error().message.find("secret"), std::string::npos);
}

TEST(RedisOptionsTest, WrongOptionsAreRefused) {
  const auto refuses = [](auto change) {
    RedisOptions options;
    change(options);
    return !RedisCache::open(options).ok();
  };
  EXPECT_TRUE(refuses([](RedisOptions& o) { o.key_space.clear(); }));
  EXPECT_TRUE(refuses([](RedisOptions& o) { o.timeout = milliseconds(0); }));
  EXPECT_TRUE(refuses([](RedisOptions& o) { o.connections = 0; }));
  EXPECT_TRUE(refuses([](RedisOptions& o) { o.host.clear(); }));
  EXPECT_TRUE(refuses([](RedisOptions& o) { o.port = 0; }));
}

}  // namespace
}  // namespace peak::cache
