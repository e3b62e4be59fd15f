// Random values of every kind, for tests that must hold for all of them.
#pragma once

#include <algorithm>
#include <limits>
#include <random>
#include <string>

#include "peak/value/value.hpp"

namespace peak::value {

class GeneratedValues {
 public:
  explicit GeneratedValues(unsigned seed) : random_(seed) {}

  Value value(int depth = 4) {
    switch (number(depth == 0 ? 12 : 18)) {
      case 0: return {};
      case 1: return number(2) == 0;
      case 2: return static_cast<std::int64_t>(random_());
      case 3: return BigInteger{number(2) == 0, bytes(9 + number(30)) + "\x01"};
      case 4: return std::uniform_real_distribution<double>(-1e9, 1e9)(random_);
      case 5: return Text{bytes(number(40))};
      case 6: return Bytes{bytes(number(40))};
      case 7:
        return DateTime{static_cast<std::int64_t>(random_() >> 8), -18'000'000'000, "America/New_York",
                        static_cast<DateTime::Zone>(number(3)), number(2) == 0};
      case 8: return CalendarDate{static_cast<std::int64_t>(number(40000)) - 20000};
      case 9: return TimeDelta{-999'999'999, 86'399'999'999};
      case 10: return Decimal{"-1.2300E+5"};
      case 11: {
        Uuid uuid;
        for (std::byte& byte : uuid.bytes) byte = static_cast<std::byte>(random_());
        return uuid;
      }
      case 12: return List{values(depth)};
      case 13: return Tuple{values(depth)};
      case 14: return dict(depth);
      case 15: return record(depth);
      case 16: return array();
      default: return table();
    }
  }

  std::size_t number(std::size_t below) { return static_cast<std::size_t>(random_() % below); }

  std::string bytes(std::size_t size) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random_());
    return text;
  }

 private:
  std::vector<Value> values(int depth) {
    std::vector<Value> items;
    for (std::size_t i = number(4); i != 0; --i) items.push_back(value(depth - 1));
    return items;
  }
  Value dict(int depth) {
    Dict dict;
    for (std::size_t i = number(4); i != 0; --i) dict.items.emplace_back(Text{bytes(5)}, value(depth - 1));
    return dict;
  }
  Value record(int depth) {
    Record record{"module.Class", {}};
    for (std::size_t i = number(4); i != 0; --i) record.fields.emplace_back(bytes(3), value(depth - 1));
    return record;
  }
  Value array() {
    const auto rows = static_cast<std::int64_t>(number(5)), columns = static_cast<std::int64_t>(number(70));
    const std::string content = bytes(static_cast<std::size_t>(8 * rows * columns));
    return Array{{"<f8", {rows, columns}, number(2) == 0}, ByteRun::own(content)};
  }
  Value table() {
    const std::size_t rows = number(100);
    std::vector<double> numbers(rows);
    std::vector<std::int64_t> times(rows);
    std::vector<std::uint8_t> flags(rows);
    std::vector<std::int32_t> codes(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      numbers[i] = number(10) == 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(number(1000)) / 8;
      times[i] = number(10) == 0 ? kNoTime : static_cast<std::int64_t>(random_() >> 2);
      flags[i] = number(2) == 0;
      codes[i] = static_cast<std::int32_t>(number(3)) - 1;
    }
    return value_of_table(Table{{Column::own("close", numbers), Column::own("time", times, ColumnType::kTime),
                                 Column::own("flag", flags), Column::own("symbol", codes, {"BTC/USD", "ETH/USD"})}});
  }

  std::mt19937_64 random_;
};

}  // namespace peak::value
