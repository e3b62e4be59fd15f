// RedisCache beside hiredis alone: a value of 100 bytes against PING, in turns, the best of many rounds.
//
//     redis_ping PORT          a server on the loopback, such as: redis-server --port 7777 --save ""
#include <hiredis.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

#include "peak/cache/redis.hpp"

namespace {

constexpr int kRounds = 40;
constexpr int kCalls = 500;

template <typename Call>
double microseconds_of(Call call) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kCalls; ++i) call();
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
  return took.count() / kCalls;
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::fprintf(stderr, "usage: redis_ping PORT\n");
    return 2;
  }
  peak::cache::RedisOptions options;
  options.host = "127.0.0.1";
  options.port = static_cast<std::uint16_t>(std::atoi(words[1]));
  options.timeout = std::chrono::seconds(5);
  const auto cache = peak::cache::RedisCache::open(options);
  const std::string value(100, 'x');
  redisContext* plain = redisConnect("127.0.0.1", options.port);
  if (!cache.ok() || plain == nullptr || plain->err != 0 || !(*cache)->set({"key", value, std::nullopt, {}}) ||
      (*cache)->get("key")->bytes != value) {
    std::fprintf(stderr, "no server on port %s\n", words[1]);
    return 1;
  }
  double ping = std::numeric_limits<double>::infinity();
  double get = ping;
  for (int round = 0; round < kRounds; ++round) {
    ping = std::min(ping, microseconds_of([&] { freeReplyObject(redisCommand(plain, "PING")); }));
    get = std::min(get, microseconds_of([&] { static_cast<void>((*cache)->get("key")); }));
  }
  std::printf("PING by hiredis %.2f us   get of 100 bytes %.2f us   %.2fx\n", ping, get, get / ping);
  redisFree(plain);
  return 0;
}
