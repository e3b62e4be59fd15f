// Every file of the shared set loads with the rows and the period that its README states (figures of manifest.json, in
// UTC where the file gives a distance from it).
#include "io/shared_data.hpp"

#include <gtest/gtest.h>

#include "peak/io/module.hpp"
#include "peak/io/read.hpp"

namespace peak::io {
namespace {

enum class As : unsigned char {
  kBars,
  kSort,   ///< bars, once they may be sorted: five rows of 2017-11-12 stand in the wrong place
  kTable,  ///< not bars: the reason is given, and read_bars refuses
};

struct SharedFile {
  const char* file;
  std::size_t rows;
  const char* first;
  const char* last;
  As as;
  const char* reason;
};

void PrintTo(const SharedFile& file, std::ostream* out) { *out << file.file; }

const SharedFile kFiles[] = {
    {"equity_daily/goog_2004_2013.csv", 2148, "2004-08-19T00:00:00Z", "2013-03-01T00:00:00Z", As::kBars, ""},
    {"equity_daily/yhoo_1996_2015.csv.gz", 4965, "1996-04-12T00:00:00Z", "2015-12-31T00:00:00Z", As::kBars, ""},
    {"equity_daily/orcl_1995_2014.csv.gz", 5036, "1995-01-03T00:00:00Z", "2014-12-31T00:00:00Z", As::kBars, ""},
    {"equity_daily/spy_1999_2020.csv", 5241, "1999-11-01T00:00:00Z", "2020-08-28T00:00:00Z", As::kBars, ""},
    {"equity_daily/spx_index_1990_2022.csv.gz", 8111, "1990-01-02T00:00:00Z", "2022-03-10T00:00:00Z", As::kBars, ""},
    {"equity_daily/sp500_index_1950_2012_desc.csv.gz", 15821, "1950-01-03T00:00:00Z", "2012-11-15T00:00:00Z", As::kBars,
     ""},
    {"equity_daily/penny_2018_2021.csv", 533, "2018-12-21T00:00:00Z", "2021-02-03T00:00:00Z", As::kBars, ""},
    {"equity_daily/arch_sp500_1999_2018.csv.gz", 5031, "1999-01-04T00:00:00Z", "2018-12-31T00:00:00Z", As::kBars, ""},
    {"panel/sp500_20stocks_1990_2022.csv.gz", 8313, "1990-01-02T00:00:00Z", "2022-12-28T00:00:00Z", As::kTable,
     "one column per ticker"},
    {"panel/sp500_index_1990_2022.csv.gz", 8313, "1990-01-02T00:00:00Z", "2022-12-28T00:00:00Z", As::kBars, ""},
    {"panel/factors_etf_2014_2022.csv.gz", 2264, "2014-01-02T00:00:00Z", "2022-12-28T00:00:00Z", As::kTable,
     "one column per ticker"},
    {"panel/stocks20_1989_2018_nan.csv.gz", 7126, "1989-12-29T00:00:00Z", "2018-04-11T00:00:00Z", As::kTable,
     "one column per ticker"},
    {"panel/stocks_1990_2024_nan.csv.gz", 8796, "1990-01-02T00:00:00Z", "2024-11-29T00:00:00Z", As::kTable,
     "one column per ticker"},
    {"panel/spy_prices.csv", 8017, "1993-01-29T00:00:00Z", "2024-11-29T00:00:00Z", As::kBars, ""},
    {"corporate_actions/wiki_4tickers_2014.zip", 916, "2014-01-02T00:00:00Z", "2014-12-31T00:00:00Z", As::kTable,
     "four tickers below each other"},
    {"corporate_actions/aapl_2012_2014_divsplit.csv.gz", 754, "2012-01-03T00:00:00Z", "2014-12-31T00:00:00Z", As::kBars,
     ""},
    {"corporate_actions/msft_2012_2014_divsplit.csv.gz", 754, "2012-01-03T00:00:00Z", "2014-12-31T00:00:00Z", As::kBars,
     ""},
    {"corporate_actions/wiki_orcl_2000.csv", 252, "2000-01-03T00:00:00Z", "2000-12-29T00:00:00Z", As::kBars, ""},
    {"corporate_actions/wiki_aapl_2012.csv", 250, "2012-01-03T00:00:00Z", "2012-12-31T00:00:00Z", As::kBars, ""},
    {"intraday/spy_1m_2011_03.csv.gz", 17577, "2011-03-01T09:01:00Z", "2011-03-31T23:59:00Z", As::kBars, ""},
    {"intraday/spy_1m_2020_12_15_18.csv", 1564, "2020-12-15T09:30:00Z", "2020-12-18T16:00:00Z", As::kBars, ""},
    {"intraday/eurostoxx50_fut_1m_2006.csv.gz", 30889, "2006-01-02T09:01:00Z", "2006-02-27T22:00:00Z", As::kBars, ""},
    {"fx/eurusd_1h_2017_2018.csv", 5000, "2017-04-19T09:00:00Z", "2018-02-07T15:00:00Z", As::kBars, ""},
    {"fx/eurusd_1h_2007_2018_bidask.zip", 74439, "2007-01-01T21:00:00Z", "2018-12-31T21:00:00Z", As::kBars, ""},
    {"fx/usdjpy_1h_mt5_points.csv.gz", 57600, "2012-11-16T12:00:00Z", "2022-03-04T23:00:00Z", As::kBars, ""},
    {"fx/eurusd_1m_201701.csv.gz", 31500, "2017-01-02T02:00:00Z", "2017-01-31T23:58:00Z", As::kBars, ""},
    {"fx/eurusd_1m_201702.csv.gz", 28779, "2017-02-01T00:00:00Z", "2017-02-28T23:58:00Z", As::kBars, ""},
    {"fx/eurusd_1m_201703.csv.gz", 32660, "2017-03-01T00:00:00Z", "2017-03-31T16:58:00Z", As::kBars, ""},
    {"fx/eurusd_1m_201704.csv.gz", 29161, "2017-04-02T17:00:00Z", "2017-04-30T23:58:00Z", As::kBars, ""},
    {"fx/usdjpy_1m_bid_2013_02.csv.gz", 28761, "2013-02-01T00:00:00Z", "2013-03-01T00:00:00Z", As::kBars, ""},
    {"fx/usdjpy_1m_ask_2013_02.csv.gz", 28761, "2013-02-01T00:00:00Z", "2013-03-01T00:00:00Z", As::kBars, ""},
    {"fx/exchange_rates_monthly.csv.gz", 17237, "1971-01-01T00:00:00Z", "2026-06-01T00:00:00Z", As::kTable,
     "many countries below each other"},
    {"fx/eurusd_1h_2017_gym.csv.gz", 6225, "2017-01-01T22:00:00Z", "2017-12-29T21:00:00Z", As::kBars, ""},
    {"crypto/ethbtc_5m_2018_01.feather", 5760, "2018-01-10T04:55:00Z", "2018-01-30T04:50:00Z", As::kBars, ""},
    {"crypto/xmrbtc_5m_2018_01.feather", 5758, "2018-01-10T04:55:00Z", "2018-01-30T04:50:00Z", As::kBars, ""},
    {"crypto/nxtbtc_5m_2018_01.feather", 5760, "2018-01-10T04:55:00Z", "2018-01-30T04:50:00Z", As::kBars, ""},
    {"crypto/dashbtc_5m_2018_01.feather", 5758, "2018-01-10T04:55:00Z", "2018-01-30T04:50:00Z", As::kBars, ""},
    {"crypto/unittest_btc_1m_2017_11.feather", 13681, "2017-11-04T23:02:00Z", "2017-11-14T22:59:00Z", As::kBars, ""},
    {"crypto/xrpeth_1m_2019_10.feather", 2469, "2019-10-11T00:00:00Z", "2019-10-13T11:19:00Z", As::kBars, ""},
    {"crypto/xrpusdt_perp_5m_2021_11.feather", 1999, "2021-11-15T00:00:00Z", "2021-11-21T22:30:00Z", As::kBars, ""},
    {"crypto/xrpusdt_funding_8h_2021.feather", 91, "2021-11-18T00:00:00.017Z", "2021-12-18T00:00:00.014Z", As::kTable,
     "funding rates in the column open, zeros elsewhere"},
    {"crypto/btcperp_1m_2022_01.csv.gz", 45031, "2021-12-31T23:01:00Z", "2022-02-01T05:31:00Z", As::kBars, ""},
    {"crypto/btcusd_coinbase_1h_2017_2019.csv.gz", 20111, "2017-07-01T11:00:00Z", "2019-10-17T09:00:00Z", As::kSort,
     ""},
    {"crypto/btcusd_coinbase_1d_2014_2019.csv", 1770, "2014-12-01T00:00:00Z", "2019-10-17T00:00:00Z", As::kBars, ""},
    {"crypto/btcusd_coinbase_4h_2016_2025.json.gz", 20695, "2016-05-18T04:00:00Z", "2025-10-28T00:00:00Z", As::kBars,
     ""},
    {"crypto/btcusd_1mo_2012.csv", 156, "2012-01-31T00:00:00Z", "2024-12-31T00:00:00Z", As::kBars, ""},
    {"crypto/lean_btcusd_1m/20170903_trade.zip", 1440, "2017-09-03T00:00:00Z", "2017-09-03T23:59:00Z", As::kBars, ""},
    {"crypto/lean_btcusd_1m/20170904_trade.zip", 1440, "2017-09-04T00:00:00Z", "2017-09-04T23:59:00Z", As::kBars, ""},
    {"crypto/lean_btcusd_1m/20171217_trade.zip", 1440, "2017-12-17T00:00:00Z", "2017-12-17T23:59:00Z", As::kBars, ""},
    {"crypto/lean_btcusd_1m/20180404_trade.zip", 1007, "2018-04-04T00:00:00Z", "2018-04-04T16:47:00Z", As::kBars, ""},
    {"crypto/lean_btcusd_1m/20180405_trade.zip", 1440, "2018-04-05T00:00:00Z", "2018-04-05T23:59:00Z", As::kBars, ""},
    {"crypto/lean_btcusd_1m/20180406_trade.zip", 1440, "2018-04-06T00:00:00Z", "2018-04-06T23:59:00Z", As::kBars, ""},
    {"dirty/btcusd_named_bitfinex_1h_2017_2019.csv.gz", 17583, "2017-07-01T11:00:00Z", "2019-07-04T01:00:00Z",
     As::kSort, ""},
    {"ticks/bitstamp_btcusd_trades_2011_2012.csv.gz", 9999, "2011-09-13T13:53:36Z", "2012-05-31T08:41:18Z", As::kTable,
     "trades without names"},
    {"ticks/xrpeth_trades_2019_10.parquet", 12477, "2019-10-11T00:00:11.620Z", "2019-10-13T11:19:28.844Z", As::kTable,
     "trades, several at one time"},
    {"ticks/bnb_style_public_trades_2023_02.csv", 1000, "2023-02-02T09:20:00.138Z", "2023-02-02T09:23:27.493Z",
     As::kTable, "trades, several at one time"},
    {"ticks/usdjpy_truefx_2013_01.csv", 1000, "2013-01-01T22:00:00.295Z", "2013-01-01T22:35:13.494Z", As::kTable,
     "quotes"},
    {"ticks/eurusd_fxcm_20140502_quote.zip", 96406, "2014-05-02T00:00:00.611Z", "2014-05-02T15:59:11.909Z", As::kTable,
     "quotes"},
    {"ticks/bchEUR_kraken_trades_2023.csv", 148, "2023-01-01T00:03:56Z", "2023-01-01T23:19:47Z", As::kTable,
     "trades without names"},
    {"ticks/xrp_trades_old_ccxt.json.gz", 12477, "2019-10-11T00:00:11.620Z", "2019-10-13T11:19:28.844Z", As::kTable,
     "trades, several at one time"},
    {"macro/vix_daily.csv.gz", 9235, "1990-01-02T00:00:00Z", "2026-07-23T00:00:00Z", As::kBars, ""},
    {"macro/wti_daily.csv", 10226, "1986-01-02T00:00:00Z", "2026-08-18T00:00:00Z", As::kTable,
     "a negative price on 2020-04-20"},
    {"macro/us_treasury_curve.csv.gz", 6816, "1990-01-02T00:00:00Z", "2017-03-29T00:00:00Z", As::kTable,
     "yields by maturity"},
    {"macro/spy_benchmark_returns.csv.gz", 6357, "1993-02-01T00:00:00Z", "2018-04-27T00:00:00Z", As::kTable,
     "returns, some negative"},
    {"dirty/adx_nan_issue859.csv", 595, "2022-07-25T03:45:00Z", "2022-08-01T03:48:00Z", As::kBars, ""},
    {"dirty/quotes_bad.csv", 502, "2017-01-03T00:00:00Z", "2018-12-31T00:00:00Z", As::kTable,
     "altered by hand: stamps and prices are missing or bad"},
    {"dirty/quotes_mismatch.csv", 502, "2016-01-18T00:00:00Z", "2018-12-31T00:00:00Z", As::kTable,
     "altered by hand: out of order"},
    {"dirty/ticksample.csv", 135, "2015-09-23T20:57:42.146Z", "2015-09-23T21:00:00.238Z", As::kTable,
     "a repeated time"},
};

class SharedData : public ::testing::TestWithParam<SharedFile> {
 protected:
  void SetUp() override {
    if (!testing::has_shared_data()) GTEST_SKIP();
    const std::string file = GetParam().file;
    if (!file.ends_with(".feather") && !file.ends_with(".parquet")) return;
    const auto module = arrow_module_path();
    if (module.ok()) return;
    EXPECT_EQ(module.error().code, ErrorCode::kUnsupported);
    GTEST_SKIP() << module.error().message;
  }
};

TEST_P(SharedData, LoadsAsATable) {
  const SharedFile& expected = GetParam();
  const auto loaded = read_table(testing::shared_data(expected.file));
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->detected.rows, expected.rows);
  EXPECT_EQ(loaded->table.rows(), expected.rows);
  EXPECT_EQ(format_time(loaded->detected.first), expected.first);
  EXPECT_EQ(format_time(loaded->detected.last), expected.last);
}

TEST_P(SharedData, LoadsAsBarsOrIsRefused) {
  const SharedFile& expected = GetParam();
  auto loaded = read_bars(testing::shared_data(expected.file));
  if (expected.as != As::kBars) {
    ASSERT_FALSE(loaded.ok()) << "was to be refused: " << expected.reason;
    EXPECT_EQ(loaded.error().code, ErrorCode::kBadData);
    EXPECT_NE(loaded.error().message.find(expected.file), std::string::npos) << loaded.error().message;
    if (expected.as == As::kTable) return;
    ReadOptions options;
    options.checks.repairs.sort = true;
    loaded = read_bars(testing::shared_data(expected.file), options);
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    EXPECT_EQ(loaded->repairs.sorted_rows, 5U);
  }
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->bars.size(), expected.rows);
  EXPECT_EQ(format_time(loaded->bars.time().front()), expected.first);
  EXPECT_EQ(format_time(loaded->bars.time().back()), expected.last);
}

INSTANTIATE_TEST_SUITE_P(All, SharedData, ::testing::ValuesIn(kFiles), [](const auto& chosen) {
  std::string name = chosen.param.file;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
});

}  // namespace
}  // namespace peak::io
