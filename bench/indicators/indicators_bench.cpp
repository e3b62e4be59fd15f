// Nanoseconds a bar of every indicator of the registry, with its default parameters: `time per item` of the output.
//
// 10k bars stay in the caches, 1M bars show the memory; Streaming is one update() of the definition. Outputs are
// reused, so no page is touched for the first time. The market is a random walk on ticks of 0.01 with a fixed seed.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "peak/indicators/ema.hpp"
#include "peak/indicators/registry.hpp"
#include "peak/indicators/sma.hpp"
#include "peak/indicators/stddev.hpp"

namespace {

struct Market {
  explicit Market(std::size_t size) : high(size), low(size), close(size) {
    std::mt19937_64 random(20240601);
    double ticks = 10'000;
    for (std::size_t i = 0; i < size; ++i) {
      ticks += static_cast<double>(random() % 9) - 4.0;
      if (ticks < 1000) ticks = 10'000;
      close[i] = ticks * 0.01;
      high[i] = close[i] + static_cast<double>(random() % 5) * 0.01;
      low[i] = close[i] - static_cast<double>(random() % 5) * 0.01;
    }
  }
  [[nodiscard]] std::span<const double> column(const std::string& name) const {
    return name == "high" ? high : name == "low" ? low : close;
  }
  std::vector<double> high, low, close;
};

void per_bar(benchmark::State& state, std::size_t bars) {
  const auto items = static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(bars);
  state.SetItemsProcessed(items);
  state.counters["ns_per_bar"] =
      benchmark::Counter(static_cast<double>(items) * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void batch(benchmark::State& state, const peak::indicators::IndicatorInfo* info) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const Market market(size);
  std::vector<std::span<const double>> inputs;
  for (const char* name : info->inputs) inputs.push_back(market.column(name));
  std::vector<double> parameters;
  for (const auto& parameter : info->parameters) parameters.push_back(parameter.default_value);
  std::vector<std::vector<double>> outputs(info->outputs.size(), std::vector<double>(size));
  const std::vector<std::span<double>> views(outputs.begin(), outputs.end());
  for (auto _ : state) {
    info->compute({inputs, parameters, views});
    benchmark::ClobberMemory();
  }
  per_bar(state, size);
}

template <class Indicator>
void streaming(benchmark::State& state) {
  constexpr std::size_t kBars = 10'000;
  const Market market(kBars);
  for (auto _ : state) {
    Indicator indicator(20);
    for (const double value : market.close) benchmark::DoNotOptimize(indicator.update(value));
  }
  per_bar(state, kBars);
}

BENCHMARK(streaming<peak::indicators::Sma>)->Name("Streaming/sma");
BENCHMARK(streaming<peak::indicators::Ema>)->Name("Streaming/ema");
BENCHMARK(streaming<peak::indicators::Stddev>)->Name("Streaming/stddev");

const bool kRegistered = [] {
  for (const auto& info : peak::indicators::registry()) {
    benchmark::RegisterBenchmark((std::string("Batch/") + info.name).c_str(), batch, &info)
        ->Arg(10'000)
        ->Arg(1'000'000);
  }
  return true;
}();

}  // namespace
