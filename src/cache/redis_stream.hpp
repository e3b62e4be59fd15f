// RedisStream: a connection of bytes to a server, every step of which ends by a deadline.
//
// The socket never blocks; waiting is poll(2) with what is left of the deadline. hiredis has time-outs for single reads
// only, so that a server which sends one byte at a time could hold a caller for as long as it likes.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/cache/redis.hpp"

namespace peak::cache::redis {

/// The end of an operation. Bytes that move grant more time, at 20 MB/s: a large value is slow without fault.
class Deadline {
 public:
  explicit Deadline(std::chrono::nanoseconds budget) : end_(std::chrono::steady_clock::now() + budget) {}
  void moved(std::size_t bytes) noexcept { end_ += std::chrono::nanoseconds(50 * bytes); }
  [[nodiscard]] std::chrono::nanoseconds left() const noexcept { return end_ - std::chrono::steady_clock::now(); }
  [[nodiscard]] std::chrono::steady_clock::time_point end() const noexcept { return end_; }

 private:
  std::chrono::steady_clock::time_point end_;
};

/// One place where a server listens.
struct Address {
  int family = AF_UNSPEC;
  int protocol = 0;
  sockaddr_storage storage{};
  socklen_t size = 0;
};

/// The addresses behind the options' host. Takes as long as the system's resolver does.
[[nodiscard]] Result<std::vector<Address>> resolve(const RedisOptions& options);

class Tls;

class RedisStream {
 public:
  /// kIo; kCancelled when the deadline passed, here and below.
  [[nodiscard]] static Result<std::unique_ptr<RedisStream>> connect(const std::vector<Address>& addresses,
                                                                    const RedisOptions& options, Deadline& deadline);
  ~RedisStream();
  RedisStream(const RedisStream&) = delete;
  RedisStream& operator=(const RedisStream&) = delete;

  [[nodiscard]] Status write(std::string_view bytes, Deadline& deadline);
  /// At least one byte; that the server closed is an error.
  [[nodiscard]] Result<std::size_t> read(char* into, std::size_t size, Deadline& deadline);
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  explicit RedisStream(int descriptor);
  [[nodiscard]] Status finish_connect(const Address& address, Deadline& deadline);
  [[nodiscard]] Status wait_for(short events, const Deadline& deadline) const;
  [[nodiscard]] Status send_all(std::string_view bytes, Deadline& deadline);
  [[nodiscard]] Result<std::size_t> receive(char* into, std::size_t size, Deadline& deadline);
  [[nodiscard]] Status start_tls(const RedisOptions& options, Deadline& deadline);
  [[nodiscard]] Status exchange_tls(Deadline& deadline);

  int descriptor_;
  std::unique_ptr<Tls> tls_;
};

}  // namespace peak::cache::redis
