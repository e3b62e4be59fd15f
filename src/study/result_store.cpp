#include "study/result_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "peak/study/panel_sweep.hpp"

namespace peak::study {
namespace {

constexpr std::uint64_t kMagic = 0x315045455753'4B50U;  // "PKSWEEP1" read as a little-endian number
constexpr std::size_t kLargestFile = std::size_t{4} << 30;
constexpr std::size_t kLargestText = 1 << 16;  // of the axis names, and of one failure

// What a segment begins with.
struct Header {
  std::uint64_t magic = kMagic;
  std::uint64_t bytes = 0;  // of the whole segment, checksum included
  Hash128 grid;
  std::uint64_t rows = 0;
  std::uint32_t axes = 0, metrics = 0, blocks = 0, names_bytes = 0;
  std::uint64_t failures = 0;
};
static_assert(sizeof(Header) == 64);

std::string axis_names(const Grid& grid) {
  std::string names;
  for (const GridAxis& axis : grid.axes()) names += axis.name() + '\n';
  return names;
}

std::size_t padded(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

template <typename T>
void append(std::string& out, const T* values, std::size_t count) {
  out.append(reinterpret_cast<const char*>(values), count * sizeof(T));  // NOLINT: bytes of numbers
}

// Everything that a row's numbers depend on but its parameters.
Hash128 family_of(const SweepResult& result, std::size_t market) {
  BacktestResult run;
  run.bars = result.markets[market].bars;
  run.strategy = result.strategy;
  run.parameters = result.run.parameters;
  run.broker = result.run.broker.applied_to(result.strategy.broker.applied_to(BrokerOptions{}));
  if (result.run.detail) run.detail = result.run.detail->fingerprint();
  Hasher hasher;
  if (result.over != nullptr) {
    const PanelOptions& options = result.over->options;
    run.panel = result.over->panel;
    run.instruments = options.instruments;
    if (options.detail != nullptr) run.detail = options.detail->fingerprint();
    hasher.add_text("panel");
    hasher.add_integer(options.cash_sharing ? 1 : 0);
    for (const Instrument& instrument :
         options.instruments) {  // whose series they are: the run tells only what they say
      hasher.add_text(instrument.symbol);
      hasher.add_integer(instrument.funding.size());
      hasher.add_integer(instrument.actions.size());
    }
  }
  const Hash128 base = run.fingerprint();
  hasher.add_text("peak sweep 1");
  hasher.add_integer(base.high);
  hasher.add_integer(base.low);
  hasher.add(&result.periods_per_year[market], sizeof(double));
  hasher.add(&result.run.risk_free, sizeof(double));
  hasher.add_text(metrics_convention_name(result.run.convention));
  if (result.run.benchmark) {
    const Hash128 benchmark = result.run.benchmark->fingerprint();
    hasher.add_integer(benchmark.high);
    hasher.add_integer(benchmark.low);
  }
  hasher.add_integer(result.blocks);
  for (const Metric metric : result.metrics) hasher.add_text(metric_info(metric).name);
  // Axes by name: the same numbers mean other things under other names. Their order says how rows are written down.
  for (const GridAxis& axis : result.grid.axes()) hasher.add_text(axis.name());
  return hasher.finish();
}

}  // namespace

Hash128 hash_of(const Grid& grid) {
  Hasher hasher;
  for (const GridAxis& axis : grid.axes()) axis.add_to(hasher);
  const GridOptions& options = grid.options();
  hasher.add_text(options.where);
  hasher.add_integer(static_cast<std::uint64_t>(options.sampling));
  hasher.add_integer(options.samples);
  hasher.add_integer(options.seed);
  hasher.add(options.places.data(), options.places.size() * sizeof(std::uint64_t));
  hasher.add_integer(grid.size());
  return hasher.finish();
}

namespace {

// A file that is closed when it goes out of scope; a lock on it goes with it.
class File {
 public:
  File(const std::string& path, int flags) : file_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~File() {
    if (file_ >= 0) ::close(file_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int get() const noexcept { return file_; }
  [[nodiscard]] bool ok() const noexcept { return file_ >= 0; }

 private:
  int file_;
};

bool read_all(int file, std::string& bytes) {
  struct stat status {};
  if (::fstat(file, &status) != 0 || static_cast<std::size_t>(status.st_size) > kLargestFile) return false;
  bytes.resize(static_cast<std::size_t>(status.st_size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::pread(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return true;
}

bool write_all(int file, std::string_view bytes, std::size_t at) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
    at += static_cast<std::size_t>(put);
  }
  return true;
}

// Whole segments to the end of a file; if they cannot be written, the file stays as it was.
Status append_segments(const std::string& path, std::string_view bytes) {
  const File file(path, O_RDWR | O_CREAT);
  if (!file.ok() || ::flock(file.get(), LOCK_EX) != 0) return io_error("'" + path + "': " + std::strerror(errno));
  // The end of the last whole segment: what a crash left behind it is written over.
  std::size_t end = 0;
  struct stat status {};
  const std::size_t size = ::fstat(file.get(), &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
  for (Header there; end + sizeof there <= size; end += there.bytes) {
    if (::pread(file.get(), &there, sizeof there, static_cast<off_t>(end)) != static_cast<ssize_t>(sizeof there)) break;
    if (there.magic != kMagic || there.bytes < sizeof there || there.bytes > size - end) break;
  }
  if (end + bytes.size() > kLargestFile) {
    return io_error("'" + path + "' would grow beyond 4 GiB; remove it to begin anew");
  }
  if ((size > end && ::ftruncate(file.get(), static_cast<off_t>(end)) != 0) || !write_all(file.get(), bytes, end)) {
    std::string message = "'" + path + "': " + std::strerror(errno);
    if (::ftruncate(file.get(), static_cast<off_t>(end)) != 0)
      message += " (and what was written could not be removed)";
    return io_error(message);
  }
  return {};
}

// The place of a combination in a table of what is known, by the bytes of its parameters.
std::string key_of(const double* values, std::size_t count) {
  std::string key(count * sizeof(double), '\0');
  std::memcpy(key.data(), values, key.size());
  return key;
}

}  // namespace

// Views into the file's bytes, which are aligned to 8.
struct ResultStore::Segment {
  Header header;
  const std::uint64_t* rows = nullptr;
  const double* parameters = nullptr;
  const double* values = nullptr;
  const double* sums = nullptr;
  std::vector<std::pair<std::uint64_t, std::string>> failures;  // by place in the segment
};

namespace {

std::size_t fixed_bytes(const Header& header) {
  const std::size_t row = 8 + 8 * (header.axes + header.metrics + 2 * std::size_t{header.blocks});
  return sizeof(Header) + padded(header.names_bytes) + header.rows * row;
}

bool plausible(const Header& header, std::size_t left, const Header& wanted, const std::string& names) {
  if (header.magic != kMagic || header.bytes < sizeof(Header) + sizeof(Hash128) || header.bytes > left) return false;
  if (header.axes != wanted.axes || header.metrics != wanted.metrics || header.blocks != wanted.blocks) return false;
  if (header.names_bytes != names.size() || header.rows > left / 8) return false;
  return fixed_bytes(header) + sizeof(Hash128) <= header.bytes;
}

}  // namespace

ResultStore::ResultStore(const std::string& folder, const SweepResult& result, std::size_t market) : result_(result) {
  if (folder.empty()) return;
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    note_ = "results are not kept: cannot make the folder '" + folder + "': " + failed.message();
    return;
  }
  family_ = family_of(result, market);
  path_ = folder + "/" + family_.hex() + ".sweep";
  grid_hash_ = hash_of(result.grid);
}

std::uint64_t ResultStore::reuse(const Rows& rows, std::uint64_t first, std::vector<std::uint8_t>& finished,
                                 std::vector<SweepFailure>& failures) {
  if (path_.empty()) return 0;
  const File file(path_, O_RDONLY);
  std::string bytes;
  if (!file.ok() || !read_all(file.get(), bytes)) return 0;
  const std::string names = axis_names(result_.grid);
  Header wanted;
  wanted.axes = static_cast<std::uint32_t>(result_.grid.axes().size());
  wanted.metrics = static_cast<std::uint32_t>(rows.metrics.size());
  wanted.blocks = static_cast<std::uint32_t>(rows.blocks);
  std::vector<Segment> segments;
  for (std::size_t at = 0; at + sizeof(Header) <= bytes.size();) {
    Segment segment;
    std::memcpy(&segment.header, bytes.data() + at, sizeof(Header));
    const Header& header = segment.header;
    if (!plausible(header, bytes.size() - at, wanted, names)) break;
    const std::size_t body = header.bytes - sizeof(Hash128);
    Hash128 sum;
    std::memcpy(&sum, bytes.data() + at + body, sizeof sum);
    if (!(sum == hash_bytes(bytes.data() + at, body))) {
      at += header.bytes;  // damaged: as if it were not there
      continue;
    }
    const char* next = bytes.data() + at + sizeof(Header) + padded(header.names_bytes);
    const auto take = [&](std::size_t count) {
      const char* here = next;
      next += count * 8;
      return here;
    };
    segment.rows = reinterpret_cast<const std::uint64_t*>(take(header.rows));               // NOLINT
    segment.parameters = reinterpret_cast<const double*>(take(header.rows * header.axes));  // NOLINT
    segment.values = reinterpret_cast<const double*>(take(header.rows * header.metrics));   // NOLINT
    segment.sums = reinterpret_cast<const double*>(take(header.rows * 2 * header.blocks));  // NOLINT
    const char* const end = bytes.data() + at + body;
    for (std::uint64_t i = 0; i < header.failures && end - next >= 16; ++i) {
      std::uint64_t place_and_size[2];
      std::memcpy(place_and_size, next, sizeof place_and_size);
      next += 16;
      if (place_and_size[1] > static_cast<std::size_t>(end - next)) break;
      segment.failures.emplace_back(place_and_size[0], std::string(next, place_and_size[1]));
      next += std::min(padded(place_and_size[1]), static_cast<std::size_t>(end - next));
    }
    segments.push_back(std::move(segment));
    at += header.bytes;
  }
  std::uint64_t reused = 0;
  bool others = false;
  for (const Segment& segment : segments) {
    if (!(segment.header.grid == grid_hash_)) {
      others = true;
      continue;
    }
    const Header& header = segment.header;
    for (std::uint64_t i = 0; i < header.rows; ++i) {
      const std::uint64_t row = segment.rows[i];
      if (row >= result_.grid.size() || finished[first + row] != 0) continue;
      std::copy_n(segment.values + i * header.metrics, header.metrics, rows.values_of(first + row).data());
      std::copy_n(segment.sums + i * 2 * header.blocks, 2 * header.blocks, rows.sums_of(first + row).data());
      finished[first + row] = 1;
      ++reused;
    }
    for (const auto& [place, reason] : segment.failures) {
      if (place < header.rows) failures.push_back({first + segment.rows[place], reason});
    }
  }
  if (others && reused < result_.grid.size()) reused += reuse_by_values(segments, rows, first, finished, failures);
  return reused;
}

std::uint64_t ResultStore::reuse_by_values(const std::vector<Segment>& segments, const Rows& rows, std::uint64_t first,
                                           std::vector<std::uint8_t>& finished,
                                           std::vector<SweepFailure>& failures) const {
  const Grid& grid = result_.grid;
  const std::size_t axes = grid.axes().size();
  std::unordered_map<std::string, std::pair<const Segment*, std::uint64_t>> known;
  for (const Segment& segment : segments) {
    if (segment.header.grid == grid_hash_) continue;
    for (std::uint64_t i = 0; i < segment.header.rows; ++i) {
      known.try_emplace(key_of(segment.parameters + i * axes, axes), &segment, i);
    }
  }
  std::uint64_t reused = 0;
  std::vector<double> values(axes);
  for (std::uint64_t row = 0; row < result_.grid.size(); ++row) {
    if (finished[first + row] != 0) continue;
    for (std::size_t axis = 0; axis < axes; ++axis) values[axis] = grid.axes()[axis].key(grid.index(row, axis));
    const auto found = known.find(key_of(values.data(), axes));
    if (found == known.end()) continue;
    const auto& [segment, place] = found->second;
    const Header& header = segment->header;
    std::copy_n(segment->values + place * header.metrics, header.metrics, rows.values_of(first + row).data());
    std::copy_n(segment->sums + place * 2 * header.blocks, 2 * header.blocks, rows.sums_of(first + row).data());
    for (const auto& [failed, reason] : segment->failures) {
      if (failed == place) failures.push_back({first + row, reason});
    }
    finished[first + row] = 1;
    ++reused;
  }
  return reused;
}

void ResultStore::keep(std::span<const std::uint64_t> grid_rows, const Rows& rows, std::uint64_t first,
                       std::span<const SweepFailure> failures) {
  if (path_.empty() || grid_rows.empty()) return;
  const Grid& grid = result_.grid;
  const std::string names = axis_names(grid);
  if (names.size() > kLargestText) return;
  Header header;
  header.grid = grid_hash_;
  header.rows = grid_rows.size();
  header.axes = static_cast<std::uint32_t>(grid.axes().size());
  header.metrics = static_cast<std::uint32_t>(rows.metrics.size());
  header.blocks = static_cast<std::uint32_t>(rows.blocks);
  header.names_bytes = static_cast<std::uint32_t>(names.size());
  header.failures = failures.size();

  std::string bytes;
  bytes.reserve(fixed_bytes(header) + sizeof(Hash128));
  append(bytes, &header, 1);
  bytes += names;
  bytes.resize(sizeof(Header) + padded(names.size()));
  append(bytes, grid_rows.data(), grid_rows.size());
  std::vector<double> parameters(header.axes);
  for (const std::uint64_t row : grid_rows) {
    for (std::size_t axis = 0; axis < parameters.size(); ++axis)
      parameters[axis] = grid.axes()[axis].key(grid.index(row, axis));
    append(bytes, parameters.data(), parameters.size());
  }
  for (const std::uint64_t row : grid_rows) append(bytes, rows.values_of(first + row).data(), header.metrics);
  for (const std::uint64_t row : grid_rows)
    append(bytes, rows.sums_of(first + row).data(), 2 * std::size_t{header.blocks});
  for (const SweepFailure& failure : failures) {
    const auto place = std::lower_bound(grid_rows.begin(), grid_rows.end(), failure.row - first) - grid_rows.begin();
    const std::string_view reason = std::string_view(failure.reason).substr(0, kLargestText);
    const std::uint64_t place_and_size[2] = {static_cast<std::uint64_t>(place), reason.size()};
    append(bytes, place_and_size, 2);
    bytes += reason;
    bytes.resize(padded(bytes.size()));
  }
  header.bytes = bytes.size() + sizeof(Hash128);
  std::memcpy(bytes.data(), &header, sizeof header);
  const Hash128 sum = hash_bytes(bytes.data(), bytes.size());
  append(bytes, &sum, 1);

  if (Status added = append_segments(path_, bytes); !added.ok()) {
    note_ = "results are not kept: " + added.error().message;
  }
}

}  // namespace peak::study

namespace peak {

Status add_to_sweep_store(const std::string& store, const std::string& file, std::string_view bytes) {
  if (file.find('/') != std::string::npos || !file.ends_with(".sweep")) {
    return invalid_argument("'" + file + "' is not the name of a file of kept rows");
  }
  for (std::size_t at = 0; at < bytes.size();) {
    study::Header header;
    bool whole = bytes.size() - at >= sizeof header;
    if (whole) std::memcpy(&header, bytes.data() + at, sizeof header);
    whole = whole && header.magic == study::kMagic && header.bytes > sizeof header + sizeof(Hash128) &&
            header.bytes <= bytes.size() - at;
    Hash128 sum;
    if (whole) std::memcpy(&sum, bytes.data() + at + header.bytes - sizeof sum, sizeof sum);
    if (!whole || !(sum == hash_bytes(bytes.data() + at, header.bytes - sizeof sum))) {
      return bad_data("rows for '" + file + "' are damaged, " + std::to_string(at) + " bytes from their beginning");
    }
    at += header.bytes;
  }
  std::error_code failed;
  std::filesystem::create_directories(store, failed);
  if (failed) return io_error("cannot make the folder '" + store + "': " + failed.message());
  return study::append_segments(store + "/" + file, bytes);
}

std::string default_sweep_store() {
  const auto value = [](const char* name) {
    const char* text = std::getenv(name);
    return std::string(text == nullptr ? "" : text);
  };
  if (const std::string given = value("PEAK_SWEEP_STORE"); !given.empty()) return given == "off" ? "" : given;
  const std::string home = value("HOME");
#ifdef __APPLE__
  return home.empty() ? "" : home + "/Library/Caches/peaktrade/sweeps";
#else
  if (const std::string cache = value("XDG_CACHE_HOME"); !cache.empty()) return cache + "/peaktrade/sweeps";
  return home.empty() ? "" : home + "/.cache/peaktrade/sweeps";
#endif
}

}  // namespace peak
