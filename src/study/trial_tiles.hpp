// TrialTiles: the trials of the reality check laid out for the screen of draws, and hulls of neighbours laid out like
// them.
//
// A hull has the highest of its trials' returns in each period, and a draw takes no period less than 0 times: where the
// hull is not above the best, none of its trials is. A patch is the trials whose hulls are one tile.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "peak/study/trial_periods.hpp"
#include "study/bootstrap_lanes.hpp"
#include "study/draw_table.hpp"

namespace peak::study {

inline constexpr std::size_t kWays = 3;  // of recentring, in the order in which a draw comes to be above: upper,
                                         // consistent, lower
using Ways = std::array<TrialLanes, kWays>;

/// Eight trials: their means, what each way of recentring takes off them, and what their products with a draw must be
/// above to come above the best.
struct TrialGroup {
  TrialMeans means;
  Ways taken_off{}, limits{};
};

inline constexpr std::size_t kGroupsInTile = kTileTrials / kTrialLanes;
inline constexpr std::size_t kTrialsInHull = 4;
inline constexpr std::size_t kHullsInTile = kTileTrials / kTrialsInHull;  // a group of hulls for each tile of trials,
inline constexpr std::size_t kTilesInPatch = kTileTrials / kHullsInTile;  // a tile of hulls for each patch of tiles
inline constexpr std::size_t kGroupsInPatch = kGroupsInTile * kTilesInPatch;
static_assert(kHullsInTile == kTrialLanes);

/// Refers to what it is made of. Threads: immutable.
class TrialTiles {
 public:
  TrialTiles(const TrialPeriods& trials, std::span<const TrialGroup> groups, const DrawTable& draws);

  [[nodiscard]] std::size_t tiles() const noexcept { return (groups_.size() - 1) / kGroupsInTile + 1; }
  [[nodiscard]] std::size_t patches() const noexcept { return (groups_.size() - 1) / kGroupsInPatch + 1; }
  /// Room for a tile.
  [[nodiscard]] DrawTile room() const { return {std::vector<std::int32_t>(pairs_ * kTileTrials), {}}; }

  /// The trials of tile `number`. Their groups' limits must be there.
  void fill(std::size_t number, DrawTile& tile) const;
  /// The hulls of patch `number`; `rows` is scratch.
  void fill_hulls(std::size_t number, std::vector<double>& rows, DrawTile& hulls) const;

 private:
  void put(const TrialGroup& group, const double* values, std::size_t place, DrawTile& tile) const;
  [[nodiscard]] TrialGroup hulls_of(std::size_t tile, double* rows) const;
  void highest_of(std::span<const double* const> values, double* out) const;

  const TrialPeriods& trials_;
  std::span<const TrialGroup> groups_;
  std::size_t pairs_;
  double largest_, slack_;
};

}  // namespace peak::study
