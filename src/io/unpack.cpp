#include "io/unpack.hpp"

#include <zip.h>
#include <zlib.h>
#ifdef PEAK_WITH_ZSTD
#include <zstd.h>
#endif

#include <algorithm>
#include <exception>
#include <limits>
#include <memory>
#include <vector>

#include "peak/base/suggest.hpp"

namespace peak::io {
namespace {

/// Deflate cannot expand by more than about 1032 times; a size that claims more is a lie.
constexpr std::size_t kDeflateLimit = 1032;
constexpr std::size_t kFirstOutput = std::size_t{64} << 10;
constexpr std::size_t kTrusted = std::size_t{64} << 20;  // so much is unpacked whatever it looks like
constexpr std::size_t kUsualRatio = 32;                  // text of prices packs to a third or a twentieth

Error too_large(std::size_t max_bytes) {
  return bad_data("unpacks to more than " + std::to_string(max_bytes) +
                  " bytes (max_bytes); raise it if that is meant");
}

/// Room for the byte that shows that there are too many.
std::size_t one_more(std::size_t max_bytes) {
  return max_bytes + (max_bytes == std::numeric_limits<std::size_t>::max() ? 0 : 1);
}

/// A gzip file piece by piece: members one behind the other, padding after the last.
class GzipStream {
 public:
  explicit GzipStream(std::string_view bytes) : bytes_(bytes) {
    ready_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK;
  }
  ~GzipStream() {
    if (ready_) inflateEnd(&stream_);
  }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;
  [[nodiscard]] bool ready() const noexcept { return ready_; }
  [[nodiscard]] std::size_t eaten() const noexcept { return eaten_; }
  [[nodiscard]] std::size_t made() const noexcept { return made_; }

  /// Unpacks into `size` bytes; true while there may be more.
  Result<bool> fill(char* memory, std::size_t size) {
    constexpr std::size_t kStep = std::numeric_limits<unsigned>::max() / 2;
    const auto room = static_cast<unsigned>(std::min(size, kStep));
    const auto input = static_cast<unsigned>(std::min(bytes_.size() - eaten_, kStep));
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes_.data() + eaten_));
    stream_.avail_in = input;
    stream_.next_out = reinterpret_cast<Bytef*>(memory);
    stream_.avail_out = room;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    eaten_ += input - stream_.avail_in;
    made_ += room - stream_.avail_out;
    if (code == Z_STREAM_END) {
      if (!is_gzip(bytes_.substr(eaten_))) return false;
      if (inflateReset(&stream_) != Z_OK) return internal_error("zlib cannot be restarted");
    } else if (code == Z_BUF_ERROR || (code == Z_OK && eaten_ == bytes_.size() && stream_.avail_out != 0)) {
      return bad_data("the gzip file is cut: it ends after " + std::to_string(made_) + " unpacked bytes");
    } else if (code != Z_OK) {
      return bad_data(std::string("the gzip file is damaged: ") + (stream_.msg != nullptr ? stream_.msg : "bad data"));
    }
    return true;
  }

 private:
  std::string_view bytes_;
  z_stream stream_{};
  std::size_t eaten_ = 0, made_ = 0;
  bool ready_ = false;
};

#ifdef PEAK_WITH_ZSTD
/// The same for zstd: frames one behind the other.
class ZstdStream {
 public:
  explicit ZstdStream(std::string_view bytes) : input_{bytes.data(), bytes.size(), 0} {}
  [[nodiscard]] bool ready() const noexcept { return stream_ != nullptr; }
  [[nodiscard]] std::size_t eaten() const noexcept { return input_.pos; }
  [[nodiscard]] std::size_t made() const noexcept { return made_; }

