#include "peak/report/sweep_file.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "peak/report/sweep.hpp"
#include "report/sweep_form.hpp"

namespace peak {
namespace report {

const std::string* SweepGroup::failure_of(std::uint64_t row) const {
  const auto at =
      std::lower_bound(failures.begin(), failures.end(), row,
                       [](const SweepFailure* failure, std::uint64_t wanted) { return failure->row < wanted; });
  return at != failures.end() && (*at)->row == row ? &(*at)->reason : nullptr;
}

}  // namespace report

namespace {

constexpr std::uint64_t kRowsInGroup = 1 << 17;

}  // namespace

SweepFile::SweepFile(std::unique_ptr<report::SweepForm> form) : form_(std::move(form)) {}
SweepFile::SweepFile(SweepFile&& other) noexcept = default;
SweepFile& SweepFile::operator=(SweepFile&& other) noexcept = default;
SweepFile::~SweepFile() = default;

Result<SweepFile> SweepFile::create(const std::string& path) {
  auto form = path.ends_with(".parquet") ? report::make_sweep_parquet(path) : report::make_sweep_csv(path);
  PEAK_RETURN_IF_ERROR(form->begin());
  return SweepFile(std::move(form));
}

void SweepFile::add(const SweepBatch& batch) {
  if (failed_ || !form_->can_begin_again()) return;
  if (const Status done = write(batch.result, false); !done.ok()) failed_ = done.error();
}

Status SweepFile::commit(const SweepResult& result) {
  if (failed_) return *failed_;
  PEAK_RETURN_IF_ERROR(write(result, true));
  return form_->commit();
}

// Groups that are whole; `all`: and what is left, without rows that are not finished.
Status SweepFile::write(const SweepResult& result, bool all) {
  if (begun_ && !errors_ && !result.failures.empty()) {
    PEAK_RETURN_IF_ERROR(form_->begin());
    begun_ = false;
    next_ = 0;
  }
  while (ready_ < result.rows() && result.is_finished(ready_)) ++ready_;
  std::vector<std::uint64_t> rows;
  while (ready_ - next_ >= kRowsInGroup) {
    rows.resize(kRowsInGroup);
    std::iota(rows.begin(), rows.end(), next_);
    PEAK_RETURN_IF_ERROR(write_group(result, rows));
  }
  if (!all) return {};
  rows.clear();
  for (std::uint64_t row = next_; row < result.rows(); ++row) {
    if (!result.is_finished(row)) continue;
    rows.push_back(row);
    if (rows.size() < kRowsInGroup) continue;
    PEAK_RETURN_IF_ERROR(write_group(result, rows));
    rows.clear();
  }
  return begun_ && rows.empty() ? Status() : write_group(result, rows);
}

Status SweepFile::write_group(const SweepResult& result, const std::vector<std::uint64_t>& rows) {
  if (!begun_) errors_ = !result.failures.empty();
  begun_ = true;
  std::vector<const SweepFailure*> failures;
  for (const SweepFailure& failure : result.failures) {
    if (!rows.empty() && failure.row >= rows.front() && failure.row <= rows.back()) failures.push_back(&failure);
  }
  // While a sweep goes on they are in the order in which they came.
  std::sort(failures.begin(), failures.end(),
            [](const SweepFailure* a, const SweepFailure* b) { return a->row < b->row; });
  if (!rows.empty()) next_ = rows.back() + 1;
  return form_->append({result, rows, errors_, failures});
}

Status write_sweep(const SweepResult& result, const std::string& path) {
  PEAK_ASSIGN_OR_RETURN(SweepFile file, SweepFile::create(path));
  return file.commit(result);
}

}  // namespace peak
