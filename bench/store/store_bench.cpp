// Trades into a trade store: the columns of a file or frame, checked already, in one transaction.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "peak/store/trade_store.hpp"

namespace peak::store {
namespace {

Table trades(std::size_t rows) {
  std::vector<std::int32_t> symbol(rows), side(rows);
  std::vector<double> quantity(rows), price(rows);
  std::vector<std::int64_t> timestamp(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    symbol[i] = static_cast<std::int32_t>(i * 2654435761U % 6);
    side[i] = static_cast<std::int32_t>(i % 2);
    quantity[i] = 1.0 + static_cast<double>(i * 40503U % 500);
    price[i] = 100.0 + static_cast<double>(i * 2654435761U % 10'000) * 0.01;
    timestamp[i] = 1'600'000'000'000'000'000 + static_cast<std::int64_t>(i) * 100'000'000;
  }
  return {{Column::own("symbol", std::move(symbol), {"BTC/USD", "ETH/USD", "SOL/USD", "ADA/USD", "XRP/USD", "DOT/USD"}),
           Column::own("side", std::move(side), {"buy", "sell"}), Column::own("quantity", std::move(quantity)),
           Column::own("price", std::move(price)), Column::own("timestamp", std::move(timestamp), ColumnType::kTime)}};
}

void remove_store(const std::string& path) {
  for (const char* end : {"", "-wal", "-shm"}) std::remove((path + end).c_str());
}

/// Checking the columns is part of the work, as it is from Python.
void insert_trades(benchmark::State& state) {
  const Table table = trades(static_cast<std::size_t>(state.range(0)));
  const char* folder = std::getenv("TMPDIR");
  const std::string path =
      std::string(folder == nullptr ? "." : folder) + "/store_bench_" + std::to_string(::getpid()) + ".db";
  for (auto _ : state) {
    state.PauseTiming();
    remove_store(path);
    Result<TradeStore> store = TradeStore::open(path);
    state.ResumeTiming();
    if (!store.ok()) return state.SkipWithError(store.error().message.c_str());
    const Result<TradeColumns> columns = trade_columns(table);
    const Result<std::int64_t> done = columns.ok() ? store->insert_trades(*columns) : columns.error();
    if (!done.ok()) return state.SkipWithError(done.error().message.c_str());
  }
  remove_store(path);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(insert_trades)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(1)->UseRealTime();

}  // namespace
}  // namespace peak::store
