// SweepFile: all rows of a sweep in a file, written while the sweep goes on.
//
//     PEAK_ASSIGN_OR_RETURN(SweepFile file, SweepFile::create("results.parquet"));
//     options.batch = [&](const SweepBatch& batch) { file.add(batch); };
//     PEAK_ASSIGN_OR_RETURN(const SweepResult result, sweep(bars, strategy, grid, options));
//     PEAK_RETURN_IF_ERROR(file.commit(result));
//
// Rows      in the order of the grid, with the columns of peak/report/sweep.hpp, the same bytes as write_sweep() gives
//           the finished result. Rows are written as soon as all rows before them are finished.
// Memory    one group of 131,072 rows, however many there are.
// Failure   the file has its name after commit() and not before; without one nothing stays. What cannot be opened is an
//           error of create(), what cannot be written (full disk) one of commit().
// Threads   one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/study/sweep.hpp"

namespace peak {

namespace report {
class SweepForm;
}

class SweepFile {
 public:
  /// Parquet where the name ends in .parquet, else CSV.
  [[nodiscard]] static Result<SweepFile> create(const std::string& path);
  SweepFile(SweepFile&& other) noexcept;
  SweepFile& operator=(SweepFile&& other) noexcept;
  ~SweepFile();

  /// Writes the rows that are in order by now. The first failure of a combination begins the file again, with a column
  /// for reasons.
  void add(const SweepBatch& batch);
  /// Writes the finished rows that are missing and puts the file in its place; once.
  [[nodiscard]] Status commit(const SweepResult& result);

 private:
  explicit SweepFile(std::unique_ptr<report::SweepForm> form);
  Status write(const SweepResult& result, bool all);
  Status write_group(const SweepResult& result, const std::vector<std::uint64_t>& rows);

  std::unique_ptr<report::SweepForm> form_;
  std::uint64_t next_ = 0;   // the first row that is not written
  std::uint64_t ready_ = 0;  // up to here all rows are finished
  bool begun_ = false, errors_ = false;
  std::optional<Error> failed_;
};

}  // namespace peak
