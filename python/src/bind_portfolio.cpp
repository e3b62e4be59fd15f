// peaktrade.Portfolio: the books of a live or paper account.
#include <nanobind/stl/string.h>

#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "peak/trading/portfolio.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

std::size_t symbol_of(const Portfolio& portfolio, nb::handle symbol) {
  if (PyUnicode_Check(symbol.ptr())) return value_or_raise(portfolio.find(nb::cast<std::string>(symbol)));
  raise_type_error("a symbol must be a text, not " + nb::cast<std::string>(nb::repr(symbol)));
}

void construct(Portfolio* self, nb::handle cash, nb::handle symbols, nb::handle multipliers) {
  Portfolio portfolio = value_or_raise(Portfolio::create(number_of(cash, "cash")));
  const bool has_multipliers = !multipliers.is_none();
  if (has_multipliers && !PyDict_Check(multipliers.ptr())) {
    raise_type_error("multipliers must be a dict of symbols to numbers");
  }
  if (!symbols.is_none()) {
    if (PyUnicode_Check(symbols.ptr())) raise_type_error("symbols must be a list of texts, not one text");
    for (const nb::handle symbol : nb::iter(symbols)) {
      if (!PyUnicode_Check(symbol.ptr())) raise_type_error("a symbol must be a text");
      value_or_raise(portfolio.add_symbol(nb::cast<std::string>(symbol)));
    }
  }
  if (has_multipliers) {
    Portfolio with(portfolio.cash());
    std::size_t used = 0;
    const auto given = nb::borrow<nb::dict>(multipliers);
    for (const std::string& name : portfolio.symbols()) {
      const bool has = given.contains(name.c_str());
      used += has;
      value_or_raise(with.add_symbol(name, has ? number_of(given[name.c_str()], "multiplier") : 1));
    }
    if (used != given.size()) {
      for (const auto& [name, value] : given) (void)symbol_of(portfolio, name);
    }
    portfolio = std::move(with);
  }
  new (self) Portfolio(std::move(portfolio));
}

void update_from_mapping(Portfolio& self, nb::handle prices) {
  std::vector<std::pair<std::size_t, double>> found;
  const auto add = [&](nb::handle symbol, nb::handle price) {
    found.emplace_back(symbol_of(self, symbol), number_of(price, "price"));
  };
  if (PyDict_Check(prices.ptr())) {
    for (const auto& [symbol, price] : nb::borrow<nb::dict>(prices)) add(symbol, price);
  } else {
    for (const nb::handle pair : prices.attr("items")()) add(pair[0], pair[1]);
  }
  for (const auto& [symbol, price] : found) {
    if (std::isinf(price)) check(self.update_price(symbol, price));  // refuses, before anything has changed
  }
  for (const auto& [symbol, price] : found) check(self.update_price(symbol, price));
}

void update(Portfolio& self, nb::handle prices) {
  if (PyDict_Check(prices.ptr()) || nb::hasattr(prices, "items")) return update_from_mapping(self, prices);
  const Column column = column_of("prices", prices);
  if (column.type() == ColumnType::kFloat64) return check(self.update_prices(column.float64s()));
  if (column.type() != ColumnType::kInt64) raise_type_error("prices must be numbers");
  const std::span<const std::int64_t> whole = column.int64s();
  check(self.update_prices(std::vector<double>(whole.begin(), whole.end())));
}

nb::dict position_dict(const Portfolio& self, std::size_t symbol) {
  const Portfolio::Position position = self.position(symbol);
  nb::dict out;
  out["units"] = position.units;
  out["average_price"] = position.average_price;
  out["price"] = position.price;
  out["value"] = position.value;
  out["open_pnl"] = position.open_pnl;
  out["realised_pnl"] = position.realised_pnl;
  out["fees"] = position.fees;
  return out;
}

std::string shown(const Portfolio& self) {
  const auto text = [](double value) { return nb::cast<std::string>(nb::str(nb::float_(value))); };
  return "Portfolio(" + std::to_string(self.size()) + " symbols, value=" + text(self.value()) +
         ", cash=" + text(self.cash()) + ", realised_pnl=" + text(self.realised_pnl()) +
         ", open_pnl=" + text(self.open_pnl()) + ")";
}

}  // namespace

