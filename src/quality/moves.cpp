// Moves that stand out. A move is the logarithm of a close over the close before; the usual move is the median of its
// absolute values over a block of bars and its two neighbours, times 1.4826 (the standard deviation of a normal
// distribution; Rousseeuw and Croux, "Alternatives to the Median Absolute Deviation", 1993), and at least a quarter of
// that of the whole series, so that quiet hours do not make every trade an outlier.
#include <algorithm>
#include <array>
#include <cmath>

#include "quality/checked_rows.hpp"

namespace peak::quality {
namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kLongestSpike = 3;
constexpr double kNormal = 1.4826;
constexpr double kSmallestMove = 0.002;  // below 0.2 % nothing is an outlier: ticks of cheap prices

struct Moves {
  std::vector<std::size_t> places;  ///< of rows.unique
  std::vector<double> close;        ///< logarithms
  std::vector<double> usual;        ///< usual move by block
};

bool is_sound(double price) { return std::isfinite(price) && price > 0; }

double median_move(const std::vector<double>& close, std::size_t first, std::size_t end) {
  std::vector<double> moves;
  for (std::size_t i = std::max<std::size_t>(first, 1); i < end; ++i) {
    const double move = std::abs(close[i] - close[i - 1]);
    if (move > 0) moves.push_back(move);
  }
  if (moves.empty()) return 0;
  const auto middle = moves.begin() + static_cast<std::ptrdiff_t>(moves.size() / 2);
  std::nth_element(moves.begin(), middle, moves.end());
  return *middle * kNormal;
}

Moves moves_of(const CheckedRows& rows) {
  Moves moves;
  for (std::size_t i = 0; i < rows.unique.size(); ++i) {
    const double price = rows.price(3, rows.unique[i]);
    if (!is_sound(price)) continue;
    moves.places.push_back(i);
    moves.close.push_back(std::log(price));
  }
  const std::size_t size = moves.close.size();
  const double whole = median_move(moves.close, 0, size);
  for (std::size_t block = 0; block < size; block += kBlock) {
    const std::size_t first = block < kBlock ? 0 : block - kBlock;
    moves.usual.push_back(
        std::max({median_move(moves.close, first, std::min(size, block + 2 * kBlock)), whole / 4, 1e-9}));
  }
  return moves;
}

/// Ratios in which shares are split; the old price over the new one.
struct Split {
  double ratio;
  const char* words;
};
constexpr std::array<Split, 15> kSplits = {{{1.5, "3:2"},
                                            {2, "2:1"},
                                            {2.5, "5:2"},
                                            {3, "3:1"},
                                            {4, "4:1"},
                                            {5, "5:1"},
                                            {6, "6:1"},
                                            {7, "7:1"},
                                            {8, "8:1"},
                                            {10, "10:1"},
                                            {15, "15:1"},
                                            {20, "20:1"},
                                            {25, "25:1"},
                                            {50, "50:1"},
                                            {100, "100:1"}}};

/// The jump overnight: the open is nearer to the split than the close, after which the day has traded.
double overnight_move(const CheckedRows& rows, const Moves& moves, std::size_t i) {
  const double open = rows.has(0) ? rows.price(0, rows.unique[moves.places[i]]) : 0;
  return (is_sound(open) ? std::log(open) : moves.close[i]) - moves.close[i - 1];
}

/// The ratio that a split column tells for the bar; 1 for none.
double told_ratio(const CheckedRows& rows, std::size_t row) {
  if (rows.split.size() == 0) return 1;
  const double ratio = rows.split.float64s()[row];
  return ratio >= 0.001 && ratio <= 1000 ? ratio : 1;
}

bool find_split(const CheckedRows& rows, const Moves& moves, std::size_t i, double usual, Move& move) {
  const double jump = overnight_move(rows, moves, i);
  const double tolerance = std::clamp(4 * usual, 0.01, 0.08);
  const double told = told_ratio(rows, rows.unique[moves.places[i]]);
  if (told != 1 && std::abs(-jump - std::log(told)) < 0.1) {
    move.ratio = told;
    move.words = "the split column tells " + number_words(told) + ":1 and the price jumps by it";
    return true;
  }
  for (const Split& split : kSplits) {
    if (split.ratio < 2 && !rows.has_ranges()) continue;  // a single price falls by a third now and then
    for (const double sign : {1.0, -1.0}) {
      if (sign < 0 && split.ratio < 2) continue;  // nobody merges three shares into two
      if (std::abs(-jump - sign * std::log(split.ratio)) > tolerance) continue;
      move.ratio = sign > 0 ? split.ratio : 1 / split.ratio;
      move.words = std::string("jumps as by a ") + (sign > 0 ? "" : "reverse ") + "split of " + split.words;
      return true;
    }
  }
  return false;
}

/// Bars until the price is back near where it was before bar i, up to kLongestSpike; 0 if it is not.
std::size_t spike_length(const Moves& moves, std::size_t i, double move) {
  for (std::size_t length = 1; length <= kLongestSpike && i + length < moves.close.size(); ++length) {
    const double back = moves.close[i + length] - moves.close[i - 1];
    if (std::abs(back) < std::abs(move) / 4) return length;
  }
  return 0;
}

std::string percent_words(double move) {
  return (move > 0 ? "+" : "") + number_words(std::round(std::expm1(move) * 10000) / 100) + " %";
}

}  // namespace

