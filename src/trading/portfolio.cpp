#include "peak/trading/portfolio.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "peak/base/suggest.hpp"

namespace peak {
namespace {

constexpr double kNothingLeft = 1e-12;

Error not_a_number(const std::string& what, double value) {
  return invalid_argument(what + " is " + std::to_string(value) + ", but must be a finite number");
}

double sum(const std::vector<double>& values) noexcept {
  double total = 0;
  for (const double value : values) total += value;
  return total;
}

}  // namespace

Result<Portfolio> Portfolio::create(double cash) {
  if (!std::isfinite(cash)) return not_a_number("cash", cash);
  return Portfolio(cash);
}

Result<std::size_t> Portfolio::add_symbol(std::string name, double multiplier) {
  if (name.empty()) return invalid_argument("a symbol of a portfolio must have a name");
  if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
    return invalid_argument("the portfolio has the symbol '" + name + "' already");
  }
  if (!(multiplier > 0) || std::isinf(multiplier)) {
    return invalid_argument("the multiplier of '" + name + "' is " + std::to_string(multiplier) +
                            ", but must be a finite number above 0 (1 for shares, 50 for a contract of 50)");
  }
  names_.push_back(std::move(name));
  for (std::vector<double>* column : {&units_, &averages_, &prices_, &realised_, &fees_}) column->push_back(0);
  multipliers_.push_back(multiplier);
  priced_.push_back(0);
  return names_.size() - 1;
}

Result<std::size_t> Portfolio::find(std::string_view name) const {
  const auto place = std::find(names_.begin(), names_.end(), name);
  if (place != names_.end()) return static_cast<std::size_t>(place - names_.begin());
  return not_found("the portfolio has no symbol '" + std::string(name) + "'" + suggestion(name, names_) +
                   "; add it first");
}

Status Portfolio::check_symbol(std::size_t symbol) const {
  if (symbol < size()) return {};
  return invalid_argument("symbol number " + std::to_string(symbol) + " was given, but the portfolio has " +
                          std::to_string(size()) + " symbols, numbered from 0");
}

Status Portfolio::update_prices(std::span<const double> prices) {
  if (prices.size() != size()) {
    return invalid_argument(std::to_string(prices.size()) + " prices were given for " + std::to_string(size()) +
                            " symbols: give one for each, in their order, NaN where there is none");
  }
  bool infinite = false;
  for (const double price : prices) infinite |= std::fabs(price) > std::numeric_limits<double>::max();
  if (infinite) {
    const auto bad = std::find_if(prices.begin(), prices.end(), [](double price) { return std::isinf(price); });
    return not_a_number("the price of '" + names_[static_cast<std::size_t>(bad - prices.begin())] + "'", *bad);
  }
  for (std::size_t i = 0; i < prices.size(); ++i) {
    const bool known = prices[i] == prices[i];
    prices_[i] = known ? prices[i] : prices_[i];
    priced_[i] = static_cast<unsigned char>(priced_[i] | static_cast<unsigned char>(known));
  }
  return {};
}

Status Portfolio::update_price(std::size_t symbol, double price) {
  PEAK_RETURN_IF_ERROR(check_symbol(symbol));
  if (std::isinf(price)) return not_a_number("the price of '" + names_[symbol] + "'", price);
  if (std::isnan(price)) return {};
  prices_[symbol] = price;
  priced_[symbol] = 1;
  return {};
}

Status Portfolio::apply_fill(std::size_t symbol, double quantity, double price, double fee) {
  PEAK_RETURN_IF_ERROR(check_symbol(symbol));
  const std::string& name = names_[symbol];
  if (!std::isfinite(quantity)) return not_a_number("the quantity of a fill of '" + name + "'", quantity);
  if (quantity == 0) return invalid_argument("a fill of '" + name + "' has the quantity 0");
  if (!std::isfinite(price)) return not_a_number("the price of a fill of '" + name + "'", price);
  if (!std::isfinite(fee)) return not_a_number("the fee of a fill of '" + name + "'", fee);
  const double cost = quantity * price * multipliers_[symbol];
  if (!std::isfinite(cost)) return not_a_number("the value of a fill of '" + name + "'", cost);
  cash_ -= cost + fee;
  fees_[symbol] += fee;
  realised_[symbol] -= fee;
  if (priced_[symbol] == 0) {
    prices_[symbol] = price;
    priced_[symbol] = 1;
  }
  book(symbol, quantity, price);
  return {};
}

