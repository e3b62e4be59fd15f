// The indicators against TA-Lib, within 1e-9 of the larger of TA-Lib's value and the input's scale.
//
// tests/golden/indicators/talib_spy.csv holds the input (SPY daily, MIT, from pandas-ta) and TA-Lib's columns; the
// script beside it made it and names the versions. The columns of shared data are compared by
// tests/python/test_indicators_talib.py.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "indicators/streaming_table.hpp"
#include "peak/indicators/undefined.hpp"

namespace peak::test {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::string part;
  for (std::istringstream stream(text); std::getline(stream, part, separator);) parts.push_back(part);
  if (!text.empty() && text.back() == separator) parts.emplace_back();
  return parts;
}

using Columns = std::vector<std::pair<std::string, std::vector<double>>>;

Columns golden_columns() {
  std::ifstream file(PEAK_SOURCE_DIR "/tests/golden/indicators/talib_spy.csv");
  std::string line;
  Columns columns;
  if (!std::getline(file, line)) return columns;
  for (const std::string& name : split(line, ';')) columns.push_back({name, {}});
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = split(line, ';');
    for (std::size_t k = 0; k < columns.size(); ++k) {
      columns[k].second.push_back(cells.at(k).empty() ? indicators::kUndefined : std::stod(cells[k]));
    }
  }
  return columns;
}

// "macd(12,26,9).line" taken apart.
struct Wanted {
  std::string indicator, output;
  Parameters parameters;
};

Wanted wanted_of(const std::string& column) {
  const std::size_t open = column.find('('), close = column.find(')');
  Wanted wanted{column.substr(0, open), "", {}};
  for (const std::string& value : split(column.substr(open + 1, close - open - 1), ',')) {
    wanted.parameters.push_back(std::stod(value));
  }
  if (close + 1 < column.size()) wanted.output = column.substr(close + 2);
  return wanted;
}

TEST(TaLib, EveryGoldenColumnIsWithinItsTolerance) {
  const Columns columns = golden_columns();
  ASSERT_EQ(columns.size(), 36U);
  const Series series{columns[0].second, columns[1].second, columns[2].second};
  for (std::size_t column = 3; column < columns.size(); ++column) {
    const auto& [name, expected] = columns[column];
    const Wanted wanted = wanted_of(name);
    const indicators::IndicatorInfo* info = indicators::find(wanted.indicator);
    ASSERT_NE(info, nullptr) << name;
    const auto outputs = compute(*info, inputs_of(*info, series), wanted.parameters);
    const auto output = std::find(info->outputs.begin(), info->outputs.end(), wanted.output);
    ASSERT_NE(output, info->outputs.end()) << name;
    const std::vector<double>& values = outputs[static_cast<std::size_t>(output - info->outputs.begin())];
    // Changes are of the order of 1 where prices are of the order of 100: their tolerance is relative to 1.
    const bool of_prices = wanted.indicator != "returns";
    for (std::size_t bar = 0; bar < expected.size(); ++bar) {
      ASSERT_EQ(std::isnan(values[bar]), std::isnan(expected[bar])) << name << " at bar " << bar;
      if (std::isnan(expected[bar])) continue;
      const double scale = std::max(std::fabs(expected[bar]), of_prices ? series.close[bar] : 1.0);
      ASSERT_NEAR(values[bar], expected[bar], 1e-9 * scale) << name << " at bar " << bar;
    }
  }
}

}  // namespace
}  // namespace peak::test
