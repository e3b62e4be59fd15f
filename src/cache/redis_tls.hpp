// Tls: one end of a TLS connection that touches no socket: bytes in, bytes out. Through OpenSSL, where the build has
// it.
//
// OpenSSL writing to the socket itself would raise SIGPIPE in programs that do not ignore it, and would not know
// deadlines.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "peak/base/status.hpp"
#include "peak/cache/redis.hpp"

namespace peak::cache::redis {

/// Whether this build can do it.
[[nodiscard]] bool has_tls() noexcept;

class Tls {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Tls>> start(const RedisOptions& options);
  ~Tls();
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  /// True when done; until then send what is outgoing and add what comes.
  [[nodiscard]] Result<bool> handshake();
  [[nodiscard]] Status encrypt(std::string_view bytes);
  /// 0: more must come first.
  [[nodiscard]] Result<std::size_t> decrypt(char* into, std::size_t size);
  [[nodiscard]] std::string take_outgoing();
  [[nodiscard]] Status add_incoming(std::string_view bytes);

 private:
  struct Session;
  explicit Tls(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

}  // namespace peak::cache::redis
