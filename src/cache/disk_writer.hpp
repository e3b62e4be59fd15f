// Disk writer: changes a store file, from the taking of its locks to their release.
//
// Order of a write: record, then state, then the index's slot; so a slot never names what is not whole. Whoever dies
// in between leaves the mark "writing"; the next writer then counts entries and bytes anew.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cache/disk_format.hpp"
#include "cache/store_file.hpp"
#include "peak/base/time.hpp"
#include "peak/value/encoded.hpp"

namespace peak::cache {

/// An entry that the index names.
struct DiskPlace {
  IndexSlot* slot = nullptr;  ///< null: not found
  RecordHeader header;
  explicit operator bool() const noexcept { return slot != nullptr; }
};

/// The ring of a slot's position.
[[nodiscard]] inline RingName ring_of(std::uint64_t position) noexcept {
  return (position & kInFileFlag) != 0 ? RingName::kFiles : RingName::kValues;
}

/// What the body of a record says of the entry, as views into the body.
struct RecordTexts {
  std::string_view key;
  std::vector<std::string_view> tags;
};
[[nodiscard]] RecordTexts texts_of(const RecordHeader& header, std::span<const std::byte> body);

class DiskWriter {
 public:
  /// What `folder` holds besides the store file, and the limits.
  struct Place {
    std::string values_folder;
    std::uint64_t max_bytes = 0;
    Nanoseconds now = 0;
  };
  struct Counts {
    std::uint64_t evictions = 0;
    std::uint64_t expirations = 0;
    std::uint64_t errors = 0;
  };

  /// The store must be intact and writable, its locks held.
  DiskWriter(StoreFile& store, Place place);
  ~DiskWriter();
  DiskWriter(const DiskWriter&) = delete;
  DiskWriter& operator=(const DiskWriter&) = delete;
  /// False when the state is damaged and nothing can be done.
  [[nodiscard]] bool ready() const noexcept { return ready_; }

  struct Entry {
    std::string_view key;
    std::uint64_t hash = 0;
    std::span<const std::string> tags;
    const value::Encoded* inside = nullptr;  ///< the value, if it goes into the record
    std::uint64_t file = 0;                  ///< else the name of its file
    std::uint64_t value_bytes = 0;
    Nanoseconds expires_at = 0;
  };
  enum class Outcome : unsigned char { kStored, kTooLarge, kDiskFull };
  [[nodiscard]] Outcome put(const Entry& entry);
  bool erase(std::string_view key, std::uint64_t hash);
  void erase(const DiskPlace& place);
  /// Removes what slot number `index` names, if it still names `position`.
  bool erase_at(std::size_t index, std::uint64_t position);
  /// Frees a slot that names no whole record.
  void erase_slot(IndexSlot& slot);
  /// Removes the entries for which it holds; how many.
  std::size_t erase_if(const std::function<bool(const RecordHeader&, const RecordTexts&)>& condition);
  void clear();
  /// Evicts value files until `bytes` more fit; false if they cannot.
  bool make_room_for_file(std::uint64_t bytes);

  [[nodiscard]] DiskPlace find(std::string_view key, std::uint64_t hash);
  [[nodiscard]] const StoreState& state() const noexcept { return state_; }
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }
  /// Whether a record of so many bytes may enter a ring.
  [[nodiscard]] bool fits(std::uint64_t total, RingName ring) const noexcept {
    return total <= store_.ring_bytes(ring) / 4 && total <= kLargestRecord;
  }

 private:
  static constexpr std::uint64_t kLargestRecord = std::uint64_t{1} << 30;
  [[nodiscard]] RingState& ring(RingName name) noexcept { return state_.rings[static_cast<std::size_t>(name)]; }
  void recount();
  [[nodiscard]] std::uint64_t used_bytes() const noexcept { return store_.file_bytes() + state_.value_file_bytes; }
  /// Bytes of padding before a record of `total` bytes at the head, so that it does not cross the ring's end.
  [[nodiscard]] std::uint64_t padding(std::uint64_t total, RingName name) noexcept;
  bool make_room(std::uint64_t total, RingName name);
  void advance_tail(RingName name, bool must_free);
  [[nodiscard]] bool keep(const RecordHeader& header, IndexSlot& slot, RingName name, std::uint64_t tail_before);
  [[nodiscard]] std::byte* start_record(RecordHeader& header, RingName name);
  void name_record(const RecordHeader& header, RingName name, IndexSlot& slot);
  [[nodiscard]] IndexSlot* slot_of(const RecordHeader& header);
  [[nodiscard]] IndexSlot& free_slot(std::uint64_t hash);
  void forget(IndexSlot& slot, const RecordHeader& header);

  StoreFile& store_;
  Place place_;
  StoreState state_;
  Counts counts_;
  unsigned may_keep_ = 64;  ///< entries that may be moved to the head in one call, so that no call takes long
  bool ready_ = false;
};

}  // namespace peak::cache
