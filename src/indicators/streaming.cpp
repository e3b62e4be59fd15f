#include "peak/indicators/streaming.hpp"

#include <utility>

#include "peak/indicators/adx.hpp"
#include "peak/indicators/atr.hpp"
#include "peak/indicators/bollinger.hpp"
#include "peak/indicators/donchian.hpp"
#include "peak/indicators/ema.hpp"
#include "peak/indicators/highest.hpp"
#include "peak/indicators/log_returns.hpp"
#include "peak/indicators/lowest.hpp"
#include "peak/indicators/macd.hpp"
#include "peak/indicators/momentum.hpp"
#include "peak/indicators/returns.hpp"
#include "peak/indicators/roc.hpp"
#include "peak/indicators/rsi.hpp"
#include "peak/indicators/sma.hpp"
#include "peak/indicators/stddev.hpp"
#include "peak/indicators/stochastic.hpp"
#include "peak/indicators/sum.hpp"
#include "peak/indicators/true_range.hpp"
#include "peak/indicators/variance.hpp"
#include "peak/indicators/wma.hpp"

namespace peak::indicators {
namespace {

using Made = std::unique_ptr<StreamingIndicator>;
using Parameters = std::span<const double>;

int whole(double parameter) { return static_cast<int>(parameter); }

/// An indicator with the function that feeds it.
template <class State, class Update>
class Streaming final : public StreamingIndicator {
 public:
  Streaming(State state, Update update) : state_(std::move(state)), update_(update) {}
  void update(const double* inputs, double* outputs) override { update_(state_, inputs, outputs); }

 private:
  State state_;
  Update update_;
};

template <class State, class Update>
Made streaming(State state, Update update) {
  return std::make_unique<Streaming<State, Update>>(std::move(state), update);
}

/// Of one value, with one output.
template <class State>
Made single(State state) {
  return streaming(std::move(state), [](State& s, const double* in, double* out) { out[0] = s.update(in[0]); });
}

/// Of high, low and close, with one output.
template <class State>
Made of_bars(State state) {
  return streaming(std::move(state),
                   [](State& s, const double* in, double* out) { out[0] = s.update(in[0], in[1], in[2]); });
}

struct Entry {
  std::string_view name;
  Made (*make)(Parameters);
};

constexpr Entry kEntries[] = {
    {"sma", [](Parameters p) { return single(Sma(whole(p[0]))); }},
    {"ema", [](Parameters p) { return single(Ema(whole(p[0]))); }},
    {"wma", [](Parameters p) { return single(Wma(whole(p[0]))); }},
    {"rsi", [](Parameters p) { return single(Rsi(whole(p[0]))); }},
    {"sum", [](Parameters p) { return single(Sum(whole(p[0]))); }},
    {"stddev", [](Parameters p) { return single(Stddev(whole(p[0]), whole(p[1]))); }},
    {"variance", [](Parameters p) { return single(Variance(whole(p[0]), whole(p[1]))); }},
    {"highest", [](Parameters p) { return single(Highest(whole(p[0]))); }},
    {"lowest", [](Parameters p) { return single(Lowest(whole(p[0]))); }},
    {"returns", [](Parameters p) { return single(Returns(whole(p[0]))); }},
    {"log_returns", [](Parameters p) { return single(LogReturns(whole(p[0]))); }},
    {"roc", [](Parameters p) { return single(Roc(whole(p[0]))); }},
    {"momentum", [](Parameters p) { return single(Momentum(whole(p[0]))); }},
    {"atr", [](Parameters p) { return of_bars(Atr(whole(p[0]))); }},
    {"true_range", [](Parameters) { return of_bars(TrueRange()); }},
    {"adx", [](Parameters p) { return of_bars(Adx(whole(p[0]))); }},
    {"plus_di",
     [](Parameters p) {
       return streaming(DirectionalMovement(whole(p[0])),
                        [](auto& s, const double* in, double* out) { out[0] = s.update(in[0], in[1], in[2]).plus_di; });
     }},
    {"minus_di",
     [](Parameters p) {
       return streaming(DirectionalMovement(whole(p[0])), [](auto& s, const double* in, double* out) {
         out[0] = s.update(in[0], in[1], in[2]).minus_di;
       });
     }},
    {"bollinger",
     [](Parameters p) {
       return streaming(Bollinger(whole(p[0]), p[1]), [](auto& s, const double* in, double* out) {
         const BollingerBands bands = s.update(in[0]);
         out[0] = bands.upper, out[1] = bands.middle, out[2] = bands.lower;
       });
     }},
    {"macd",
     [](Parameters p) {
       return streaming(Macd(whole(p[0]), whole(p[1]), whole(p[2])), [](auto& s, const double* in, double* out) {
         const MacdValues values = s.update(in[0]);
         out[0] = values.line, out[1] = values.signal, out[2] = values.histogram;
       });
     }},
    {"donchian",
     [](Parameters p) {
       return streaming(Donchian(whole(p[0])), [](auto& s, const double* in, double* out) {
         const DonchianChannel channel = s.update(in[0], in[1]);
         out[0] = channel.upper, out[1] = channel.middle, out[2] = channel.lower;
       });
     }},
    {"stochastic",
     [](Parameters p) {
       return streaming(Stochastic(whole(p[0]), whole(p[1]), whole(p[2])), [](auto& s, const double* in, double* out) {
         const StochasticValues values = s.update(in[0], in[1], in[2]);
         out[0] = values.k, out[1] = values.d;
       });
     }},
};

}  // namespace

Made make_streaming(std::string_view name, Parameters parameters) {
  for (const Entry& entry : kEntries) {
    if (entry.name == name) return entry.make(parameters);
  }
  return nullptr;
}

}  // namespace peak::indicators
