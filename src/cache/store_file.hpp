// Store file: the mapped file with the index and both rings. Knows where things are; disk_cache.cpp knows what to do.
//
// Every access to the mapping is preceded by intact(), which looks at the file's size: pages beyond it would raise a
// signal. Whatever is read may be damaged: positions are checked against the rings, headers and bodies against their
// checksums. Memory is written only below the size up to which the system has promised room (reserve()).
//
// Threads: readers may run beside each other; writers need the caller's exclusive lock and the file lock.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cache/disk_format.hpp"
#include "cache/file_descriptor.hpp"
#include "peak/base/status.hpp"
#include "peak/base/time.hpp"

namespace peak::cache {

enum class RingName : std::size_t { kFiles = 0, kValues = 1 };

class StoreFile {
 public:
  /// Opens the file in `folder`; makes it, or makes it anew if it is damaged or larger than max_bytes allows, unless
  /// read_only. `damaged` tells whether it was damaged. Call with the file lock held.
  [[nodiscard]] static Result<std::unique_ptr<StoreFile>> open(const std::string& folder, std::uint64_t max_bytes,
                                                               bool read_only, bool& damaged);
  ~StoreFile();
  StoreFile(const StoreFile&) = delete;
  StoreFile& operator=(const StoreFile&) = delete;

  /// True while the file is there and at least as large as index and rings' present use need.
  [[nodiscard]] bool intact() noexcept;
  /// The same for readers, who ask each time: its size, which costs the system half as much as all that intact() looks
  /// at; that too when another store is to take its place, and each tick of the coarse clock (4 ms), for a file that
  /// was removed without a word.
  [[nodiscard]] bool readable() noexcept;
  /// Tells the readers of the store at `path`, if there is one, that another is to take its place.
  static void announce_replacement(const std::string& path) noexcept;
  [[nodiscard]] bool writable() const noexcept { return writable_; }
  [[nodiscard]] std::uint64_t file_bytes() const noexcept { return size_; }
  [[nodiscard]] std::uint64_t ring_bytes(RingName ring) const noexcept {
    return ring == RingName::kFiles ? header_.file_ring_bytes : header_.value_ring_bytes;
  }

  /// The state; nothing if both copies are damaged.
  [[nodiscard]] std::optional<StoreState> state() const noexcept;
  void set_state(StoreState& state) noexcept;  ///< raises its version
  [[nodiscard]] bool writing() const noexcept { return map_[kWritingPlace] != std::byte{0}; }
  void set_writing(bool writing) noexcept { map_[kWritingPlace] = writing ? std::byte{1} : std::byte{0}; }

  // The index. Slots are read and written with atomic operations.
  [[nodiscard]] std::size_t slots() const noexcept { return kBucketSlots << header_.bucket_bits; }
  [[nodiscard]] IndexSlot* slot(std::size_t index) noexcept { return index_ + index; }
  /// The two buckets of a hash.
  [[nodiscard]] std::span<IndexSlot, kBucketSlots> bucket(std::uint64_t hash, unsigned which) noexcept;
  /// Begins to fetch what a search for the hash looks at; may come before intact(), since fetching faults nowhere.
  void fetch_buckets(std::uint64_t hash) noexcept {
    for (unsigned which = 0; which < 2; ++which) __builtin_prefetch(bucket(hash, which).data());
  }
  [[nodiscard]] static std::uint64_t load(const std::uint64_t& word) noexcept {
    return __atomic_load_n(&word, __ATOMIC_ACQUIRE);
  }
  static void store(std::uint64_t& word, std::uint64_t value) noexcept {
    __atomic_store_n(&word, value, __ATOMIC_RELEASE);
  }

  /// The header of the record at a position (flags ignored), if a whole one with this position lies there.
  [[nodiscard]] std::optional<RecordHeader> record(std::uint64_t position, RingName ring) const noexcept;
  /// The record's body in the mapping; not checked.
  [[nodiscard]] std::span<const std::byte> body(const RecordHeader& header, RingName ring) const noexcept;

  /// Makes sure that the place of [position, position + bytes) may be written; false when the disk is full.
  [[nodiscard]] bool reserve(std::uint64_t position, std::uint64_t bytes, RingName ring) noexcept;
  /// Bytes by which reserve() would have to make the file longer.
  [[nodiscard]] std::uint64_t growth(std::uint64_t position, std::uint64_t bytes, RingName ring) const noexcept;
  /// Where a record at `position` is written. After reserve().
  [[nodiscard]] std::byte* place(std::uint64_t position, RingName ring) noexcept {
    return map_ + offset(position, ring);
  }
  /// Completes and writes a record's header, whose body is in place already.
  void seal(RecordHeader& header, RingName ring) noexcept;

 private:
  StoreFile() = default;
  [[nodiscard]] Status map(const std::string& path, bool read_only, std::uint64_t max_bytes);
  [[nodiscard]] std::uint64_t offset(std::uint64_t position, RingName ring) const noexcept;
  [[nodiscard]] bool can_be(const StoreState& state) const noexcept;
  [[nodiscard]] std::uint64_t fixed_bytes() const noexcept;  ///< page 0, index and the ring of file records
  [[nodiscard]] static Status make(const std::string& path, std::uint64_t max_bytes);

  FileDescriptor file_;
  StoreHeader header_;
  std::byte* map_ = nullptr;
  std::uint64_t mapped_ = 0;
  IndexSlot* index_ = nullptr;
  std::uint64_t size_ = 0;
  Nanoseconds looked_at_ = 0;  ///< on the coarse clock, when intact() was asked last
  bool writable_ = false;
};

}  // namespace peak::cache
