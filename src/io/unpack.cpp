#include "io/unpack.hpp"

#include <zip.h>
#include <zlib.h>
#ifdef PEAK_WITH_ZSTD
#include <zstd.h>
#endif

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include "peak/base/suggest.hpp"

namespace peak::io {
namespace {

/// Deflate cannot expand by more than about 1032 times; a size that claims more is a lie.
constexpr std::size_t kDeflateLimit = 1032;
constexpr std::size_t kFirstOutput = std::size_t{64} << 10;

Error too_large(std::size_t max_bytes) {
  return bad_data("unpacks to more than " + std::to_string(max_bytes) +
                  " bytes (max_bytes); raise it if that is meant");
}

/// z_stream with its end assured.
class Inflater {
 public:
  Inflater() { ready_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK; }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  [[nodiscard]] bool ready() const noexcept { return ready_; }
  [[nodiscard]] z_stream& stream() noexcept { return stream_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

/// A first guess at the size: the last four bytes of a gzip file tell it modulo 2^32, if they are to be believed.
std::size_t size_hint(std::string_view bytes, std::size_t max_bytes) {
  std::size_t hint = 0;
  for (std::size_t i = 0; i < 4 && bytes.size() >= 18; ++i) {
    hint |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[bytes.size() - 4 + i])) << (8 * i);
  }
  return std::min({std::max(hint + 1, kFirstOutput), bytes.size() * kDeflateLimit + kFirstOutput, max_bytes + 1});
}

struct ZipClose {
  void operator()(zip_t* archive) const noexcept { zip_discard(archive); }
};
struct ZipFileClose {
  void operator()(zip_file_t* file) const noexcept { zip_fclose(file); }
};
using ZipArchive = std::unique_ptr<zip_t, ZipClose>;

Result<ZipArchive> open_archive(std::string_view bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error);
  if (archive != nullptr) {
    zip_error_fini(&error);
    return ZipArchive(archive);
  }
  std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (source != nullptr) zip_source_free(source);
  return bad_data("the zip archive is cut or damaged: " + reason);
}

std::vector<std::string> file_names(zip_t* archive) {
  std::vector<std::string> names;
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(archive, static_cast<zip_uint64_t>(i), 0);
    if (name == nullptr) continue;
    std::string text = name;
    if (!text.empty() && text.back() != '/' && !text.starts_with("__MACOSX/")) names.push_back(std::move(text));
  }
  return names;
}

Result<std::string> choose_member(const std::vector<std::string>& names, const std::string& wanted) {
  if (names.empty()) return bad_data("the zip archive holds no file");
  if (wanted.empty()) {
    if (names.size() == 1) return names.front();
    std::string list;
    for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 12); ++i) list += (i == 0 ? "" : ", ") + names[i];
    return invalid_argument("the zip archive holds " + std::to_string(names.size()) +
                            " files, say which with 'member': " + list + (names.size() > 12 ? ", ..." : ""));
  }
  if (std::find(names.begin(), names.end(), wanted) != names.end()) return wanted;
  return not_found("the zip archive holds no file '" + wanted + "'" + suggestion(wanted, names));
}

Result<std::string> read_member(zip_t* archive, const std::string& name, std::size_t max_bytes) {
  const std::unique_ptr<zip_file_t, ZipFileClose> file(zip_fopen(archive, name.c_str(), 0));
  if (file == nullptr) return bad_data("'" + name + "' in the zip archive cannot be opened: " + zip_strerror(archive));
  std::string content;
  std::size_t used = 0;
  for (;;) {
    content.resize(std::max(used * 2, kFirstOutput));
    const zip_int64_t got = zip_fread(file.get(), content.data() + used, content.size() - used);
    if (got < 0) {
      return bad_data("'" + name + "' in the zip archive is damaged: " + zip_file_strerror(file.get()));
    }
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used > max_bytes) return too_large(max_bytes).within("'" + name + "' in the zip archive");
  }
  content.resize(used);
  return content;
}

}  // namespace

