// Runs of many symbols that differed in an instrument's terms, or in whether symbols share the cash, had one
// fingerprint: they passed for the same run where runs are kept and compared.
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "peak/market/panel.hpp"
#include "peak/sim/panel_backtest.hpp"
#include "peak/strategy/builtin.hpp"
#include "study/swept_market.hpp"

namespace peak {
namespace {

TEST(FingerprintOfPanels, TellsTermsAndSharedCashApart) {
  std::vector<Bars> series;
  for (const std::uint64_t seed : {1U, 2U}) {
    series.push_back(testing::swept_market(seed, 300));
    series.back().set_symbol("S" + std::to_string(seed));
  }
  const auto panel = std::make_shared<const Panel>(Panel::create(std::move(series)).value());
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  std::vector<Instrument> plain(2);
  plain[0].symbol = "S1";
  plain[1].symbol = "S2";
  std::vector<PanelOptions> different(7);
  for (PanelOptions& options : different) {
    options.instruments = plain;
    options.run.parameters = {{"fast", 3}, {"slow", 8}};
  }
  different[1].instruments[0].multiplier = 10;
  different[2].instruments[1].multiplier = 10;
  different[3].instruments[0].size_step = 1;
  different[4].instruments[0].tick_size = 0.5;
  different[5].instruments[0].minimum_notional = 1;  // changes no trade here
  different[6].cash_sharing = false;
  std::set<std::string> fingerprints;
  for (const PanelOptions& options : different) {
    const auto run = backtest_panel(panel, strategy, options);
    ASSERT_TRUE(run.ok()) << run.error().message;
    EXPECT_TRUE(fingerprints.insert(run->fingerprint().hex()).second) << fingerprints.size();
    EXPECT_EQ(run->fingerprint(), backtest_panel(panel, strategy, options)->fingerprint());
  }
}

}  // namespace
}  // namespace peak