void Portfolio::book(std::size_t symbol, double quantity, double price) noexcept {
  const double held = units_[symbol], average = averages_[symbol];
  const double after = held + quantity;
  const bool adds = held == 0 || (held > 0) == (quantity > 0);
  if (adds) {
    averages_[symbol] = (average * held + price * quantity) / after;
    units_[symbol] = after;
    return;
  }
  const double closed = std::fabs(quantity) < std::fabs(held) ? -quantity : held;
  realised_[symbol] += (price - average) * closed * multipliers_[symbol];
  const bool flat = std::fabs(after) <= kNothingLeft * std::max(std::fabs(held), std::fabs(quantity));
  units_[symbol] = flat ? 0 : after;
  if (flat) {
    averages_[symbol] = 0;
  } else if ((after > 0) != (held > 0)) {
    averages_[symbol] = price;
  }
}

Status Portfolio::apply_payment(std::size_t symbol, double amount) {
  PEAK_RETURN_IF_ERROR(check_symbol(symbol));
  if (!std::isfinite(amount)) return not_a_number("a payment of '" + names_[symbol] + "'", amount);
  cash_ += amount;
  realised_[symbol] += amount;
  return {};
}

Status Portfolio::apply_split(std::size_t symbol, double ratio) {
  PEAK_RETURN_IF_ERROR(check_symbol(symbol));
  if (!(ratio > 0) || std::isinf(ratio)) {
    return invalid_argument("the ratio of a split of '" + names_[symbol] + "' is " + std::to_string(ratio) +
                            ", but must be a finite number above 0 (2 when one unit becomes two)");
  }
  units_[symbol] *= ratio;
  averages_[symbol] /= ratio;
  prices_[symbol] /= ratio;
  return {};
}

Status Portfolio::deposit(double amount) {
  if (!std::isfinite(amount)) return not_a_number("a deposit", amount);
  cash_ += amount;
  contributed_ += amount;
  return {};
}

double Portfolio::value() const noexcept {
  double total = cash_;
  for (std::size_t i = 0; i < size(); ++i) total += position_value(i);
  return total;
}

double Portfolio::gross_exposure() const noexcept {
  double total = 0;
  for (std::size_t i = 0; i < size(); ++i) total += std::fabs(position_value(i));
  return total;
}

double Portfolio::net_exposure() const noexcept {
  double total = 0;
  for (std::size_t i = 0; i < size(); ++i) total += position_value(i);
  return total;
}

double Portfolio::open_pnl() const noexcept {
  double total = 0;
  for (std::size_t i = 0; i < size(); ++i) total += (prices_[i] - averages_[i]) * units_[i] * multipliers_[i];
  return total;
}

double Portfolio::realised_pnl() const noexcept { return sum(realised_); }
double Portfolio::fees() const noexcept { return sum(fees_); }

Portfolio::Position Portfolio::position(std::size_t symbol) const noexcept {
  Position position;
  position.units = units_[symbol];
  position.average_price = averages_[symbol];
  position.price = priced_[symbol] != 0 ? prices_[symbol] : std::numeric_limits<double>::quiet_NaN();
  position.value = position_value(symbol);
  position.open_pnl = (prices_[symbol] - averages_[symbol]) * units_[symbol] * multipliers_[symbol];
  position.realised_pnl = realised_[symbol];
  position.fees = fees_[symbol];
  return position;
}

double Portfolio::weight(std::size_t symbol) const noexcept {
  const double all = value();
  return all > 0 ? position_value(symbol) / all : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace peak
