#include "redis_connection.hpp"

#include <hiredis.h>

#include <array>
#include <cstdint>
#include <utility>

namespace peak::cache::redis {
namespace {

Reply taken(const redisReply& from) {
  Reply reply;
  switch (from.type) {
    case REDIS_REPLY_STRING: reply.kind = Reply::Kind::kText; break;
    case REDIS_REPLY_STATUS: reply.kind = Reply::Kind::kStatus; break;
    case REDIS_REPLY_ERROR: reply.kind = Reply::Kind::kError; break;
    case REDIS_REPLY_INTEGER:
      reply.kind = Reply::Kind::kInteger;
      reply.integer = from.integer;
      return reply;
    case REDIS_REPLY_ARRAY:
      reply.kind = Reply::Kind::kArray;
      reply.items.reserve(from.elements);
      for (std::size_t i = 0; i < from.elements; ++i) reply.items.push_back(taken(*from.element[i]));
      return reply;
    default: return reply;
  }
  reply.text.assign(from.str, static_cast<std::size_t>(from.len));
  return reply;
}

}  // namespace

void Commands::add(const std::string_view* words, std::size_t count) {
  bytes_ += '*';
  bytes_ += std::to_string(count);
  bytes_ += "\r\n";
  for (std::size_t i = 0; i < count; ++i) {
    bytes_ += '$';
    bytes_ += std::to_string(words[i].size());
    bytes_ += "\r\n";
    bytes_ += words[i];
    bytes_ += "\r\n";
  }
  ++count_;
}

namespace {

// Of the longest answer, the keys of a tag. hiredis sets room aside for as many as are announced and looks at each when
// it lets go of them: a thousand million, announced in twelve bytes of garbage, take half a minute.
constexpr std::uint64_t kMostElements = std::uint64_t{4} << 20U;

redisReplyObjectFunctions usual_functions{};

template <typename Size>  // int in hiredis 0.14, std::size_t later
void* create_array(const redisReadTask* task, Size elements) {
  return static_cast<std::uint64_t>(elements) > kMostElements ? nullptr : usual_functions.createArray(task, elements);
}

/// hiredis's own, which `reader` has, but for create_array.
redisReplyObjectFunctions* functions_of(const redisReader& reader) {
  static redisReplyObjectFunctions functions = [&] {
    usual_functions = *reader.fn;
    redisReplyObjectFunctions made = usual_functions;
    made.createArray = &create_array;
    return made;
  }();
  return &functions;
}

}  // namespace

struct RedisConnection::Reader {
  redisReader* reader = redisReaderCreate();
  Reader() {
    if (reader != nullptr) reader->fn = functions_of(*reader);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { redisReaderFree(reader); }
};

RedisConnection::RedisConnection(std::unique_ptr<RedisStream> stream)
    : stream_(std::move(stream)), reader_(std::make_unique<Reader>()) {}
RedisConnection::~RedisConnection() = default;

Result<std::unique_ptr<RedisConnection>> RedisConnection::open(const std::vector<Address>& addresses,
                                                               const RedisOptions& options, Deadline& deadline) {
  PEAK_ASSIGN_OR_RETURN(auto stream, RedisStream::connect(addresses, options, deadline));
  std::unique_ptr<RedisConnection> connection(new RedisConnection(std::move(stream)));
  if (connection->reader_->reader == nullptr) return io_error("out of memory");
  PEAK_RETURN_IF_ERROR(connection->introduce(options, deadline));
  return connection;
}

Status RedisConnection::introduce(const RedisOptions& options, Deadline& deadline) {
  Commands commands;
  if (!options.user.empty()) {
    commands.add({"AUTH", options.user, options.password});
  } else if (!options.password.empty()) {
    commands.add({"AUTH", options.password});
  }
  if (options.database != 0) commands.add({"SELECT", std::to_string(options.database)});
  // Also tells a server that does not answer, or wants a password, from one that does.
  commands.add({"PING"});
  PEAK_ASSIGN_OR_RETURN(const std::vector<Reply> replies, exchange(commands, deadline));
  for (const Reply& reply : replies) {
    if (reply.is_ok()) continue;
    if (!reply.is_error()) return io_error("the server does not speak as Redis does");
    const bool passing = reply.text.starts_with("LOADING") || reply.text.starts_with("MASTERDOWN");
    if (passing) return io_error("the server says: " + reply.text);
    return invalid_argument("the server says: " + reply.text);
  }
  return {};
}

Result<std::vector<Reply>> RedisConnection::exchange(const Commands& commands, Deadline& deadline) {
  PEAK_RETURN_IF_ERROR(send(commands, deadline));
  std::vector<Reply> replies;
  replies.reserve(commands.count());
  while (replies.size() < commands.count()) {
    PEAK_ASSIGN_OR_RETURN(Reply reply, receive(deadline));
    replies.push_back(std::move(reply));
  }
  return replies;
}

Status RedisConnection::send(const Commands& commands, Deadline& deadline) {
  return stream_->write(commands.bytes(), deadline);
}

Result<Reply> RedisConnection::receive(Deadline& deadline) {
  Reply reply;
  for (;;) {
    PEAK_ASSIGN_OR_RETURN(const bool whole, next_buffered(reply));
    if (whole) return reply;
    PEAK_RETURN_IF_ERROR(read_more(deadline));
  }
}

Result<bool> RedisConnection::next_buffered(Reply& reply) {
  void* found = nullptr;
  if (redisReaderGetReply(reader_->reader, &found) != REDIS_OK) {
    return io_error(std::string("the server does not speak as Redis does: ") + reader_->reader->errstr);
  }
  if (found == nullptr) return false;
  reply = taken(*static_cast<const redisReply*>(found));
  freeReplyObject(found);
  answered_ = true;
  return true;
}

Status RedisConnection::read_more(Deadline& deadline) {
  std::array<char, 65536> piece;
  PEAK_ASSIGN_OR_RETURN(const std::size_t size, stream_->read(piece.data(), piece.size(), deadline));
  if (redisReaderFeed(reader_->reader, piece.data(), size) != REDIS_OK) return io_error("out of memory");
  return {};
}

}  // namespace peak::cache::redis
