#include "sim/shifted_signals.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "sim/run_checks.hpp"

namespace peak::sim {
namespace {

constexpr std::int64_t kFewestSignals = 20;
constexpr double kStandsOut = 5;    // standard errors
constexpr double kClearlyLess = 3;  // times
constexpr std::size_t kMostSampled = 512;

double move_at(const Bars& bars, std::size_t t) { return bars.close()[t] / bars.close()[t - 1] - 1; }

/// Root mean square of the moves, from at most kMostSampled bars spread evenly.
double typical_move(const Bars& bars) {
  const std::size_t stride = bars.size() / kMostSampled + 1;
  double squares = 0;
  std::size_t count = 0;
  for (std::size_t t = 1; t < bars.size(); t += stride) {
    const double move = move_at(bars, t);
    if (!std::isfinite(move)) continue;
    squares += move * move;
    ++count;
  }
  return count == 0 ? 0 : std::sqrt(squares / static_cast<double>(count));
}

bool looks_shifted(const Bars& bars, const BitView& signal, double typical) {
  double own = 0, before = 0;
  std::int64_t count = 0;
  for (std::size_t w = 0; w < bit_words(signal.size); ++w) {
    for (std::uint64_t word = signal.word(w); word != 0; word &= word - 1) {
      const std::size_t t = w * 64 + static_cast<std::size_t>(std::countr_zero(word));
      if (t < 2) continue;
      const double own_move = move_at(bars, t), move_before = move_at(bars, t - 1);
      if (!std::isfinite(own_move) || !std::isfinite(move_before)) continue;
      own += own_move;
      before += move_before;
      ++count;
    }
  }
  if (count < kFewestSignals) return false;
  const double standard_error = typical * std::sqrt(static_cast<double>(count));
  return std::fabs(before) > kStandsOut * standard_error && std::fabs(before) > kClearlyLess * std::fabs(own);
}

}  // namespace

std::string shifted_signals_warning(const Bars& bars, const SignalViews& signals) {
  const double typical = typical_move(bars);
  if (typical == 0) return {};
  for (const NamedSignal& signal : named_signals(signals)) {
    if (!looks_shifted(bars, signal.view, typical)) continue;
    return std::string("the ") + signal.name +
           " look as if they were shifted by one bar already: prices move on the bar before the signal, not on its "
           "own. "
           "Give signals on the bar that decides them; fill=\"next_open\" fills at the next open by itself (rule 1)";
  }
  return {};
}

}  // namespace peak::sim
