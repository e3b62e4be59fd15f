#include "redis_stream.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "redis_tls.hpp"

namespace peak::cache::redis {
namespace {

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;
#endif

Error system_error(const char* what) { return io_error(std::string(what) + ": " + std::strerror(errno)); }
Error timed_out() { return {ErrorCode::kCancelled, "no answer in time"}; }

void set_option(int descriptor, int level, int name) {
  const int on = 1;
  // Without it the connection is slower or noisier, not wrong.
  static_cast<void>(setsockopt(descriptor, level, name, &on, sizeof(on)));
}

int open_socket(const Address& address) {
#ifdef SOCK_CLOEXEC
  // At once: a child that another thread starts meanwhile must not inherit it.
  const int descriptor = socket(address.family, SOCK_STREAM | SOCK_CLOEXEC, address.protocol);
  if (descriptor < 0) return descriptor;
#else
  const int descriptor = socket(address.family, SOCK_STREAM, address.protocol);
  if (descriptor < 0) return descriptor;
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
#endif
  fcntl(descriptor, F_SETFL, O_NONBLOCK);
  if (address.family != AF_UNIX) set_option(descriptor, IPPROTO_TCP, TCP_NODELAY);
#ifdef SO_NOSIGPIPE
  set_option(descriptor, SOL_SOCKET, SO_NOSIGPIPE);
#endif
  return descriptor;
}

Result<std::vector<Address>> socket_file(const std::string& path) {
  sockaddr_un name{};
  if (path.size() >= sizeof(name.sun_path)) return invalid_argument("the path of the Unix socket is too long: " + path);
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  Address address;
  address.family = AF_UNIX;
  address.size = sizeof(name);
  std::memcpy(&address.storage, &name, sizeof(name));
  return std::vector<Address>{address};
}

}  // namespace

Result<std::vector<Address>> resolve(const RedisOptions& options) {
  if (!options.socket_path.empty()) return socket_file(options.socket_path);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure = getaddrinfo(options.host.c_str(), std::to_string(options.port).c_str(), &hints, &found);
  if (failure != 0) return io_error("host '" + options.host + "': " + gai_strerror(failure));
  std::vector<Address> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    Address address;
    address.family = entry->ai_family;
    address.protocol = entry->ai_protocol;
    address.size = entry->ai_addrlen;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    addresses.push_back(address);
  }
  freeaddrinfo(found);
  return addresses;
}

RedisStream::RedisStream(int descriptor) : descriptor_(descriptor) {}

RedisStream::~RedisStream() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<std::unique_ptr<RedisStream>> RedisStream::connect(const std::vector<Address>& addresses,
                                                          const RedisOptions& options, Deadline& deadline) {
  Error last = io_error("no address");
  for (const Address& address : addresses) {
    const int descriptor = open_socket(address);
    if (descriptor < 0) {
      last = system_error("socket");
      continue;
    }
    std::unique_ptr<RedisStream> stream(new RedisStream(descriptor));
    Status status = stream->finish_connect(address, deadline);
    if (status.ok() && options.tls) status = stream->start_tls(options, deadline);
    if (status.ok()) return stream;
    last = std::move(status).error();
    if (last.code == ErrorCode::kCancelled) break;
  }
  return last;
}

Status RedisStream::finish_connect(const Address& address, Deadline& deadline) {
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) return {};
  // EAGAIN is a Unix socket whose queue is full.
  if (errno != EINPROGRESS) return system_error("connect");
  PEAK_RETURN_IF_ERROR(wait_for(POLLOUT, deadline));
  int failure = 0;
  socklen_t size = sizeof(failure);
  getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &failure, &size);
  errno = failure;
  return failure == 0 ? Status{} : system_error("connect");
}

Status RedisStream::wait_for(short events, const Deadline& deadline) const {
  pollfd entry{descriptor_, events, 0};
  for (;;) {
    const auto left = deadline.left();
    if (left.count() <= 0) return timed_out();
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    const int ready = poll(&entry, 1, static_cast<int>(milliseconds));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return system_error("poll");
  }
}

Status RedisStream::send_all(std::string_view bytes, Deadline& deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = send(descriptor_, bytes.data(), bytes.size(), kSendFlags);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      deadline.moved(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      PEAK_RETURN_IF_ERROR(wait_for(POLLOUT, deadline));
    } else if (errno != EINTR) {
      return system_error("send");
    }
  }
  return {};
}

Result<std::size_t> RedisStream::receive(char* into, std::size_t size, Deadline& deadline) {
  for (;;) {
    PEAK_RETURN_IF_ERROR(wait_for(POLLIN, deadline));
    const ssize_t received = recv(descriptor_, into, size, 0);
    if (received > 0) {
      deadline.moved(static_cast<std::size_t>(received));
      return static_cast<std::size_t>(received);
    }
    if (received == 0) return io_error("the server closed the connection");
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return system_error("recv");
  }
}

Status RedisStream::write(std::string_view bytes, Deadline& deadline) {
  if (tls_ == nullptr) return send_all(bytes, deadline);
  PEAK_RETURN_IF_ERROR(tls_->encrypt(bytes));
  return send_all(tls_->take_outgoing(), deadline);
}

Result<std::size_t> RedisStream::read(char* into, std::size_t size, Deadline& deadline) {
  if (tls_ == nullptr) return receive(into, size, deadline);
  for (;;) {
    PEAK_ASSIGN_OR_RETURN(const std::size_t plain, tls_->decrypt(into, size));
    if (plain > 0) return plain;
    PEAK_RETURN_IF_ERROR(exchange_tls(deadline));
  }
}

/// Sends what TLS wants sent, and feeds it one piece of what the server says.
Status RedisStream::exchange_tls(Deadline& deadline) {
  PEAK_RETURN_IF_ERROR(send_all(tls_->take_outgoing(), deadline));
  std::array<char, 16384> piece;
  PEAK_ASSIGN_OR_RETURN(const std::size_t size, receive(piece.data(), piece.size(), deadline));
  return tls_->add_incoming({piece.data(), size});
}

Status RedisStream::start_tls(const RedisOptions& options, Deadline& deadline) {
  PEAK_ASSIGN_OR_RETURN(tls_, Tls::start(options));
  for (;;) {
    PEAK_ASSIGN_OR_RETURN(const bool done, tls_->handshake());
    if (done) return send_all(tls_->take_outgoing(), deadline);
    PEAK_RETURN_IF_ERROR(exchange_tls(deadline));
  }
}

}  // namespace peak::cache::redis
