// RedisConnection: commands out, replies in, over one authenticated connection. hiredis reads what the server says.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "redis_stream.hpp"

namespace peak::cache::redis {

/// Commands in the form in which they are sent; several make a pipeline.
class Commands {
 public:
  void add(std::initializer_list<std::string_view> words) { add(words.begin(), words.size()); }
  void add(const std::vector<std::string_view>& words) { add(words.data(), words.size()); }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  void add(const std::string_view* words, std::size_t count);
  std::string bytes_;
  std::size_t count_ = 0;
};

struct Reply {
  enum class Kind : unsigned char { kNil, kText, kStatus, kInteger, kArray, kError };
  Kind kind = Kind::kNil;
  std::int64_t integer = 0;
  std::string text;  ///< also of a status or an error
  std::vector<Reply> items;

  [[nodiscard]] bool is_ok() const noexcept { return kind == Kind::kStatus; }
  [[nodiscard]] bool is_error() const noexcept { return kind == Kind::kError; }
};

class RedisConnection {
 public:
  /// Connects, and says who and where (AUTH, SELECT). kIo, kCancelled when the deadline passed, kInvalidArgument when
  /// the server refuses the password or the database.
  [[nodiscard]] static Result<std::unique_ptr<RedisConnection>> open(const std::vector<Address>& addresses,
                                                                     const RedisOptions& options, Deadline& deadline);
  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  /// One reply to each command, errors of the server among them. After a failure the connection is of no more use.
  [[nodiscard]] Result<std::vector<Reply>> exchange(const Commands& commands, Deadline& deadline);
  [[nodiscard]] Status send(const Commands& commands, Deadline& deadline);
  /// The next message.
  [[nodiscard]] Result<Reply> receive(Deadline& deadline);
  /// A message that has come already; nothing if it is not whole yet.
  [[nodiscard]] Result<bool> next_buffered(Reply& reply);
  [[nodiscard]] Status read_more(Deadline& deadline);
  [[nodiscard]] int descriptor() const noexcept { return stream_->descriptor(); }
  /// It has answered at least once since it was last idle: a failure is not that of an old connection.
  [[nodiscard]] bool answered() const noexcept { return answered_; }
  void start_exchange() noexcept { answered_ = false; }

 private:
  struct Reader;
  explicit RedisConnection(std::unique_ptr<RedisStream> stream);
  [[nodiscard]] Status introduce(const RedisOptions& options, Deadline& deadline);
  std::unique_ptr<RedisStream> stream_;
  std::unique_ptr<Reader> reader_;
  bool answered_ = false;
};

}  // namespace peak::cache::redis