std::vector<Move> find_moves(const CheckedRows& rows, double outlier_moves) {
  std::vector<Move> found;
  const Moves moves = moves_of(rows);
  for (std::size_t i = 1; i < moves.close.size(); ++i) {
    const double move = moves.close[i] - moves.close[i - 1], usual = moves.usual[i / kBlock];
    const bool told = told_ratio(rows, rows.unique[moves.places[i]]) != 1;
    if (std::abs(move) < std::max(outlier_moves * usual, kSmallestMove) && !(told && std::abs(move) > 0.15)) continue;
    Move entry;
    entry.place = moves.places[i];
    if (const std::size_t length = spike_length(moves, i, move); length != 0) {
      entry.kind = Move::Kind::kSpike;
      entry.length = moves.places[i + length] - moves.places[i];
      entry.words =
          percent_words(move) + " and back after " + std::to_string(length) + (length == 1 ? " bar" : " bars");
      found.push_back(std::move(entry));
      i += length;  // the way back is the same spike
    } else if (find_split(rows, moves, i, usual, entry)) {
      entry.kind = Move::Kind::kSplit;
      found.push_back(std::move(entry));
    } else {
      entry.words = percent_words(move) + ", " + number_words(std::round(std::abs(move) / usual)) + " usual moves";
      found.push_back(std::move(entry));
    }
  }
  return found;
}

void check_moves(const CheckedRows& rows, const CheckOptions& options, Quality& quality) {
  if (!rows.has(3) || rows.unique.size() < 20) return;
  Gathered outliers(Fault::kOutlier, Severity::kWarning, rows, options);
  Gathered splits(Fault::kUnadjustedSplit, Severity::kWarning, rows, options);
  std::size_t spikes = 0;
  for (const Move& move : find_moves(rows, options.outlier_moves)) {
    const std::size_t row = rows.unique[move.place];
    spikes += move.kind == Move::Kind::kSpike ? 1U : 0U;
    (move.kind == Move::Kind::kSplit ? splits : outliers).add(row, [&] { return move.words; });
  }
  outliers.finish(quality.findings,
                  "{move|moves} beyond " + number_words(options.outlier_moves) + " usual moves, " +
                      std::to_string(spikes) + " of them spikes that come back",
                  spikes > 0 ? "--fix spikes" : "");
  splits.finish(quality.findings, "{jump|jumps} by the ratio of a split: prices that were not adjusted",
                "--fix splits");
}

}  // namespace peak::quality
