#include "cache/disk_writer.hpp"

#include <algorithm>
#include <cstring>

#include "cache/value_file.hpp"

namespace peak::cache {
namespace {

std::uint64_t rounded(std::uint64_t bytes) {
  return (bytes + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
}

constexpr RingName kRings[] = {RingName::kFiles, RingName::kValues};

std::size_t tags_bytes(std::span<const std::string> tags) {
  std::size_t bytes = 0;
  for (const std::string& tag : tags) bytes += sizeof(std::uint32_t) + tag.size();
  return bytes;
}

std::byte* put_text(std::byte* target, std::string_view text) {
  if (!text.empty()) std::memcpy(target, text.data(), text.size());
  return target + text.size();
}

}  // namespace

RecordTexts texts_of(const RecordHeader& header, std::span<const std::byte> body) {
  RecordTexts texts;
  std::string_view bytes(reinterpret_cast<const char*>(body.data()), body.size());
  texts.key = bytes.substr(bytes.size() - header.key_bytes);
  bytes = bytes.substr(static_cast<std::size_t>(header.inside_bytes()), header.tags_bytes);
  while (bytes.size() >= sizeof(std::uint32_t)) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data(), sizeof size);
    bytes.remove_prefix(sizeof size);
    if (size > bytes.size()) break;
    texts.tags.push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return texts;
}

DiskWriter::DiskWriter(StoreFile& store, Place place) : store_(store), place_(std::move(place)) {
  const std::optional<StoreState> state = store.state();
  if (!state) return;
  state_ = *state;
  ready_ = true;
  const bool died = store.writing();
  store.set_writing(true);
  if (died) recount();
}

DiskWriter::~DiskWriter() {
  if (!ready_) return;
  store_.set_state(state_);
  store_.set_writing(false);
}

/// Counts what the index names, and frees slots that name nothing.
void DiskWriter::recount() {
  state_.entries = state_.value_file_bytes = 0;
  for (const RingName name : kRings) ring(name).live_bytes = 0;
  for (std::size_t i = 0; i < store_.slots(); ++i) {
    IndexSlot& slot = *store_.slot(i);
    if (slot.position == 0) continue;
    const RingName name = ring_of(slot.position);
    const auto header = store_.record(slot.position, name);
    if (!header || header->hash != slot.hash) {
      StoreFile::store(slot.position, 0);
      continue;
    }
    ++state_.entries;
    ring(name).live_bytes += header->total_bytes;
    if (header->kind == RecordKind::kFile) state_.value_file_bytes += value_file_bytes(header->value_bytes);
  }
  store_.set_state(state_);
}

DiskPlace DiskWriter::find(std::string_view key, std::uint64_t hash) {
  for (unsigned which = 0; which < 2; ++which) {
    for (IndexSlot& slot : store_.bucket(hash, which)) {
      if (slot.position == 0 || slot.hash != hash) continue;
      const RingName name = ring_of(slot.position);
      const auto header = store_.record(slot.position, name);
      if (header && header->key_bytes == key.size() && texts_of(*header, store_.body(*header, name)).key == key) {
        return {&slot, *header};
      }
    }
  }
  return {};
}

IndexSlot* DiskWriter::slot_of(const RecordHeader& header) {
  for (unsigned which = 0; which < 2; ++which) {
    for (IndexSlot& slot : store_.bucket(header.hash, which)) {
      const bool in_file = (slot.position & kInFileFlag) != 0;
      if ((slot.position & ~kFlags) == header.position && in_file == (header.kind == RecordKind::kFile)) return &slot;
    }
  }
  return nullptr;
}

/// The entry is no more; its slot is free afterwards.
void DiskWriter::forget(IndexSlot& slot, const RecordHeader& header) {
  StoreFile::store(slot.position, 0);
  RingState& state = ring(header.kind == RecordKind::kFile ? RingName::kFiles : RingName::kValues);
  state.live_bytes -= std::min<std::uint64_t>(state.live_bytes, header.total_bytes);
  if (state_.entries != 0) --state_.entries;
  if (header.kind != RecordKind::kFile) return;
  remove_value_file(place_.values_folder, header.file);
  state_.value_file_bytes -= std::min(state_.value_file_bytes, value_file_bytes(header.value_bytes));
}

std::uint64_t DiskWriter::padding(std::uint64_t total, RingName name) noexcept {
  const std::uint64_t size = store_.ring_bytes(name), at = ring(name).head % size;
  return at + total > size ? size - at : 0;
}

/// Room in the ring for a record, with some to spare so that records worth keeping can be moved.
bool DiskWriter::make_room(std::uint64_t total, RingName name) {
  RingState& state = ring(name);
  const std::uint64_t size = store_.ring_bytes(name), spare = std::min<std::uint64_t>(size / 8, 128 * 1024);
  const auto lacks = [&](std::uint64_t more) {
    return state.tail < state.head && state.head + padding(total, name) + total + more > state.tail + size;
  };
  while (lacks(0) || (lacks(spare) && may_keep_ != 0)) advance_tail(name, false);
  const std::uint64_t position = state.head + padding(total, name);
  if (!make_room_for_file(store_.growth(position, total, name))) return false;
  const bool padded = position == state.head || store_.reserve(state.head, sizeof(RecordHeader), name);
  return padded && store_.reserve(position, total, name);
}

bool DiskWriter::make_room_for_file(std::uint64_t bytes) {
  RingState& files = ring(RingName::kFiles);
  while (used_bytes() + bytes > place_.max_bytes && files.tail < files.head) advance_tail(RingName::kFiles, true);
  return used_bytes() + bytes <= place_.max_bytes;
}

/// Passes over the oldest record of a ring: what is dead or expired goes, what was read lately moves to the head, and
/// so does everything while most of the ring is dead (it is cleaned, not full); the rest is evicted.
void DiskWriter::advance_tail(RingName name, bool must_free) {
  RingState& state = ring(name);
  const std::uint64_t tail_before = state.tail;
  const auto header = store_.record(state.tail, name);
  state.tail += header ? header->total_bytes : kRecordAlignment;
  if (!header || header->kind == RecordKind::kPadding) return;
  IndexSlot* const slot = slot_of(*header);
  if (slot == nullptr) return;
  if (header->expires_at <= place_.now) {
    ++counts_.expirations;
    return forget(*slot, *header);
  }
  const bool used = (slot->position & kUsedFlag) != 0;
  const bool cleaning = !must_free && 4 * state.live_bytes <= 3 * store_.ring_bytes(name);
  if ((used || cleaning) && may_keep_ != 0 && keep(*header, *slot, name, tail_before)) {
    --may_keep_;
    return;
  }
  ++counts_.evictions;
  forget(*slot, *header);
}

/// Moves a record to the head, if it fits there without touching where it lies now.
bool DiskWriter::keep(const RecordHeader& header, IndexSlot& slot, RingName name, std::uint64_t tail_before) {
  RingState& state = ring(name);
  const std::uint64_t gap = padding(header.total_bytes, name);
  if (state.head + gap + header.total_bytes > tail_before + store_.ring_bytes(name)) return false;
  if (!store_.reserve(state.head, sizeof(RecordHeader), name) ||
      !store_.reserve(state.head + gap, header.total_bytes, name)) {
    return false;
  }
  const std::span<const std::byte> body = store_.body(header, name);
  const std::vector<std::byte> copy(body.begin(), body.end());
  RecordHeader moved = header;
  std::byte* const target = start_record(moved, name);
  std::memcpy(target, copy.data(), copy.size());
  name_record(moved, name, slot);
  return true;
}

/// Gives the record its position at the head, behind padding where needed; where its body goes.
std::byte* DiskWriter::start_record(RecordHeader& header, RingName name) {
  RingState& state = ring(name);
  if (const std::uint64_t gap = padding(header.total_bytes, name); gap != 0) {
    if (gap >= sizeof(RecordHeader)) {
      RecordHeader filler;
      filler.kind = RecordKind::kPadding;
      filler.position = state.head;
      filler.total_bytes = static_cast<std::uint32_t>(gap);
      store_.seal(filler, name);
    }
    state.head += gap;
  }
  header.position = state.head;
  return store_.place(state.head, name) + sizeof header;
}

/// Completes the record and lets the slot name it.
void DiskWriter::name_record(const RecordHeader& header, RingName name, IndexSlot& slot) {
  RecordHeader sealed = header;
  store_.seal(sealed, name);
  ring(name).head = header.position + header.total_bytes;
  store_.set_state(state_);
  StoreFile::store(slot.hash, header.hash);
  StoreFile::store(slot.position, header.position | (name == RingName::kFiles ? kInFileFlag : 0));
}

/// A free slot for a hash, from the emptier of its buckets; when both are full the oldest entry makes way,
/// one that was not read since it was written if there is one.
IndexSlot& DiskWriter::free_slot(std::uint64_t hash) {
  IndexSlot* free[2] = {};
  std::size_t count[2] = {};
  DiskPlace oldest;
  bool oldest_used = false;
  for (unsigned which = 0; which < 2; ++which) {
    for (IndexSlot& slot : store_.bucket(hash, which)) {
      const auto header = slot.position == 0 ? std::nullopt : store_.record(slot.position, ring_of(slot.position));
      if (!header) {
        erase_slot(slot);  // it may name a record that is no more
        ++count[which];
        free[which] = &slot;
        continue;
      }
      const bool used = (slot.position & kUsedFlag) != 0;
      const bool older = used == oldest_used ? header->stored_at < oldest.header.stored_at : oldest_used;
      if (oldest && !older) continue;
      oldest = {&slot, *header};
      oldest_used = used;
    }
  }
  if (free[0] != nullptr || free[1] != nullptr) return count[1] > count[0] ? *free[1] : *free[0];
  ++counts_.evictions;
  forget(*oldest.slot, oldest.header);
  return *oldest.slot;
}

DiskWriter::Outcome DiskWriter::put(const Entry& entry) {
  RecordHeader header;
  header.kind = entry.inside != nullptr ? RecordKind::kValue : RecordKind::kFile;
  header.hash = entry.hash;
  header.stored_at = place_.now;
  header.expires_at = entry.expires_at;
  header.value_bytes = entry.value_bytes;
  header.file = entry.file;
  const std::size_t tags = tags_bytes(entry.tags);
  const std::uint64_t total = rounded(sizeof header + header.inside_bytes() + tags + entry.key.size());
  const RingName name = entry.inside != nullptr ? RingName::kValues : RingName::kFiles;
  if (!fits(total, name)) return Outcome::kTooLarge;
  header.key_bytes = static_cast<std::uint32_t>(entry.key.size());
  header.tags_bytes = static_cast<std::uint32_t>(tags);
  header.total_bytes = static_cast<std::uint32_t>(total);
  if (!make_room(total, name)) return Outcome::kDiskFull;
  std::byte* target = start_record(header, name);
  if (entry.inside != nullptr) {
    value::pack_into(*entry.inside, target);
    target += entry.value_bytes;
  }
  for (const std::string& tag : entry.tags) {
    const auto size = static_cast<std::uint32_t>(tag.size());
    std::memcpy(target, &size, sizeof size);
    target = put_text(target + sizeof size, tag);
  }
  put_text(target, entry.key);
  const DiskPlace old = find(entry.key, entry.hash);
  IndexSlot& slot = old ? *old.slot : free_slot(entry.hash);
  ++state_.entries;
  ring(name).live_bytes += total;
  if (entry.inside == nullptr) state_.value_file_bytes += value_file_bytes(entry.value_bytes);
  name_record(header, name, slot);
  if (!old) return Outcome::kStored;
  // The slot names the new record now; forget() is for what it named before.
  IndexSlot before;
  forget(before, old.header);
  return Outcome::kStored;
}

bool DiskWriter::erase_at(std::size_t index, std::uint64_t position) {
  IndexSlot& slot = *store_.slot(index);
  if ((slot.position & ~kUsedFlag) != position) return false;
  const auto header = store_.record(position, ring_of(position));
  if (header && header->hash == slot.hash) {
    forget(slot, *header);
  } else {
    erase_slot(slot);
  }
  return true;
}

void DiskWriter::erase_slot(IndexSlot& slot) {
  if (slot.position == 0) return;
  StoreFile::store(slot.position, 0);
  if (state_.entries != 0) --state_.entries;
}

void DiskWriter::erase(const DiskPlace& place) { forget(*place.slot, place.header); }

bool DiskWriter::erase(std::string_view key, std::uint64_t hash) {
  const DiskPlace place = find(key, hash);
  if (place) erase(place);
  return static_cast<bool>(place);
}

std::size_t DiskWriter::erase_if(const std::function<bool(const RecordHeader&, const RecordTexts&)>& condition) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < store_.slots(); ++i) {
    IndexSlot& slot = *store_.slot(i);
    if (slot.position == 0) continue;
    const RingName name = ring_of(slot.position);
    const auto header = store_.record(slot.position, name);
    if (!header) {
      erase_slot(slot);
      ++counts_.errors;
    } else if (condition(*header, texts_of(*header, store_.body(*header, name)))) {
      forget(slot, *header);
      ++count;
    }
  }
  return count;
}

void DiskWriter::clear() {
  erase_if([](const RecordHeader&, const RecordTexts&) { return true; });
  for (const RingName name : kRings) ring(name).tail = ring(name).head;
  state_.entries = state_.value_file_bytes = 0;
}

}  // namespace peak::cache