  Result<bool> fill(char* memory, std::size_t size) {
    ZSTD_outBuffer room{memory, size, 0};
    const std::size_t eaten = input_.pos;
    const std::size_t left = ZSTD_decompressStream(stream_.get(), &room, &input_);  // 0 at the end of a frame
    if (ZSTD_isError(left) != 0U) {
      return bad_data(std::string("the zstd file is damaged: ") + ZSTD_getErrorName(left));
    }
    made_ += room.pos;
    if (left != 0 && room.pos == 0 && input_.pos == eaten && input_.pos == input_.size) {
      return bad_data("the zstd file is cut: it ends after " + std::to_string(made_) + " unpacked bytes");
    }
    return input_.pos < input_.size || left != 0;
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const noexcept { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream_{ZSTD_createDStream()};
  ZSTD_inBuffer input_;
  std::size_t made_ = 0;
};
#endif

/// The size that a file unpacks to, found without keeping what is unpacked.
template <typename Stream>
Result<std::size_t> unpacked_size(std::string_view bytes, std::size_t max_bytes) {
  Stream stream(bytes);
  if (!stream.ready()) return internal_error("the unpacker cannot be started");
  std::string scratch(kFirstOutput, '\0');
  for (bool more = true; more;) {
    PEAK_ASSIGN_OR_RETURN(more, stream.fill(scratch.data(), scratch.size()));
    if (stream.made() > max_bytes) return too_large(max_bytes);
  }
  return stream.made();
}

/// Memory for what is to be unpacked; without it that is an error like others.
Status make_room(std::string& output, std::size_t size) {
  try {
    output.resize(size);
  } catch (const std::exception&) {
    return io_error("not enough memory to unpack " + std::to_string(size) + " bytes");
  }
  return {};
}

/// What packs far better than prices do may be made to fill the memory: its size is found before more memory is taken.
template <typename Stream>
Result<std::string> unpack_stream(std::string_view bytes, std::size_t max_bytes, std::size_t first_room) {
  Stream stream(bytes);
  if (!stream.ready()) return internal_error("the unpacker cannot be started");
  std::string output;
  PEAK_RETURN_IF_ERROR(make_room(output, first_room));
  bool is_measured = false;
  for (bool more = true; more;) {
    const std::size_t used = stream.made();
    if (used == output.size()) {
      std::size_t size = std::min(output.size() * 2, one_more(max_bytes));
      if (!is_measured && used >= kTrusted && used / kUsualRatio > stream.eaten()) {
        PEAK_ASSIGN_OR_RETURN(const std::size_t whole, unpacked_size<Stream>(bytes, max_bytes));
        is_measured = true;
        size = whole + 1;
      }
      PEAK_RETURN_IF_ERROR(make_room(output, size));
    }
    PEAK_ASSIGN_OR_RETURN(more, stream.fill(output.data() + used, output.size() - used));
    if (stream.made() > max_bytes) return too_large(max_bytes);
  }
  output.resize(stream.made());
  return output;
}

/// A first guess at the size: the last four bytes of a gzip file tell it modulo 2^32, if they are to be believed.
std::size_t size_hint(std::string_view bytes, std::size_t max_bytes) {
  std::size_t hint = 0;
  for (std::size_t i = 0; i < 4 && bytes.size() >= 18; ++i) {
    hint |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[bytes.size() - 4 + i])) << (8 * i);
  }
  // A size that no text of prices would pack so well from is believed later.
  if (hint / kUsualRatio > bytes.size()) hint = std::min(hint, kTrusted - 1);
  return std::min({std::max(hint + 1, kFirstOutput), bytes.size() * kDeflateLimit + kFirstOutput, one_more(max_bytes)});
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
  zip_stat_t told;
  zip_stat_init(&told);
  const bool tells_size = zip_stat(archive, name.c_str(), 0, &told) == 0 && (told.valid & ZIP_STAT_SIZE) != 0;
  if (tells_size && told.size > max_bytes) return too_large(max_bytes).within("'" + name + "' in the zip archive");
  const std::unique_ptr<zip_file_t, ZipFileClose> file(zip_fopen(archive, name.c_str(), 0));
  if (file == nullptr) return bad_data("'" + name + "' in the zip archive cannot be opened: " + zip_strerror(archive));
  std::string content;
  std::size_t used = 0;
  for (;;) {
    content.resize(std::min(std::max(used * 2, kFirstOutput), one_more(max_bytes)));
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
  return unpack_stream<GzipStream>(bytes, max_bytes, size_hint(bytes, max_bytes));
}

#ifdef PEAK_WITH_ZSTD
Result<std::string> unpack_zstd(std::string_view bytes, std::size_t max_bytes) {
  const unsigned long long told = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  const bool is_told = told != ZSTD_CONTENTSIZE_UNKNOWN && told != ZSTD_CONTENTSIZE_ERROR;
  if (is_told && told > max_bytes) return too_large(max_bytes);  // a frame that holds less than it tells is damaged
  return unpack_stream<ZstdStream>(bytes, max_bytes, std::min(kFirstOutput, one_more(max_bytes)));
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
