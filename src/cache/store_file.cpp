#include "cache/store_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "cache/reader_slots.hpp"
#include "peak/base/hash.hpp"

namespace peak::cache {
namespace {

constexpr std::uint64_t kIndexPart = 64;                            // of max_bytes: 16 bytes of index to 1 KiB
constexpr std::uint64_t kFileRingPart = 256;                        // a record of 200 bytes to a file of 48 KiB or more
constexpr std::uint64_t kLargestIndex = std::uint64_t{8} << 20;     // half a million entries
constexpr std::uint64_t kLargestFileRing = std::uint64_t{4} << 20;  // twenty thousand files
constexpr std::uint64_t kSmallestStoreBudget = 64 * 1024;
constexpr std::uint64_t kGrowth = std::uint64_t{1} << 20;

std::uint64_t check_of(const void* data, std::size_t bytes) noexcept { return hash_bytes(data, bytes).low; }

std::uint64_t pages(std::uint64_t bytes) { return std::max<std::uint64_t>(1, bytes / kPageBytes) * kPageBytes; }

std::uint64_t check_of(const StoreHeader& header) { return check_of(&header, offsetof(StoreHeader, check)); }
std::uint64_t check_of(const StoreState& state) { return check_of(&state, offsetof(StoreState, check)); }

std::uint32_t check_of(const RecordHeader& header) {
  constexpr std::size_t kFrom = offsetof(RecordHeader, position);
  return static_cast<std::uint32_t>(
      check_of(reinterpret_cast<const std::byte*>(&header) + kFrom, sizeof header - kFrom));
}

/// Makes the system promise room for bytes [from, to) of the file; 0 or the error's number.
int promise(int descriptor, std::uint64_t from, std::uint64_t to) {
#if defined(__linux__)
  return posix_fallocate(descriptor, static_cast<off_t>(from), static_cast<off_t>(to - from));
#else
  static constexpr char kZeros[kPageBytes] = {};
  while (from < to) {
    const ssize_t written =
        pwrite(descriptor, kZeros, std::min<std::uint64_t>(sizeof kZeros, to - from), static_cast<off_t>(from));
    if (written <= 0) return written < 0 ? errno : ENOSPC;
    from += static_cast<std::uint64_t>(written);
  }
  return 0;
#endif
}

Error system_error(const std::string& path, const char* what) {
  return io_error(path + ": " + what + ": " + std::strerror(errno));
}

/// Index and rings for a budget; the ring of values gets what makes half of it.
StoreHeader geometry(std::uint64_t max_bytes) {
  StoreHeader header;
  const std::uint64_t index =
      std::bit_floor(std::clamp<std::uint64_t>(max_bytes / kIndexPart, kPageBytes, kLargestIndex));
  header.bucket_bits = static_cast<std::uint32_t>(std::countr_zero(index / (kBucketSlots * sizeof(IndexSlot))));
  header.file_ring_bytes = pages(std::min(max_bytes / kFileRingPart, kLargestFileRing));
  const std::uint64_t fixed = kPageBytes + index + header.file_ring_bytes;
  header.value_ring_bytes = pages(max_bytes / 2 > fixed ? max_bytes / 2 - fixed : 0);
  header.check = check_of(header);
  return header;
}

std::uint64_t fixed_bytes_of(const StoreHeader& header) {
  return kPageBytes + (kBucketSlots * sizeof(IndexSlot) << header.bucket_bits) + header.file_ring_bytes;
}

bool is_sound(const StoreHeader& header) {
  const StoreHeader expected;
  return header.magic == expected.magic && header.format == kDiskFormat && header.check == check_of(header) &&
         header.bucket_bits <= 24 && header.file_ring_bytes % kPageBytes == 0 && header.file_ring_bytes != 0 &&
         header.value_ring_bytes % kPageBytes == 0 && header.value_ring_bytes != 0 &&
         header.file_ring_bytes < std::uint64_t{1} << 40 && header.value_ring_bytes < std::uint64_t{1} << 46;
}

}  // namespace

FileLock::FileLock(int descriptor) noexcept : descriptor_(descriptor) {
  int result = 0;
  do {
    result = flock(descriptor, LOCK_EX);
  } while (result != 0 && errno == EINTR);
  held_ = result == 0;
}

FileLock::~FileLock() {
  if (held_) flock(descriptor_, LOCK_UN);
}

Status StoreFile::make(const std::string& path, std::uint64_t max_bytes) {
  const std::string fresh = path + ".new";
  const StoreHeader header = geometry(max_bytes);
  StoreState state;
  for (const RingName ring : {RingName::kFiles, RingName::kValues}) {
    RingState& start = state.rings[static_cast<std::size_t>(ring)];
    start.head = start.tail = ring == RingName::kFiles ? header.file_ring_bytes : header.value_ring_bytes;
  }
  state.version = 1;
  state.check = check_of(state);
  char page[kPageBytes] = {};
  std::memcpy(page, &header, sizeof header);
  std::memcpy(page + kStatePlaces[0], &state, sizeof state);
  unlink(fresh.c_str());
  const FileDescriptor file(::open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file) return system_error(fresh, "cannot be made");
  errno = promise(file.get(), 0, fixed_bytes_of(header) + kPageBytes);
  const bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
  const bool written = errno == 0 && pwrite(file.get(), page, sizeof page, 0) == static_cast<ssize_t>(sizeof page);
  if (written) announce_replacement(path);
  if (written && rename(fresh.c_str(), path.c_str()) == 0) return {};
  const Error error = system_error(fresh, "cannot be written");
  unlink(fresh.c_str());
  if (full && max_bytes > kSmallestStoreBudget) return make(path, max_bytes / 4);  // a smaller index may fit
  return error;
}

Status StoreFile::map(const std::string& path, bool read_only, std::uint64_t max_bytes) {
  file_ = FileDescriptor(::open(path.c_str(), (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC));
  if (!file_) return errno == ENOENT ? not_found(path + ": is not there") : system_error(path, "cannot be opened");
  if (pread(file_.get(), &header_, sizeof header_, 0) != static_cast<ssize_t>(sizeof header_) || !is_sound(header_)) {
    return bad_data(path + ": is no store of this format");
  }
  mapped_ = fixed_bytes_of(header_) + header_.value_ring_bytes;
  if (!read_only && mapped_ > std::max<std::uint64_t>(max_bytes, 16 * kPageBytes))
    return invalid_argument(path + ": is above the limit");
  if (!intact()) return bad_data(path + ": is cut short");
  void* const memory =
      mmap(nullptr, mapped_, read_only ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
  if (memory == MAP_FAILED) return system_error(path, "cannot be mapped");
  map_ = static_cast<std::byte*>(memory);
  index_ = reinterpret_cast<IndexSlot*>(map_ + kPageBytes);
  writable_ = !read_only;
  if (!state()) return bad_data(path + ": its state is damaged");
  return {};
}

Result<std::unique_ptr<StoreFile>> StoreFile::open(const std::string& folder, std::uint64_t max_bytes, bool read_only,
                                                   bool& damaged) {
  const std::string path = folder + "/store-1.peak";
  damaged = false;
  for (int attempt = 0;; ++attempt) {
    std::unique_ptr<StoreFile> store(new StoreFile);
    const Status mapped = store->map(path, read_only, max_bytes);
    if (mapped.ok()) return store;
    const ErrorCode code = mapped.error().code;
    damaged = damaged || code == ErrorCode::kBadData;
    const bool remake =
        code == ErrorCode::kBadData || code == ErrorCode::kNotFound || code == ErrorCode::kInvalidArgument;
    if (read_only || attempt != 0 || !remake) return mapped.error();
    PEAK_RETURN_IF_ERROR(make(path, max_bytes));
  }
}

StoreFile::~StoreFile() {
  if (map_ != nullptr) munmap(map_, mapped_);
}

std::uint64_t StoreFile::fixed_bytes() const noexcept { return fixed_bytes_of(header_); }

bool StoreFile::intact() noexcept {
  struct stat status;
#if defined(__linux__) && defined(__x86_64__)
  // The system's own call: what the C library makes of it takes a tenth longer, and every reading asks.
  const bool looked = syscall(SYS_fstat, file_.get(), &status) == 0;
#else
  const bool looked = fstat(file_.get(), &status) == 0;
#endif
  if (!looked || status.st_nlink == 0) return false;
  __atomic_store_n(&size_, static_cast<std::uint64_t>(status.st_size), __ATOMIC_RELAXED);
  return static_cast<std::uint64_t>(status.st_size) >= fixed_bytes();
}

bool StoreFile::readable() noexcept {
  const off_t end = lseek(file_.get(), 0, SEEK_END);
  if (end < 0 || static_cast<std::uint64_t>(end) < fixed_bytes()) return false;
  __atomic_store_n(&size_, static_cast<std::uint64_t>(end), __ATOMIC_RELAXED);
  const Nanoseconds now = coarse_clock();
  const bool replaced = __atomic_load_n(reinterpret_cast<unsigned char*>(map_ + kReplacedPlace), __ATOMIC_ACQUIRE) != 0;
  if (!replaced && now == __atomic_load_n(&looked_at_, __ATOMIC_RELAXED)) return true;
  __atomic_store_n(&looked_at_, now, __ATOMIC_RELAXED);
  return intact();
}

void StoreFile::announce_replacement(const std::string& path) noexcept {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || lseek(file.get(), 0, SEEK_END) < static_cast<off_t>(kPageBytes)) return;
  static constexpr char kYes = 1;
  static_cast<void>(!pwrite(file.get(), &kYes, 1, kReplacedPlace));
}

/// Positions that can be: a ring holds no more than its size, and nobody writes for 2^62 bytes.
bool StoreFile::can_be(const StoreState& state) const noexcept {
  for (const RingName name : {RingName::kFiles, RingName::kValues}) {
    const RingState& ring = state.rings[static_cast<std::size_t>(name)];
    if (ring.tail > ring.head || ring.head - ring.tail > ring_bytes(name) || ring.head >= std::uint64_t{1} << 62 ||
        ring.head % kRecordAlignment != 0 || ring.tail % kRecordAlignment != 0) {
      return false;
    }
  }
  return true;
}

std::optional<StoreState> StoreFile::state() const noexcept {
  std::optional<StoreState> newest;
  for (const std::size_t place : kStatePlaces) {
    StoreState state;
    std::memcpy(&state, map_ + place, sizeof state);
    if (state.check != check_of(state) || !can_be(state) || (newest && newest->version > state.version)) continue;
    newest = state;
  }
  return newest;
}

void StoreFile::set_state(StoreState& state) noexcept {
  ++state.version;
  state.check = check_of(state);
  // The copy that does not hold now; whoever dies in the middle leaves the other.
  std::memcpy(map_ + kStatePlaces[(state.version + 1) % 2], &state, sizeof state);
}

std::span<IndexSlot, kBucketSlots> StoreFile::bucket(std::uint64_t hash, unsigned which) noexcept {
  const std::uint64_t mixed = which == 0 ? hash : (hash >> 32 | hash << 32) * 0x9E3779B97F4A7C15U;
  const std::uint64_t number = header_.bucket_bits == 0 ? 0 : mixed >> (64 - header_.bucket_bits);
  return std::span<IndexSlot, kBucketSlots>(index_ + number * kBucketSlots, kBucketSlots);
}

std::uint64_t StoreFile::offset(std::uint64_t position, RingName ring) const noexcept {
  const std::uint64_t start = fixed_bytes() - (ring == RingName::kFiles ? header_.file_ring_bytes : 0);
  return start + position % ring_bytes(ring);
}

std::optional<RecordHeader> StoreFile::record(std::uint64_t position, RingName ring) const noexcept {
  position &= ~kFlags;
  const std::uint64_t size = __atomic_load_n(&size_, __ATOMIC_RELAXED);
  const std::uint64_t start = offset(position, ring);
  const std::uint64_t room = ring_bytes(ring) - position % ring_bytes(ring);  // up to the ring's end
  if (room < sizeof(RecordHeader) || start + sizeof(RecordHeader) > size) return std::nullopt;
  for (std::uint64_t line = 64; line <= 192; line += 64) __builtin_prefetch(map_ + start + line);  // the body
  RecordHeader header;
  std::memcpy(&header, map_ + start, sizeof header);
  if (header.magic != RecordHeader{}.magic || header.position != position || header.check != check_of(header)) {
    return std::nullopt;
  }
  if (header.total_bytes > room || header.total_bytes % kRecordAlignment != 0 || header.total_bytes < sizeof header ||
      header.inside_bytes() > header.total_bytes || header.body_bytes() > header.total_bytes - sizeof header ||
      (header.kind != RecordKind::kPadding && start + header.total_bytes > size)) {
    return std::nullopt;
  }
  return header;
}

std::span<const std::byte> StoreFile::body(const RecordHeader& header, RingName ring) const noexcept {
  return {map_ + offset(header.position, ring) + sizeof header, static_cast<std::size_t>(header.body_bytes())};
}

std::uint64_t StoreFile::growth(std::uint64_t position, std::uint64_t bytes, RingName ring) const noexcept {
  const std::uint64_t end = offset(position, ring) + bytes;
  if (end <= size_) return 0;
  const std::uint64_t step = std::min(kGrowth, std::max<std::uint64_t>(kPageBytes, header_.value_ring_bytes / 16));
  return std::min(mapped_, std::max(pages(end + kPageBytes - 1), size_ + step)) - size_;
}

bool StoreFile::reserve(std::uint64_t position, std::uint64_t bytes, RingName ring) noexcept {
  std::uint64_t more = growth(position, bytes, ring);
  if (more == 0) return true;
  errno = promise(file_.get(), size_, size_ + more);
  if (errno != 0) {  // not so much, but perhaps as much as is needed now
    more = pages(offset(position, ring) + bytes + kPageBytes - 1) - size_;
    errno = promise(file_.get(), size_, size_ + more);
  }
  if (errno != 0) return false;
  size_ += more;
  return true;
}

void StoreFile::seal(RecordHeader& header, RingName ring) noexcept {
  std::byte* const start = place(header.position, ring);
  if (header.kind != RecordKind::kPadding) {
    header.body_check = check_of(start + sizeof header, static_cast<std::size_t>(header.body_bytes()));
  }
  header.check = check_of(header);
  std::memcpy(start, &header, sizeof header);
}

}  // namespace peak::cache
