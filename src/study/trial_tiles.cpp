#include "study/trial_tiles.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace peak::study {
namespace {

constexpr std::int32_t kNeverAbove = std::numeric_limits<std::int32_t>::max();

}  // namespace

TrialTiles::TrialTiles(const TrialPeriods& trials, std::span<const TrialGroup> groups, const DrawTable& draws)
    : trials_(trials), groups_(groups), pairs_(draws.pairs) {
  const std::int64_t farthest = *std::max_element(draws.distance.begin(), draws.distance.end());
  // Products of 16 bits whose sum fits 32, and what cutting to whole numbers can come to.
  largest_ = static_cast<double>(std::min<std::int64_t>(32'767, ((std::int64_t{1} << 31) - 1) / (farthest + 1)));
  slack_ = static_cast<double>(farthest) + 3;
}

void TrialTiles::fill(std::size_t number, DrawTile& tile) const {
  for (auto& of_way : tile.thresholds) of_way.fill(kNeverAbove);
  const std::size_t first = number * kGroupsInTile, end = std::min(first + kGroupsInTile, groups_.size());
  for (std::size_t at = first; at < end; ++at) put(groups_[at], trials_.group(at), at - first, tile);
}

// What is not there, or never moves, is never above.
void TrialTiles::put(const TrialGroup& group, const double* values, std::size_t place, DrawTile& tile) const {
  TrialLanes units{};
  for (std::size_t lane = 0; lane < kTrialLanes; ++lane) {
    const double unit = largest_ / group.means.largest[lane];
    if (!std::isfinite(group.means.mean[lane]) || !(unit < std::numeric_limits<double>::max())) continue;
    units[lane] = unit;
    for (std::size_t way = 0; way < kWays; ++way) {
      const double limit = group.limits[way][lane] * unit - slack_;
      tile.thresholds[way][place * kTrialLanes + lane] =
          static_cast<std::int32_t>(std::clamp<double>(limit, -kNeverAbove, kNeverAbove));
    }
  }
  pack_trials(values, trials_.periods(), units, place, tile);
}

void TrialTiles::fill_hulls(std::size_t number, std::vector<double>& rows, DrawTile& hulls) const {
  for (auto& of_way : hulls.thresholds) of_way.fill(kNeverAbove);
  rows.resize(trials_.periods() * kTrialLanes);
  const std::size_t first = number * kTilesInPatch, end = std::min(first + kTilesInPatch, tiles());
  for (std::size_t tile = first; tile < end; ++tile) {
    put(hulls_of(tile, rows.data()), rows.data(), tile - first, hulls);
  }
}

TrialGroup TrialTiles::hulls_of(std::size_t tile, double* rows) const {
  const auto size = static_cast<double>(trials_.periods());
  TrialLanes largest{};
  Ways least{};
  for (std::size_t lane = 0; lane < kTrialLanes; ++lane) {
    std::array<const double*, kTrialsInHull> values{};
    std::size_t count = 0;
    for (auto& of_way : least) of_way[lane] = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < kTrialsInHull; ++i) {
      const std::size_t trial = tile * kTileTrials + lane * kTrialsInHull + i, of = trial % kTrialLanes;
      if (trial >= trials_.trials()) break;
      const TrialGroup& group = groups_[trial / kTrialLanes];
      if (!std::isfinite(group.means.mean[of])) continue;
      values[count++] = trials_.group(trial / kTrialLanes) + of;
      // In units of the largest of its trials: what cutting and rounding come to in them it comes to in the hull.
      largest[lane] = std::max(largest[lane], group.means.largest[of]);
      for (std::size_t way = 0; way < kWays; ++way) {
        least[way][lane] = std::min(least[way][lane], group.limits[way][of] + group.means.mean[of] * size);
      }
    }
    if (count > 0) highest_of(std::span(values).first(count), rows + lane);
  }
  TrialGroup hulls{.means = trial_means(rows, trials_.periods())};
  hulls.means.largest = largest;
  for (std::size_t lane = 0; lane < kTrialLanes; ++lane) {
    double& mean = hulls.means.mean[lane];
    for (std::size_t way = 0; way < kWays; ++way) {
      const double limit = least[way][lane] - mean * size;
      hulls.limits[way][lane] = std::isfinite(limit) ? limit : -std::numeric_limits<double>::infinity();
    }
    if (!std::isfinite(mean)) mean = 0;  // sums too large for a double: always looked into
  }
  return hulls;
}

void TrialTiles::highest_of(std::span<const double* const> values, double* out) const {
  const double *const a = values.front(), *const b = values[values.size() / 3], *const c = values[values.size() / 2],
                      *const d = values.back();
  for (std::size_t at = 0; at < trials_.periods() * kTrialLanes; at += kTrialLanes) {
    out[at] = std::max(std::max(a[at], b[at]), std::max(c[at], d[at]));
  }
}

}  // namespace peak::study
