// FastRun: the state of one run of the fast engine. fast.cpp walks, fast_fills.cpp fills, fast_marks.cpp marks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "peak/base/bits.hpp"
#include "peak/sim/account.hpp"
#include "peak/sim/simulation.hpp"
#include "sim/decision.hpp"
#include "sim/market_inputs.hpp"

namespace peak::sim {

/// What 64 bars' signals come to, given what is held: decide() on words.
struct WordDecisions {
  std::uint64_t any = 0;       // bars with some signal
  std::uint64_t acts = 0;      // bars on which something would be done
  std::uint64_t conflict = 0;  // bars whose signals contradict each other
};

/// The first bar on which something would be done, and how the signals up to and with it are counted.
struct Event {
  std::size_t bar = 0;  // the number of bars if there is none
  std::int64_t conflicts = 0, ignored = 0;
};

/// Options whose runs the fast engine makes itself; others go to the broker.
[[nodiscard]] bool is_fast(const BrokerOptions& options) noexcept;

class FastRun {
 public:
  FastRun(const Bars& bars, const SignalViews& signals, const BrokerOptions& broker, const Instrument& instrument);
  Simulation run();

 private:
  // fast.cpp
  void count_all_signals();
  [[nodiscard]] WordDecisions decide_word(std::size_t w) const;
  [[nodiscard]] Event next_event(std::size_t from) const;
  void count(const Event& outcomes);
  void count_outcomes(std::size_t from, std::size_t to);
  [[nodiscard]] Decision decision_at(std::size_t t) const;
  [[nodiscard]] bool is_last_of_backtesting_py(std::size_t bar) const;
  void take_exit(std::size_t bar);
  void execute(const Decision& decision, std::size_t event, std::size_t fill);
  void reject_undone(const Decision& decision);
  void close_at_end();
  void finish();

  // fast_fills.cpp
  struct Exit {
    ExitReason reason = ExitReason::kSignal;
    FillRule rule = FillRule::kMark;
    OrderType type = OrderType::kMarket;
    bool limit = false;
    bool slips = true;
    bool ambiguous = false;
  };
  bool enter(Side side, std::size_t decided, std::size_t filled, double price);
  bool exit(std::size_t decided, std::size_t filled, double price, const Exit& terms);
  void protect();
  [[nodiscard]] std::size_t next_exit(std::size_t to);
  [[nodiscard]] std::size_t next_trailing_exit(std::size_t to);
  void complete_bar(std::size_t bar);
  bool exit_at_open(std::size_t bar);
  bool exit_inside(std::size_t bar);
  void leave(std::size_t bar, bool stop, double price, FillRule rule, bool ambiguous);
  [[nodiscard]] double stop() const noexcept;
  [[nodiscard]] bool target_reached(double low, double high) const noexcept;

  // fast_marks.cpp
  void fill_marks();
  void mark_from_fill(std::size_t fill, double price);
  std::size_t mark_unchanged(std::size_t to);
  void settle_ruin(std::size_t bar);
  void mark_fill_bar(std::size_t t);
  void set_in_position(std::size_t from, std::size_t to);
  void liquidate(std::size_t bar);

  [[nodiscard]] Position& position() noexcept { return account_.positions.front(); }
  [[nodiscard]] const Position& position() const noexcept { return account_.positions.front(); }

  const Bars& bars_;
  const SignalViews& signals_;
  const BrokerOptions& broker_;
  const std::size_t size_;
  const bool at_open_;
  Account account_;
  MarketInputs inputs_;
  Buffer<double> equity_, returns_;
  Bits in_position_;
  const double* marks_ = nullptr;
  Buffer<double> own_marks_;    // only when closes are missing
  std::size_t decided_to_ = 0;  // first bar whose signals have not been decided
  std::size_t marked_to_ = 0;   // first bar whose equity is not known
  std::size_t watched_to_ = 0;  // first bar on which the position's stops have not been looked at
  double decision_atr_ = kMissingPrice;
};

}  // namespace peak::sim
