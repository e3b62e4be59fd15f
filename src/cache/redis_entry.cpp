#include "redis_entry.hpp"

#ifdef PEAK_WITH_LZ4
#include <lz4.h>
#endif
#ifdef PEAK_WITH_ZSTD
#include <zstd.h>
#endif

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "peak/base/hash.hpp"
#include "redis_texts.hpp"

namespace peak::cache::redis {
namespace {

constexpr std::string_view kMagic = "PKR1";
constexpr std::size_t kCompressionAt = 4;
constexpr std::size_t kExpiryAt = 8;
constexpr std::size_t kLifeAt = 16;
constexpr std::size_t kSizeAt = 24;
constexpr std::size_t kChecksumAt = 32;
constexpr std::size_t kTagsAt = 48;
constexpr std::size_t kHeaderBytes = 56;

static_assert(std::endian::native == std::endian::little, "entries are written as the machine holds integers");

void put(std::string& entry, std::size_t at, std::uint64_t value) { std::memcpy(entry.data() + at, &value, 8); }
std::uint64_t integer_at(std::string_view entry, std::size_t at) {
  std::uint64_t value = 0;
  std::memcpy(&value, entry.data() + at, 8);
  return value;
}

Hash128 checksum(std::string_view key, std::string_view entry) {
  Hasher hasher;
  hasher.add_text(key);
  hasher.add(entry.data(), kChecksumAt);
  hasher.add(entry.data() + kTagsAt, entry.size() - kTagsAt);
  return hasher.finish();
}

/// Appends the packed bytes; false, and nothing appended, if that does not make them smaller.
bool append_packed([[maybe_unused]] std::string& entry, [[maybe_unused]] std::string_view bytes,
                   [[maybe_unused]] RedisCompression compression) {
  [[maybe_unused]] const std::size_t start = entry.size();
#ifdef PEAK_WITH_LZ4
  if (compression == RedisCompression::kLz4 && bytes.size() <= LZ4_MAX_INPUT_SIZE) {
    entry.resize(start + bytes.size());
    const int size = LZ4_compress_default(bytes.data(), entry.data() + start, static_cast<int>(bytes.size()),
                                          static_cast<int>(bytes.size()));
    entry.resize(start + static_cast<std::size_t>(std::max(size, 0)));
    return size > 0;
  }
#endif
#ifdef PEAK_WITH_ZSTD
  if (compression == RedisCompression::kZstd) {
    entry.resize(start + bytes.size());
    const std::size_t size =
        ZSTD_compress(entry.data() + start, bytes.size(), bytes.data(), bytes.size(), ZSTD_CLEVEL_DEFAULT);
    const bool smaller = ZSTD_isError(size) == 0;
    entry.resize(start + (smaller ? size : 0));
    return smaller;
  }
#endif
  return false;
}

Result<std::string> unpacked([[maybe_unused]] std::string_view packed, [[maybe_unused]] std::size_t size,
                             RedisCompression compression) {
  std::string bytes(size, '\0');
#ifdef PEAK_WITH_LZ4
  if (compression == RedisCompression::kLz4 && size <= LZ4_MAX_INPUT_SIZE &&
      packed.size() <= std::numeric_limits<int>::max()) {
    const int count =
        LZ4_decompress_safe(packed.data(), bytes.data(), static_cast<int>(packed.size()), static_cast<int>(size));
    if (count >= 0 && static_cast<std::size_t>(count) == size) return bytes;
    return bad_data("damaged lz4 bytes");
  }
#endif
#ifdef PEAK_WITH_ZSTD
  if (compression == RedisCompression::kZstd) {
    if (ZSTD_decompress(bytes.data(), size, packed.data(), packed.size()) == size) return bytes;
    return bad_data("damaged zstd bytes");
  }
#endif
  return unsupported("a compression that this build does not have");
}

}  // namespace

bool has_compression(RedisCompression compression) noexcept {
  switch (compression) {
    case RedisCompression::kNone: return true;
#ifdef PEAK_WITH_LZ4
    case RedisCompression::kLz4: return true;
#endif
#ifdef PEAK_WITH_ZSTD
    case RedisCompression::kZstd: return true;
#endif
    default: return false;
  }
}

std::chrono::milliseconds wall_clock() noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
}

Result<std::string> entry_of(const RedisItem& item, const RedisOptions& options, std::chrono::milliseconds now) {
  std::string entry(kHeaderBytes, '\0');
  append_texts(item.tags, entry);
  put(entry, kTagsAt, entry.size() - kHeaderBytes);
  const bool pack = options.compression != RedisCompression::kNone && item.bytes.size() >= options.compress_from_bytes;
  if (pack && append_packed(entry, item.bytes, options.compression)) {
    entry[kCompressionAt] = static_cast<char>(options.compression);
  } else {
    entry += item.bytes;
  }
  kMagic.copy(entry.data(), kMagic.size());
  const auto life = item.ttl.has_value() ? static_cast<std::uint64_t>(item.ttl->count()) : 0;
  put(entry, kExpiryAt, life == 0 ? 0 : static_cast<std::uint64_t>(now.count()) + life);
  put(entry, kLifeAt, life);
  put(entry, kSizeAt, item.bytes.size());
  const Hash128 sum = checksum(item.key, entry);
  put(entry, kChecksumAt, sum.low);
  put(entry, kChecksumAt + 8, sum.high);
  return entry;
}

Result<std::optional<RedisValue>> value_of_entry(std::string_view key, std::string_view entry,
                                                 std::size_t max_value_bytes, std::chrono::milliseconds now) {
  if (entry.size() < kHeaderBytes || !entry.starts_with(kMagic)) return bad_data("not an entry of this cache");
  const Hash128 stored{integer_at(entry, kChecksumAt + 8), integer_at(entry, kChecksumAt)};
  if (checksum(key, entry) != stored) return bad_data("the checksum is wrong");
  const std::uint64_t size = integer_at(entry, kSizeAt);
  if (size > max_value_bytes) return bad_data("larger than max_value_bytes");
  RedisValue value;
  if (const std::uint64_t expiry = integer_at(entry, kExpiryAt); expiry != 0) {
    const auto left = static_cast<std::int64_t>(expiry) - now.count();
    if (left <= 0) return std::optional<RedisValue>();
    // A writer whose clock is ahead must not make it live longer than it asked for.
    value.remaining = std::chrono::milliseconds(std::min(left, static_cast<std::int64_t>(integer_at(entry, kLifeAt))));
  }
  const std::uint64_t tags_size = integer_at(entry, kTagsAt);
  if (tags_size > entry.size() - kHeaderBytes) return bad_data("cut");
  std::optional<std::vector<std::string>> tags =
      texts_of(entry.substr(kHeaderBytes, static_cast<std::size_t>(tags_size)));
  if (!tags.has_value()) return bad_data("damaged tags");
  value.tags = std::move(*tags);
  const std::string_view bytes = entry.substr(kHeaderBytes + static_cast<std::size_t>(tags_size));
  const auto compression = static_cast<RedisCompression>(entry[kCompressionAt]);
  if (compression == RedisCompression::kNone) {
    if (bytes.size() != size) return bad_data("cut");
    value.bytes = bytes;
  } else {
    PEAK_ASSIGN_OR_RETURN(value.bytes, unpacked(bytes, static_cast<std::size_t>(size), compression));
  }
  return std::optional<RedisValue>(std::move(value));
}

}  // namespace peak::cache::redis
