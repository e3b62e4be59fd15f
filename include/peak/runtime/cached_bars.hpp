// Cached bars: files of prices that are read once and come from the cache folder after that.
//
// Purpose    A million bars from CSV take a tenth of a second to read and a few milliseconds to come back.
// Identity   What was read is kept under the hash of the file's content, its name (which tells symbol and date) and all
//            options of reading. A small entry beside it remembers which content a path had: while size, inode, time of
//            change and time of status change are what they were, the content is taken to be the same. The last of
//            these cannot be set by programs, so a changed file with its old time is noticed; a file that was changed
//            within a tenth of a second before it was looked at is not trusted, as its times may be too coarse. In
//            every other case the content is hashed (5 GB/s and more) and decides.
// Failure    as io::read_bars; the cache never makes a call fail, it only fails to help.
// Copies     Bars that come from the cache lie in the mapped file.
// Threads    may be called from any thread.
#pragma once

#include <string>

#include "peak/base/status.hpp"
#include "peak/cache/disk_cache.hpp"
#include "peak/io/read.hpp"

namespace peak::runtime {

/// How much of a file is looked at before what was cached is given for it.
enum class FileCheck : unsigned char {
  kTimes,    ///< as told above
  kContent,  ///< always all of it
};

struct CachedBars {
  io::LoadedBars loaded;
  bool from_cache = false;
  std::string note;  ///< why there was no cache, or empty
};

[[nodiscard]] Result<CachedBars> read_bars(cache::DiskCache& cache, const std::string& path,
                                           const io::ReadOptions& options = {}, FileCheck check = FileCheck::kTimes);
/// The same through the cache in a folder, which is opened for this once: with the configuration's budget, and with the
/// counts added to the folder's record. A folder that cannot be opened is left out, with a note.
[[nodiscard]] Result<CachedBars> read_bars_through(const std::string& folder, const std::string& path,
                                                   const io::ReadOptions& options = {});

}  // namespace peak::runtime
