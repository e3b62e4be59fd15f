// Disk format: the structures of a store file as they lie on disk, version 1. docs/file_formats.md tells the whole.
//
//   page 0        header, and the state in two copies
//   index         buckets of 16 slots; a key's slot is in one of two buckets
//   file records  ring of records whose values lie in files of their own
//   values        ring of records with their values inside; the file grows until this ring has its full size
//
// Positions in a ring only grow; a position's place is its remainder by the ring's size. Each record repeats its own
// position, so what was written over since is told from what is meant.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace peak::cache {

inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kRecordAlignment = 64;
inline constexpr std::size_t kBucketSlots = 16;
inline constexpr std::uint32_t kDiskFormat = 1;

/// Written once, when the file is made.
struct StoreHeader {
  std::array<char, 8> magic = {'P', 'E', 'A', 'K', 'S', 'T', 'O', 'R'};
  std::uint32_t format = kDiskFormat;
  std::uint32_t bucket_bits = 0;  ///< the index has 2^bucket_bits buckets
  std::uint64_t file_ring_bytes = 0;
  std::uint64_t value_ring_bytes = 0;
  std::uint64_t check = 0;  ///< of all before
};
static_assert(sizeof(StoreHeader) == 40);

/// One of the two rings: [tail, head) is in use.
struct RingState {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  std::uint64_t live_bytes = 0;  ///< of records that the index names
};

/// What changes with every write. The valid copy with the higher version holds.
struct StoreState {
  std::uint64_t version = 0;
  std::array<RingState, 2> rings;  ///< file records, values
  std::uint64_t entries = 0;
  std::uint64_t value_file_bytes = 0;
  std::uint64_t check = 0;  ///< of all before
};
static_assert(sizeof(StoreState) == 80);

inline constexpr std::size_t kStatePlaces[2] = {1024, 2048};
/// One byte that is 1 while a writer is at work; a writer that finds it set counts anew, for its predecessor died.
inline constexpr std::size_t kWritingPlace = 3072;
/// One byte that is 1 once another store is about to take this one's place: readers then look whether it has.
inline constexpr std::size_t kReplacedPlace = 3073;

/// A place of the index. Position 0: free. The position's lowest bits, which alignment leaves free, are flags.
struct IndexSlot {
  std::uint64_t hash = 0;
  std::uint64_t position = 0;
};
inline constexpr std::uint64_t kUsedFlag = 1;    ///< read since it was written
inline constexpr std::uint64_t kInFileFlag = 2;  ///< the position is in the ring of file records
inline constexpr std::uint64_t kFlags = kRecordAlignment - 1;

enum class RecordKind : std::uint32_t { kValue = 1, kFile = 2, kPadding = 3 };

/// Before each record; its body follows: value (if inside), tags (each a 32-bit size and the text), key.
struct RecordHeader {
  std::uint32_t magic = 0x31524B50;  ///< "PKR1"
  std::uint32_t check = 0;           ///< of the rest of the header
  std::uint64_t position = 0;
  std::uint64_t body_check = 0;
  std::uint64_t hash = 0;  ///< of the key
  std::int64_t stored_at = 0;
  std::int64_t expires_at = 0;
  std::uint64_t value_bytes = 0;  ///< packed
  std::uint64_t file = 0;         ///< name of the value's file
  std::uint32_t key_bytes = 0;
  std::uint32_t tags_bytes = 0;
  std::uint32_t total_bytes = 0;  ///< header, body and the gap to the next record
  RecordKind kind = RecordKind::kValue;

  [[nodiscard]] std::uint64_t inside_bytes() const noexcept { return kind == RecordKind::kValue ? value_bytes : 0; }
  [[nodiscard]] std::uint64_t body_bytes() const noexcept { return inside_bytes() + tags_bytes + key_bytes; }
};
static_assert(sizeof(RecordHeader) == 80);

/// Before a packed value in a file of its own.
struct ValueFileHeader {
  std::array<char, 8> magic = {'P', 'E', 'A', 'K', 'V', 'A', 'L', '1'};
  std::uint64_t file = 0;  ///< its own name
  std::uint64_t hash = 0;  ///< of the key
  std::uint64_t value_bytes = 0;
  std::uint64_t check_high = 0;  ///< of the packed value
  std::uint64_t check_low = 0;
  std::array<std::uint64_t, 2> reserved{};
};
static_assert(sizeof(ValueFileHeader) == 64);

}  // namespace peak::cache