bool is_gzip(std::string_view bytes) noexcept { return bytes.size() >= 3 && bytes.starts_with("\x1f\x8b\x08"); }

bool is_zstd(std::string_view bytes) noexcept { return bytes.starts_with("\x28\xb5\x2f\xfd"); }

bool is_zip(std::string_view bytes) noexcept {
  return bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06");
}

Result<std::string> unpack_gzip(std::string_view bytes, std::size_t max_bytes) {
  Inflater inflater;
  if (!inflater.ready()) return internal_error("zlib cannot be started");
  z_stream& stream = inflater.stream();
  std::string output(size_hint(bytes, max_bytes), '\0');
  std::size_t used = 0, eaten = 0;
  constexpr std::size_t kStep = std::numeric_limits<unsigned>::max() / 2;
  for (;;) {
    if (used == output.size()) output.resize(std::min(output.size() * 2, max_bytes + 1));
    const auto room = static_cast<unsigned>(std::min(output.size() - used, kStep));
    const auto input = static_cast<unsigned>(std::min(bytes.size() - eaten, kStep));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + eaten));
    stream.avail_in = input;
    stream.next_out = reinterpret_cast<Bytef*>(output.data() + used);
    stream.avail_out = room;
    const int code = inflate(&stream, Z_NO_FLUSH);
    eaten += input - stream.avail_in;
    used += room - stream.avail_out;
    if (used > max_bytes) return too_large(max_bytes);
    if (code == Z_STREAM_END) {
      if (!is_gzip(bytes.substr(eaten))) break;  // the end, or padding after it
      if (inflateReset(&stream) != Z_OK) return internal_error("zlib cannot be restarted");
    } else if (code == Z_BUF_ERROR || (code == Z_OK && eaten == bytes.size() && stream.avail_out != 0)) {
      return bad_data("the gzip file is cut: it ends after " + std::to_string(used) + " unpacked bytes");
    } else if (code != Z_OK) {
      return bad_data(std::string("the gzip file is damaged: ") + (stream.msg != nullptr ? stream.msg : "bad data"));
    }
  }
  output.resize(used);
  return output;
}

#ifdef PEAK_WITH_ZSTD
Result<std::string> unpack_zstd(std::string_view bytes, std::size_t max_bytes) {
  const std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(), ZSTD_freeDStream);
  if (stream == nullptr) return internal_error("zstd cannot be started");
  std::string output;
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  std::size_t used = 0, left = 1;  // left: 0 at the end of a frame
  while (input.pos < input.size || left != 0) {
    if (used == output.size()) output.resize(std::min(std::max(output.size() * 2, kFirstOutput), max_bytes + 1));
    ZSTD_outBuffer room{output.data(), output.size(), used};
    const std::size_t eaten = input.pos;
    left = ZSTD_decompressStream(stream.get(), &room, &input);
    if (ZSTD_isError(left) != 0U) {
      return bad_data(std::string("the zstd file is damaged: ") + ZSTD_getErrorName(left));
    }
    const bool stands_still = room.pos == used && input.pos == eaten;
    used = room.pos;
    if (used > max_bytes) return too_large(max_bytes);
    if (left != 0 && stands_still && input.pos == input.size) {
      return bad_data("the zstd file is cut: it ends after " + std::to_string(used) + " unpacked bytes");
    }
  }
  output.resize(used);
  return output;
}
#else
Result<std::string> unpack_zstd(std::string_view, std::size_t) {
  return unsupported("zstd files need a build with libzstd; unpack the file first");
}
#endif

Result<ZipMember> unpack_zip(std::string_view bytes, const std::string& wanted, std::size_t max_bytes) {
  PEAK_ASSIGN_OR_RETURN(const ZipArchive archive, open_archive(bytes));
  PEAK_ASSIGN_OR_RETURN(std::string name, choose_member(file_names(archive.get()), wanted));
  PEAK_ASSIGN_OR_RETURN(std::string content, read_member(archive.get(), name, max_bytes));
  return ZipMember{std::move(name), std::move(content)};
}

}  // namespace peak::io
