// A real redis-server on a private port of the loopback, and one that does not speak as Redis does.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "peak/cache/redis.hpp"

extern char** environ;

namespace peak::cache {

/// A socket on a port of the loopback that the system chose.
inline int bound_socket(std::uint16_t& port) {
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0) std::abort();
  if (bind(made, reinterpret_cast<sockaddr*>(&address), size) != 0) std::abort();
  getsockname(made, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return made;
}

/// A free port of the loopback that nobody else is given while it is held.
///
/// It is bound and does not listen: Linux then lets a server that asks for this very port have it (both sides allow the
/// address to be used again, as Redis does), and gives it to nobody who asks for any. Elsewhere a server could not bind
/// it, and it is let go at once.
class HeldPort {
 public:
  HeldPort() : socket_(bound_socket(port_)) {
#if !defined(__linux__)
    close(socket_);
#endif
  }
  ~HeldPort() {
#if defined(__linux__)
    close(socket_);
#endif
  }
  HeldPort(const HeldPort&) = delete;
  HeldPort& operator=(const HeldPort&) = delete;
  [[nodiscard]] std::uint16_t number() const { return port_; }

 private:
  std::uint16_t port_ = 0;
  int socket_;
};

inline bool has_redis_server() { return std::system("command -v redis-server >/dev/null 2>&1") == 0; }

class RedisServer {
 public:
  /// `extra` are further words of its command line; "%PORT%" stands for the port.
  explicit RedisServer(std::vector<std::string> extra = {}) : extra_(std::move(extra)) { start(); }
  ~RedisServer() { stop(SIGKILL); }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  void start() {
    std::vector<std::string> words{"redis-server",
                                   "--port",
                                   std::to_string(port()),
                                   "--bind",
                                   "127.0.0.1",
                                   "--save",
                                   "",
                                   "--appendonly",
                                   "no",
                                   "--dir",
                                   std::filesystem::temp_directory_path().string(),
                                   "--logfile",
                                   "/dev/null"};
    for (const std::string& word : extra_) words.push_back(word == "%PORT%" ? std::to_string(port()) : word);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ASSERT_EQ(posix_spawnp(&process_, "redis-server", nullptr, nullptr, arguments.data(), environ), 0);
  }
  void stop(int signal_number) {
    if (process_ <= 0) return;
    kill(process_, SIGCONT);
    kill(process_, signal_number);
    waitpid(process_, nullptr, 0);
    process_ = 0;
  }
  /// It answers nothing that is asked after this.
  void freeze() const {
    kill(process_, SIGSTOP);
    waitpid(process_, nullptr, WUNTRACED);
  }
  void thaw() const { kill(process_, SIGCONT); }

  /// Patient: the machine may be busy. Tests of the time-out ask for a short one.
  [[nodiscard]] RedisOptions options() const {
    RedisOptions options;
    options.host = "127.0.0.1";
    options.port = port();
    options.timeout = std::chrono::seconds(10);
    return options;
  }
  [[nodiscard]] std::uint16_t port() const { return port_.number(); }
  /// Whether it ended by itself, as for options that it does not know.
  [[nodiscard]] bool has_ended() {
    if (process_ > 0 && waitpid(process_, nullptr, WNOHANG) == process_) process_ = 0;
    return process_ == 0;
  }

 private:
  std::vector<std::string> extra_;
  HeldPort port_;
  pid_t process_ = 0;
};

/// Accepts connections and treats each as `serve` says.
class FakeServer {
 public:
  explicit FakeServer(std::function<void(int)> serve) : listener_(bound_socket(port_)) {
    if (listen(listener_, 64) != 0) std::abort();
    thread_ = std::thread([this, act = std::move(serve)] { work(act); });
  }
  ~FakeServer() {
    is_stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void work(const std::function<void(int)>& serve) {
    while (!is_stopping_) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) continue;
      serve(connection);
      close(connection);
    }
  }
  std::uint16_t port_ = 0;
  std::atomic<bool> is_stopping_{false};
  int listener_;
  std::thread thread_;
};

}  // namespace peak::cache
