#include "study/luck_store.hpp"

#include <unistd.h>

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "peak/base/hash.hpp"
#include "study/result_store.hpp"

namespace peak::study {
namespace {

// Part of every key: another number whenever statistics come out differently from the same rows.
constexpr std::string_view kLuckSemantics = "peak luck 1";
constexpr std::string_view kLuckMagic = "PKLUCK01";
constexpr std::size_t kMostLuckBytes = 1 << 20;

// The numbers in the order in which they are written.
template <class Luck, class Take>
void each_number(Luck& luck, Take take) {
  for (auto* count : {&luck.trials, &luck.blocks, &luck.tested_trials}) take(*count);
  for (auto* number : {&luck.effective_trials, &luck.average_correlation, &luck.best_sharpe, &luck.luck_sharpe,
                       &luck.probabilistic_sharpe, &luck.deflated_sharpe, &luck.minimum_track_record_years, &luck.pbo,
                       &luck.mean_rank, &luck.reality_check_p, &luck.spa_p}) {
    take(*number);
  }
}

template <class Cell, class Take>
void each_number_of_cell(Cell& cell, Take take) {
  take(cell.neighbours);
  for (auto* number : {&cell.value, &cell.mean, &cell.lowest, &cell.highest, &cell.stability}) take(*number);
}

class LuckWriter {
 public:
  // Counts are std::size_t, which is another type than std::uint64_t on macOS.
  template <std::unsigned_integral Count>
  void add(Count count) {
    const std::uint64_t value = count;
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);  // NOLINT
  }
  void add(double value) { add(std::bit_cast<std::uint64_t>(value)); }
  void add(std::string_view text) {
    add(std::uint64_t{text.size()});
    bytes_ += text;
  }
  std::string finish() {
    const Hash128 sum = hash_bytes(bytes_.data(), bytes_.size());
    add(sum.high);
    add(sum.low);
    return std::move(bytes_);
  }

 private:
  std::string bytes_{kLuckMagic};
};

class LuckReader {
 public:
  // Whole bytes of a LuckWriter; none else.
  static std::optional<LuckReader> open(std::string_view bytes) {
    if (!bytes.starts_with(kLuckMagic) || bytes.size() < kLuckMagic.size() + sizeof(Hash128)) return std::nullopt;
    const std::size_t body = bytes.size() - sizeof(Hash128);
    LuckReader end(bytes.substr(body));
    Hash128 sum;
    sum.high = end.integer();
    sum.low = end.integer();
    if (!(sum == hash_bytes(bytes.data(), body))) return std::nullopt;
    return LuckReader(bytes.substr(kLuckMagic.size(), body - kLuckMagic.size()));
  }
  std::uint64_t integer() {
    std::uint64_t value = 0;
    good_ &= rest_.size() >= sizeof value;
    if (!good_) return 0;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  template <std::unsigned_integral Count>
  void take(Count& count) {
    count = static_cast<Count>(integer());
  }
  void take(double& value) { value = std::bit_cast<double>(integer()); }
  void take(std::string& text) {
    const std::uint64_t size = integer();
    good_ &= size <= rest_.size();
    if (!good_) return;
    text = rest_.substr(0, size);
    rest_.remove_prefix(size);
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool ended() const { return good_ && rest_.empty(); }

 private:
  explicit LuckReader(std::string_view rest) : rest_(rest) {}
  std::string_view rest_;
  bool good_ = true;
};

Hash128 key_of(const SweepResult& result, std::size_t market, Metric metric, OverfittingEffort effort) {
  Hasher hasher;
  hasher.add_text(kLuckSemantics);
  // The rows are what follows from these two.
  for (const Hash128& part : {result.families[market], hash_of(result.grid)}) {
    hasher.add_integer(part.high);
    hasher.add_integer(part.low);
  }
  hasher.add_text(metric_info(metric).name);
  hasher.add_integer(static_cast<std::uint64_t>(effort));
  hasher.add_integer(result.finished.empty() ? 0 : 1);
  if (!result.finished.empty()) hasher.add(result.finished.data() + market * result.grid.size(), result.grid.size());
  return hasher.finish();
}

}  // namespace

LuckStore::LuckStore(const SweepResult& result, std::size_t market, Metric metric, OverfittingEffort effort) {
  if (!result.store.empty() && market < result.families.size())
    path_ = result.store + "/" + key_of(result, market, metric, effort).hex() + ".luck";
}

std::optional<Overfitting> LuckStore::find() const {
  if (path_.empty()) return std::nullopt;
  std::ifstream in(path_, std::ios::binary | std::ios::ate);
  const std::streamoff size = in ? static_cast<std::streamoff>(in.tellg()) : 0;
  if (size <= 0 || size > static_cast<std::streamoff>(kMostLuckBytes)) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(size), '\0');
  in.seekg(0);
  if (!in.read(bytes.data(), size)) return std::nullopt;
  auto reader = LuckReader::open(bytes);
  if (!reader) return std::nullopt;
  Overfitting luck;
  const auto take = [&](auto& value) { reader->take(value); };
  each_number(luck, take);
  if (reader->integer() == 1) each_number_of_cell(luck.neighbourhood.emplace(), take);
  for (std::uint64_t left = reader->integer(); left > 0 && reader->good(); --left) {
    reader->take(luck.notes.emplace_back());
  }
  if (!reader->ended()) return std::nullopt;
  return luck;
}

void LuckStore::keep(const Overfitting& luck) const {
  if (path_.empty()) return;
  LuckWriter writer;
  const auto add = [&](const auto& value) { writer.add(value); };
  each_number(luck, add);
  writer.add(std::uint64_t{luck.neighbourhood ? 1U : 0U});
  if (luck.neighbourhood) each_number_of_cell(*luck.neighbourhood, add);
  writer.add(std::uint64_t{luck.notes.size()});
  for (const std::string& note : luck.notes) writer.add(std::string_view(note));
  const std::string bytes = writer.finish(), part = path_ + "." + std::to_string(::getpid());
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (out && std::rename(part.c_str(), path_.c_str()) == 0) return;
  std::error_code ignored;
  std::filesystem::remove(part, ignored);
}

}  // namespace peak::study
