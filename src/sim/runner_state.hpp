// Runner state: the bytes of Runner::save. Integers and numbers are little-endian, texts have their length before them,
// and the last 16 bytes are a hash of all before.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "peak/base/hash.hpp"
#include "peak/base/status.hpp"
#include "peak/sim/context.hpp"
#include "peak/trading/order.hpp"

namespace peak::sim {

static_assert(std::endian::native == std::endian::little, "states are written as they lie in memory");

class StateWriter {
 public:
  void integer(std::int64_t value) { raw(&value, sizeof value); }
  void number(double value) { raw(&value, sizeof value); }
  void text(std::string_view value) {
    integer(static_cast<std::int64_t>(value.size()));
    bytes_.append(value);
  }
  [[nodiscard]] std::string finish() && {
    const Hash128 hash = hash_bytes(bytes_.data(), bytes_.size());
    raw(&hash.high, sizeof hash.high);
    raw(&hash.low, sizeof hash.low);
    return std::move(bytes_);
  }

 private:
  void raw(const void* data, std::size_t size) { bytes_.append(static_cast<const char*>(data), size); }
  std::string bytes_;
};

/// Reads what a StateWriter wrote. Past the end everything is 0 and ok() false.
class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : rest_(bytes) {
    std::uint64_t hash[2] = {};
    ok_ = bytes.size() >= sizeof hash;
    if (!ok_) return;
    rest_ = bytes.substr(0, bytes.size() - sizeof hash);
    std::memcpy(hash, bytes.data() + rest_.size(), sizeof hash);
    ok_ = hash_bytes(rest_.data(), rest_.size()) == Hash128{hash[0], hash[1]};
  }
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] bool at_end() const noexcept { return ok_ && rest_.empty(); }
  std::int64_t integer() { return take<std::int64_t>(); }
  double number() { return take<double>(); }
  std::string_view text() {
    const std::int64_t size = integer();
    ok_ = ok_ && size >= 0 && static_cast<std::uint64_t>(size) <= rest_.size();
    if (!ok_) return {};
    const std::string_view value = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(value.size());
    return value;
  }
  /// A count of things of at least `size` bytes each, of which there can be no more than bytes are left.
  std::size_t count(std::size_t size) {
    const std::int64_t value = integer();
    ok_ = ok_ && value >= 0 && static_cast<std::uint64_t>(value) <= rest_.size() / size;
    return ok_ ? static_cast<std::size_t>(value) : 0;
  }

 private:
  template <typename T>
  T take() {
    T value{};
    ok_ = ok_ && rest_.size() >= sizeof value;
    if (!ok_) return value;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  std::string_view rest_;
  bool ok_ = false;
};

/// How a state begins: what kind it is, its version and the engine's, what is run and with which options.
struct StateHead {
  std::string_view magic;
  std::int64_t version = 0;
  std::string_view identity;
  std::string options;
};
void write(StateWriter& writer, const StateHead& head);
/// Fails for a state with another head.
[[nodiscard]] Status check_head(StateReader& reader, const StateHead& expected);
[[nodiscard]] Error damaged_state();

void write(StateWriter& writer, const std::vector<std::string>& texts);
[[nodiscard]] std::vector<std::string> read_texts(StateReader& reader);

/// What a strategy written as code did.
void write(StateWriter& writer, const std::vector<Deed>& deeds);
/// False for values that no deed has, for bars that fall or lie beyond `bars`, and for symbols beyond `symbols`.
[[nodiscard]] bool read(StateReader& reader, std::size_t bars, std::size_t symbols, std::vector<Deed>& deeds);

}  // namespace peak::sim
