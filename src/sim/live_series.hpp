// Live series: one symbol's bars as a feed brings them, with what the broker and formulas need of them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/indicators/atr.hpp"
#include "peak/market/bars.hpp"
#include "peak/sim/broker.hpp"
#include "peak/sim/runner.hpp"
#include "sim/runner_state.hpp"

namespace peak::sim {

/// Names of further columns that cannot be are refused: prices, empty ones, and those named twice.
[[nodiscard]] Status check_further_columns(const std::vector<std::string>& names);
/// Options that a feed cannot have: what hangs on bars that are all there.
[[nodiscard]] Status check_feed_options(const BacktestOptions& options, const BrokerOptions& broker);
/// Two texts are equal only if all that the options say is.
[[nodiscard]] std::string feed_options_text(const BrokerOptions& broker);
/// The same of what an instrument has by time.
[[nodiscard]] std::string instrument_text(const Instrument& instrument);
/// Two numbers have the same text only if they are the same.
[[nodiscard]] std::string exact_text(double value);

class LiveSeries {
 public:
  /// `options` must live as long as the series.
  LiveSeries(const BrokerOptions& options, std::vector<Split> splits, std::vector<std::string> further_names);

  [[nodiscard]] std::size_t size() const noexcept { return time_.size(); }
  [[nodiscard]] const std::vector<Nanoseconds>& time() const noexcept { return time_; }
  /// 0 to 4: open, high, low, close, volume, as they came.
  [[nodiscard]] const std::vector<double>& prices(std::size_t which) const noexcept { return prices_[which]; }
  /// A column as formulas see it, by name: prices in the units of the last bar (decided case 8.5). Null: none of that
  /// name.
  [[nodiscard]] const std::vector<double>* seen(const std::string& name) const noexcept;

  /// Whether the bar can be the next one.
  [[nodiscard]] Status check(const LiveBar& bar) const;
  /// True if the bars before it are now seen in other units, so that what looks back must begin anew.
  bool append(const LiveBar& bar);
  /// Of the last bar. To be called once for each.
  [[nodiscard]] BarPrices inputs();
  [[nodiscard]] Bars bars() const;

  /// Of bar t.
  void write(StateWriter& writer, std::size_t t) const;
  static LiveBar read(StateReader& reader, std::size_t further);
  /// Bytes that write() makes.
  [[nodiscard]] static std::size_t written_size(std::size_t further) noexcept { return 8 * (6 + further); }

 private:
  const BrokerOptions* options_;
  std::vector<Split> splits_;
  std::vector<std::string> further_names_;
  std::vector<Nanoseconds> time_;
  std::vector<double> prices_[5];
  std::vector<double> charted_[5];  // prices in the units of the last bar; empty without splits
  std::vector<std::vector<double>> further_;
  std::optional<indicators::Atr> atr_;
};

}  // namespace peak::sim
