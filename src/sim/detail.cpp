#include "sim/detail.hpp"

#include "peak/market/periods.hpp"

namespace peak::sim {

Status check_detail(const Bars& bars, const Bars& finer) {
  if (finer.size() < 2 || bars.size() < 2) return {};
  const Nanoseconds step = modal_step(bars.time());
  if (finer.time().back() < bars.time().front() || finer.time().front() >= bars.time().back() + step) {
    return bad_data("detail lies inside none of the data's bars: it goes from " + format_time(finer.time().front()) +
                    " to " + format_time(finer.time().back()) + ", they begin at " + format_time(bars.time().front()) +
                    "; are its times in another zone?");
  }
  if (modal_step(finer.time()) < step) return {};
  return invalid_argument("detail must be finer bars than the data: both have a bar about every " +
                          std::to_string(modal_step(finer.time()) / kNanosecondsPerSecond) +
                          " s; give, say, minutes for days");
}

Detail::Detail(const Bars& bars, const Bars* finer) : bars_(bars), finer_(finer) {
  if (finer_ != nullptr) step_ = modal_step(bars.time());
}

std::span<const BarPrices> Detail::of(std::size_t t) {
  inside_.clear();
  if (finer_ == nullptr) return {};
  const auto time = finer_->time();
  const Nanoseconds begin = bars_.time()[t];
  const Nanoseconds end = t + 1 < bars_.size() ? bars_.time()[t + 1] : begin + step_;
  while (next_ < time.size() && time[next_] < begin) ++next_;
  for (; next_ < time.size() && time[next_] < end; ++next_) {
    inside_.push_back({finer_->open()[next_], finer_->high()[next_], finer_->low()[next_], finer_->close()[next_]});
  }
  return inside_;
}

const Bars* finer_bars(const Panel* finer, const std::string& symbol) {
  if (finer == nullptr) return nullptr;
  const auto s = finer->find(symbol);
  return s.ok() ? &finer->series(*s) : nullptr;
}

Status PanelDetail::check(const Panel& panel, const Panel* finer) {
  for (std::size_t k = 0; finer != nullptr && k < finer->symbols(); ++k) {
    const auto s = panel.find(finer->symbol(k));
    if (!s.ok()) return s.error().within("detail");
    Status good = check_detail(panel.series(*s), finer->series(k));
    if (!good.ok()) return std::move(good).error().within("symbol '" + finer->symbol(k) + "'");
  }
  return {};
}

PanelDetail::PanelDetail(const Panel& panel, const Panel* finer) : panel_(panel) {
  for (std::uint32_t s = 0; s < panel.symbols(); ++s) {
    const Bars* const inside = finer_bars(finer, panel.symbol(s));
    if (inside != nullptr) of_symbols_.emplace_back(s, Detail(panel.series(s), inside));
  }
}

void PanelDetail::give(std::size_t t, Broker& broker) {
  for (auto& [symbol, detail] : of_symbols_) {
    if (!panel_.has_bar(symbol, t)) continue;
    const auto inside = detail.of(static_cast<std::size_t>(panel_.row(symbol, t)));
    if (!inside.empty()) broker.set_detail(symbol, inside);
  }
}

}  // namespace peak::sim
