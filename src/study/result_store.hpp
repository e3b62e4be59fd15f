// ResultStore: rows of sweeps kept on disk under what they are results of, so that a sweep computes nothing twice.
//
// One file for each family: data, strategy, broker, conventions, metrics and engine semantics version, hashed into the
// file's name. A file is a run of segments, appended one by one and never changed:
//
//     magic, format version, sizes | grid hash, axis names | row numbers | parameter values | metrics | block sums |
//     failures | checksum over all of it
//
// Reading    a sweep of the same grid finds its rows by number; another grid (wider, narrower, sampled) by the values
//            of their parameters.
// Crashes    a segment whose end or checksum is missing ends the file: what came before it is used, and the next append
//            cuts it off. kill -9 at any instant loses at most the segment being written.
// Processes  appends hold an exclusive lock on the file; readers need none. A file of another format is left alone and
//            not used. Numbers are in the machine's byte order, which the magic number tells.
// Failure    a store that cannot be read or written (full disk, no rights) never fails a sweep: it is then as if there
//            were none, and `note` says why.
// Threads    one thread each.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "peak/base/hash.hpp"
#include "peak/study/sweep.hpp"
#include "study/rows.hpp"

namespace peak::study {

/// Which rows a grid has, in which order.
[[nodiscard]] Hash128 hash_of(const Grid& grid);

class ResultStore {
 public:
  /// Of `market`'s rows in `result`; `folder` is made if it is not there. An empty folder: keeps nothing.
  ResultStore(const std::string& folder, const SweepResult& result, std::size_t market);

  /// Copies the rows that are there into `rows` (at `first` + the grid's row), marks them in `finished`, appends their
  /// failures. Returns how many.
  std::uint64_t reuse(const Rows& rows, std::uint64_t first, std::vector<std::uint8_t>& finished,
                      std::vector<SweepFailure>& failures);
  /// Appends grid rows that are finished, with the failures among them.
  void keep(std::span<const std::uint64_t> grid_rows, const Rows& rows, std::uint64_t first,
            std::span<const SweepFailure> failures);
  /// Everything that numbers of the market's rows depend on but their parameters: data, strategy, broker, conventions,
  /// metrics, blocks, names of the axes, engine semantics version. 0 if nothing is kept.
  [[nodiscard]] const Hash128& family() const noexcept { return family_; }
  /// Why something was not kept or not read; empty if nothing went wrong.
  [[nodiscard]] const std::string& note() const noexcept { return note_; }

 private:
  struct Segment;
  [[nodiscard]] bool read_segments(std::string& bytes);
  std::uint64_t reuse_by_values(const std::vector<Segment>& segments, const Rows& rows, std::uint64_t first,
                                std::vector<std::uint8_t>& finished, std::vector<SweepFailure>& failures) const;

  const SweepResult& result_;
  std::string path_;
  Hash128 family_;
  Hash128 grid_hash_;
  std::string note_;
};

}  // namespace peak::study
