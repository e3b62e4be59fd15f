// WeightsRun: the fast engine of target weights. Holdings change at few stamps: where an order fills, where a corporate
// action takes effect, at ruin. Between these the equity of a whole stretch of stamps is the cash plus the sum over
// symbols of units * price, symbol by symbol over the stretch: the broker's order of additions, many stamps at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "peak/sim/account.hpp"
#include "peak/sim/target_weights.hpp"

namespace peak::sim {

class WeightsRun {
 public:
  WeightsRun(const Panel& panel, const TargetWeights& targets, const BrokerOptions& options,
             std::span<const Instrument> instruments);
  Simulation run();

 private:
  /// A target that has not filled yet.
  struct Pending {
    std::uint32_t symbol = 0;
    std::size_t order = 0;  ///< in the account's records
    double weight = 0;
  };
  /// One that fills at this stamp.
  struct Due {
    std::uint32_t symbol = 0;
    std::size_t order = 0;
    double weight = 0, price = 0;
    double remaining = 0;  ///< units still to fill
    double filled = 0, filled_value = 0, fee = 0;
    OrderAction action = OrderAction::kBuy;
    bool reduces_only = false, ended = false, scaled = false;
  };
  struct ActionAt {
    std::size_t stamp = 0;
    std::uint32_t symbol = 0;
    const CorporateAction* action = nullptr;
  };

  // weights_run.cpp
  void align_prices();
  void list_actions();
  void decide(std::size_t t);
  void apply_actions(std::size_t t);
  void delist(std::uint32_t symbol, double price, std::int64_t bar);
  void mark(std::size_t first, std::size_t end);
  void ruin(std::size_t t);
  void close_whole(std::uint32_t symbol, std::int64_t bar, double price, ExitReason reason);
  void note_holdings(std::size_t t);
  void reopen_holdings(std::size_t t);
  void finish();
  [[nodiscard]] std::size_t next_event(std::size_t t) const;

  // weights_fills.cpp
  void fill(std::size_t t, bool at_open);
  void take_due(std::size_t t, std::span<const double* const> prices);
  void set_prices(std::size_t t, std::span<const double* const> prices);
  void resolve(Due& due, double equity);
  void close_part(Due& due, std::int64_t bar);
  void scale_entries();
  void open_part(Due& due, std::int64_t bar);
  void record_fill(Due& due, double quantity, double fill_price, double fee, std::int64_t bar);
  void end(Due& due, OrderStatus status, Reason reason);
  void touch(std::uint32_t symbol);
  [[nodiscard]] double money() const;
  [[nodiscard]] double held_at_prices() const;

  const Panel& panel_;
  const TargetWeights& targets_;
  const BrokerOptions& options_;
  std::span<const Instrument> instruments_;
  Account account_;
  std::size_t symbols_, stamps_;
  bool at_close_;
  bool has_multiplier_ = false;

  std::vector<const double*> open_, mark_;    // by symbol, one for each stamp
  std::vector<std::vector<double>> aligned_;  // memory of those that the panel does not have whole
  std::vector<ActionAt> actions_;
  std::size_t next_action_ = 0, next_target_ = 0;
  std::vector<std::uint8_t> delisted_;

  std::vector<Pending> pending_;  // by symbol
  std::vector<Pending> waiting_;  // kept for its memory
  std::vector<Due> due_;
  std::vector<double> prices_;       // of this fill, by symbol
  std::vector<double> short_worth_;  // of each short at prices_, negative; 0 for all others
  std::size_t shorts_ = 0, held_ = 0;
  FillRule rule_ = FillRule::kOpen;

  std::vector<std::uint8_t> touched_;  // by symbol: its units may have changed at this stamp
  bool any_touched_ = false;
  std::vector<double> units_;  // by symbol, as last noted
  Buffer<double> equity_, returns_;
  Bits in_position_;
};

}  // namespace peak::sim
