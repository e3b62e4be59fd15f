#include <charconv>
#include <string>

#include "peak/cache/redis.hpp"

namespace peak::cache {
namespace {

Error wrong(std::string_view url, const std::string& what) {
  // The URL may hold a password; only what is before the first colon is repeated.
  return parse_error("Redis URL '" + std::string(url.substr(0, url.find(':'))) + "://...': " + what +
                     "; write redis://[[user]:password@]host[:port][/database], rediss:// for TLS or unix:///path");
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Percent-encoding undone; false if it is broken.
bool decode(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return false;
    const int high = digit_of(text[i + 1]);
    const int low = digit_of(text[i + 2]);
    if (high < 0 || low < 0) return false;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return true;
}

template <typename Number>
bool number_of(std::string_view text, Number& out) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failure == std::errc() && end == text.data() + text.size();
}

/// "host", "host:port", "[v6]:port"
Status read_place(std::string_view url, std::string_view place, RedisOptions& options) {
  std::string_view port;
  if (place.starts_with('[')) {
    const std::size_t end = place.find(']');
    if (end == std::string_view::npos) return wrong(url, "'[' without ']'");
    options.host = place.substr(1, end - 1);
    place.remove_prefix(end + 1);
    if (!place.empty() && place.front() != ':') return wrong(url, "text after ']'");
    if (!place.empty()) port = place.substr(1);
  } else {
    const std::size_t colon = place.find(':');
    options.host = place.substr(0, colon);
    if (colon != std::string_view::npos) port = place.substr(colon + 1);
  }
  if (options.host.empty()) options.host = "localhost";
  if (!port.empty() && (!number_of(port, options.port) || options.port == 0)) {
    return wrong(url, "port '" + std::string(port) + "' is not between 1 and 65535");
  }
  return {};
}

Status read_user(std::string_view url, std::string_view text, RedisOptions& options) {
  const std::size_t colon = text.find(':');
  const std::string_view password = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  if (!decode(text.substr(0, colon), options.user) || !decode(password, options.password)) {
    return wrong(url, "a broken percent-encoding in user or password");
  }
  return {};
}

Result<RedisOptions> read_unix(std::string_view url, std::string_view rest, RedisOptions options) {
  const std::size_t question = rest.find('?');
  if (!decode(rest.substr(0, question), options.socket_path) || !options.socket_path.starts_with('/')) {
    return wrong(url, "the path must start with '/'");
  }
  if (question == std::string_view::npos) return options;
  const std::string_view query = rest.substr(question + 1);
  if (!query.starts_with("db=") || !number_of(query.substr(3), options.database)) {
    return wrong(url, "only ?db=N may follow the path");
  }
  return options;
}

}  // namespace

Result<RedisOptions> redis_options_from_url(std::string_view url, RedisOptions options) {
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return wrong(url, "no '://'");
  const std::string_view scheme = url.substr(0, scheme_end);
  std::string_view rest = url.substr(scheme_end + 3);
  if (scheme == "unix") return read_unix(url, rest, std::move(options));
  if (scheme != "redis" && scheme != "rediss") return wrong(url, "the scheme must be redis, rediss or unix");
  options.tls = scheme == "rediss";
  const std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view database = rest.substr(slash + 1);
    if (!database.empty() && !number_of(database, options.database)) {
      return wrong(url, "database '" + std::string(database) + "' is not a number");
    }
    rest = rest.substr(0, slash);
  }
  const std::size_t at = rest.rfind('@');
  if (at != std::string_view::npos) {
    PEAK_RETURN_IF_ERROR(read_user(url, rest.substr(0, at), options));
    rest = rest.substr(at + 1);
  }
  PEAK_RETURN_IF_ERROR(read_place(url, rest, options));
  return options;
}

}  // namespace peak::cache