void bind_portfolio(nb::module_& module) {
  nb::class_<Portfolio>(module, "Portfolio",
                        "The books of a live or paper account: what is held, what it is worth, what it has earned.\n\n"
                        "It records facts: a fill is booked whether it could be afforded or not. Quantities are "
                        "signed, profit and loss go by average cost, and value == contributed + realised_pnl + "
                        "open_pnl.")
      .def("__init__", &construct, "cash"_a = 10'000, "symbols"_a = nb::none(), nb::kw_only(),
           "multipliers"_a = nb::none(),
           nb::sig("def __init__(self, cash: float = 10000, symbols: collections.abc.Iterable[str] | None = None, *, "
                   "multipliers: dict[str, float] | None = None) -> None"))
      .def(
          "add_symbol",
          [](Portfolio& self, std::string name, nb::handle multiplier) {
            return value_or_raise(self.add_symbol(std::move(name), number_of(multiplier, "multiplier")));
          },
          "symbol"_a, "multiplier"_a = 1, nb::sig("def add_symbol(self, symbol: str, multiplier: float = 1) -> int"),
          "Adds a symbol; gives its place in the array of prices.")
      .def("update", &update, "prices"_a,
           nb::sig("def update(self, prices: collections.abc.Sequence[float] | collections.abc.Mapping[str, float] | "
                   "typing.Any) -> None"),
           "New prices: an array with one for each symbol in their order, or a mapping of some symbols to prices. NaN "
           "keeps the last price.")
      .def(
          "apply_fill",
          [](Portfolio& self, nb::handle symbol, nb::handle quantity, nb::handle price, nb::handle fee) {
            check(self.apply_fill(symbol_of(self, symbol), number_of(quantity, "quantity"), number_of(price, "price"),
                                  number_of(fee, "fee")));
          },
          "symbol"_a, "quantity"_a, "price"_a, "fee"_a = 0,
          nb::sig("def apply_fill(self, symbol: str, quantity: float, price: float, fee: float = 0) -> None"),
          "Books a fill; quantity is above 0 for a purchase, below for a sale.")
      .def(
          "apply_payment",
          [](Portfolio& self, nb::handle symbol, nb::handle amount) {
            check(self.apply_payment(symbol_of(self, symbol), number_of(amount, "amount")));
          },
          "symbol"_a, "amount"_a, nb::sig("def apply_payment(self, symbol: str, amount: float) -> None"),
          "Money that a symbol brings (dividend, funding), or costs if below 0.")
      .def(
          "apply_split",
          [](Portfolio& self, nb::handle symbol, nb::handle ratio) {
            check(self.apply_split(symbol_of(self, symbol), number_of(ratio, "ratio")));
          },
          "symbol"_a, "ratio"_a, nb::sig("def apply_split(self, symbol: str, ratio: float) -> None"),
          "Each unit becomes ratio units at price / ratio.")
      .def(
          "deposit", [](Portfolio& self, nb::handle amount) { check(self.deposit(number_of(amount, "amount"))); },
          "amount"_a, nb::sig("def deposit(self, amount: float) -> None"),
          "Money from outside, or taken out if below 0; no profit.")
      .def_prop_ro(
          "symbols",
          [](const Portfolio& self) {
            nb::list names;
            for (const std::string& name : self.symbols()) names.append(nb::str(name.data(), name.size()));
            return names;
          },
          nb::sig("def symbols(self) -> list[str]"))
      .def_prop_ro("cash", &Portfolio::cash)
      .def_prop_ro("contributed", &Portfolio::contributed, "Starting cash and deposits.")
      .def_prop_ro("value", &Portfolio::value, "Cash and all positions at their prices.")
      .def_prop_ro("exposure", &Portfolio::gross_exposure, "Sum of the sizes of all position values, in currency.")
      .def_prop_ro("net_exposure", &Portfolio::net_exposure, "Sum of all position values, shorts negative.")
      .def_prop_ro("open_pnl", &Portfolio::open_pnl)
      .def_prop_ro("realised_pnl", &Portfolio::realised_pnl, "Of closed parts and payments, less all fees.")
      .def_prop_ro("fees", &Portfolio::fees)
      .def(
          "weight", [](const Portfolio& self, nb::handle symbol) { return self.weight(symbol_of(self, symbol)); },
          "symbol"_a, nb::sig("def weight(self, symbol: str) -> float"), "Position value as a fraction of value.")
      .def(
          "position",
          [](const Portfolio& self, nb::handle symbol) { return position_dict(self, symbol_of(self, symbol)); },
          "symbol"_a, nb::sig("def position(self, symbol: str) -> dict[str, float]"),
          "units, average_price, price, value, open_pnl, realised_pnl and fees of a symbol.")
      .def_prop_ro(
          "positions",
          [](const Portfolio& self) {
            nb::dict out;
            for (std::size_t i = 0; i < self.size(); ++i) {
              if (self.units(i) != 0) out[self.symbols()[i].c_str()] = position_dict(self, i);
            }
            return out;
          },
          nb::sig("def positions(self) -> dict[str, dict[str, float]]"), "Of every symbol that is held.")
      .def("__len__", &Portfolio::size)
      .def("__repr__", &shown);
}

}  // namespace peak::python
