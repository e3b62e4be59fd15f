// Narrow columns: the form that hand-made values take with its size worked out by hand, and every value of generated
// columns back with the same bits, from any row on.
#include "peak/table/narrow_column.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "peak/table/cell_table.hpp"

namespace peak {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kSecond = kNanosecondsPerSecond;

bool same(const Column& a, const Column& b) {
  if (a.type() != b.type() || a.size() != b.size() || a.name() != b.name()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    switch (a.type()) {
      case ColumnType::kFloat64:
        if (std::bit_cast<std::uint64_t>(a.float64s()[i]) != std::bit_cast<std::uint64_t>(b.float64s()[i]))
          return false;
        break;
      case ColumnType::kBool:
        if (a.bools()[i] != b.bools()[i]) return false;
        break;
      case ColumnType::kText: {
        const auto text = [i](const Column& column) {
          const std::int32_t code = column.codes()[i];
          return code < 0 ? std::string("missing") : (*column.dictionary())[static_cast<std::size_t>(code)];
        };
        if (text(a) != text(b)) return false;
        break;
      }
      default:
        if (a.int64s()[i] != b.int64s()[i]) return false;
    }
  }
  return true;
}

void expect_form(const Column& column, NarrowForm form, int places, std::size_t bytes) {
  const NarrowColumn narrow(column);
  EXPECT_STREQ(narrow_form_name(narrow.form()), narrow_form_name(form)) << column.name();
  EXPECT_EQ(narrow.places(), places) << column.name();
  EXPECT_EQ(narrow.size_bytes(), bytes) << column.name();
  EXPECT_TRUE(same(narrow.widen(), column)) << column.name();
}

std::vector<double> numbers(std::size_t rows, double (*of_row)(std::size_t)) {
  std::vector<double> values(rows);
  for (std::size_t i = 0; i < rows; ++i) values[i] = of_row(i);
  return values;
}

std::vector<std::int64_t> wholes(std::size_t rows, std::int64_t (*of_row)(std::size_t)) {
  std::vector<std::int64_t> values(rows);
  for (std::size_t i = 0; i < rows; ++i) values[i] = of_row(i);
  return values;
}

// 16 bytes are first value and unit, which every form has.
TEST(NarrowColumn, TakesTheFormOfTheFewestBytes) {
  expect_form(Column::own("one value", std::vector<double>(5000, 1.5)), NarrowForm::kConstant, 1, 16);
  expect_form(Column::own("no value", std::vector<double>(5000, kNan)), NarrowForm::kConstant, 0, 16);
  expect_form(
      Column::own("minutes", wholes(5000, [](std::size_t i) { return static_cast<std::int64_t>(i) * 60 * kSecond; }),
                  ColumnType::kTime),
      NarrowForm::kSteps, -1, 16);
  // Prices of two decimals within 600 cents, up and down by up to 5.99: two bytes to a row.
  expect_form(
      Column::own("price",
                  numbers(5000, [](std::size_t i) { return static_cast<double>(10000 + (i * 7919) % 600) / 100.0; })),
      NarrowForm::kWhole, 2, 16 + 2 * 5000);
  // Volumes 0 to 99: one byte.
  expect_form(Column::own("volume", numbers(5000, [](std::size_t i) { return static_cast<double>((i * 31) % 100); })),
              NarrowForm::kWhole, 0, 16 + 5000);
  // Seconds that rise by 1 to 13: one byte to a row, and a full value for each of five blocks of 1,024.
  std::vector<std::int64_t> times{0};
  while (times.size() < 5000)
    times.push_back(times.back() + kSecond * static_cast<std::int64_t>(1 + times.size() * 7 % 13));
  expect_form(Column::own("time", times, ColumnType::kTime), NarrowForm::kDeltas, -1, 16 + 5000 + 5 * 8);
  // Ten runs of 500 rows, of values that are no decimals: 8 bytes for the value and 4 for where it begins.
  expect_form(
      Column::own("rate", numbers(5000, [](std::size_t i) { return std::sqrt(2.0 + static_cast<double>(i / 500)); })),
      NarrowForm::kRuns, -1, 16 + 10 * 12);
  // Zero but in every 100th row.
  expect_form(
      Column::own("dividend",
                  numbers(5000, [](std::size_t i) { return i % 100 == 50 ? std::sqrt(static_cast<double>(i)) : 0.0; })),
      NarrowForm::kSparse, -1, 16 + 50 * 12);
  // Seven values that are no decimals, in turn: codes of one byte, and each once.
  expect_form(
      Column::own("factor", numbers(5000, [](std::size_t i) { return std::sqrt(static_cast<double>(2 + i % 7)); })),
      NarrowForm::kCodes, -1, 16 + 5000 + 7 * 8);
  // Quarters of thirds of nothing in common but that float32 holds them: sqrt rounded to float.
  expect_form(
      Column::own(
          "float32",
          numbers(5000, [](std::size_t i) { return static_cast<double>(std::sqrt(static_cast<float>(i) + 0.5F)); })),
      NarrowForm::kFloat32, -1, 16 + 4 * 5000);
  expect_form(Column::own("any", numbers(5000, [](std::size_t i) { return std::sqrt(static_cast<double>(i)) + 1e-9; })),
              NarrowForm::kPlain, -1, 8 * 5000);
  // Two texts by turns, and a third that no row has: one byte to a row, 3 + 8 bytes to a text.
  std::vector<std::int32_t> codes(5000);
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = i % 3 == 0 ? 2 : i % 3 == 1 ? 0 : -1;
  expect_form(Column::own("symbol", codes, {"SPY", "IWM", "QQQ"}), NarrowForm::kWhole, -1, 16 + 5000 + 2 * 11);
}

TEST(NarrowColumn, KeepsWhatNumbersHideFromEachOther) {
  const double other_nan = std::bit_cast<double>(std::bit_cast<std::uint64_t>(kNan) | 1U);
  for (const double odd : {-0.0, kNan, other_nan, std::numeric_limits<double>::infinity(), 1e300, -1e300, -0x1.8p52 - 1,
                           -0x1p63, 5e-324, 0.1 + 0.2}) {
    std::vector<double> values = numbers(3000, [](std::size_t i) { return static_cast<double>(i % 50) / 100; });
    values[1234] = odd;
    values[2999] = odd;
    const Column column = Column::own("x", values);
    EXPECT_TRUE(same(NarrowColumn(column).widen(), column)) << odd;
  }
  // A late value that needs more places than all before it.
  std::vector<double> late(2500, 0.5);
  late[2497] = 1.25;
  late[2498] = 1e-9;
  EXPECT_TRUE(same(NarrowColumn(Column::own("x", late)).widen(), Column::own("x", late)));
  constexpr auto kLowest = std::numeric_limits<std::int64_t>::min();
  constexpr auto kHighest = std::numeric_limits<std::int64_t>::max();
  for (const std::vector<std::int64_t>& values : std::vector<std::vector<std::int64_t>>{{kLowest, kHighest, 0},
                                                                                        {kHighest, kLowest},
                                                                                        {kLowest},
                                                                                        {0, kLowest, 1, 2},
                                                                                        {kHighest, kHighest - 1, 5},
                                                                                        {}}) {
    for (const ColumnType type : {ColumnType::kInt64, ColumnType::kTime}) {
      const Column column = Column::own("x", values, type);
      EXPECT_TRUE(same(NarrowColumn(column).widen(), column));
    }
  }
}

/// Columns of every kind: walks, repeats, gaps of missing values, jumps.
Column generated(std::mt19937_64& random) {
  const auto below = [&](std::uint64_t most) { return random() % most; };
  const std::size_t rows = below(4) == 0 ? below(20) : below(5000);
  const std::int64_t scales[] = {1, 100, 1'000'000, kSecond, 60 * kSecond, kNanosecondsPerDay, std::int64_t{1} << 40};
  const std::int64_t scale = scales[below(7)];
  const std::uint64_t spread = std::uint64_t{1} << below(34);
  const bool walk = below(2) == 0, rises = below(2) == 0;
  const std::uint64_t stay = 1 + below(below(2) == 0 ? 1 : 400);
  const std::uint64_t missing_of = below(3) == 0 ? 3 + below(500) : 0;
  std::vector<std::int64_t> values(rows);
  std::int64_t level = static_cast<std::int64_t>(below(1'000)) * scale;
  for (std::size_t i = 0; i < rows; ++i) {
    if (i % stay == 0) {
      // Modulo 2^64: some columns go round the whole range.
      const auto far = static_cast<std::int64_t>(below(spread) % 1'000'000 * static_cast<std::uint64_t>(scale));
      const auto step = static_cast<std::uint64_t>(far / (scale > 1'000'000 ? 1'000 : 1));
      const std::uint64_t before = walk ? static_cast<std::uint64_t>(level) : 0;
      level = static_cast<std::int64_t>(!walk || rises || below(2) == 0 ? before + step : before - step);
    }
    values[i] = level;
  }
  const auto is_missing = [&](std::size_t row) { return missing_of != 0 && row % missing_of == 0; };
  switch (below(4)) {
    case 0: return Column::own("whole", values);
    case 1:
      for (std::size_t i = 0; i < rows; ++i) values[i] = is_missing(i) ? kNoTime : values[i];
      return Column::own("time", values, ColumnType::kTime);
    case 2: {
      std::vector<std::string> texts;
      for (int i = 0; i < 300; ++i) texts.push_back("text " + std::to_string(i));
      std::vector<std::int32_t> codes(rows);
      for (std::size_t i = 0; i < rows; ++i)
        codes[i] = is_missing(i) ? -1 : static_cast<std::int32_t>((values[i] % 300 + 300) % 300);
      return Column::own("text", codes, texts);
    }
    default: break;
  }
  const double powers[] = {1, 100, 1e5, 1e9, 3};
  const double power = powers[below(5)];
  std::vector<double> prices(rows);
  for (std::size_t i = 0; i < rows; ++i) prices[i] = is_missing(i) ? kNan : static_cast<double>(values[i]) / power;
  return Column::own("price", prices);
}

TEST(NarrowColumn, EveryGeneratedColumnComesBackFromAnyRow) {
  std::mt19937_64 random(7);
  std::vector<int> met(9, 0);
  for (int turn = 0; turn < 1500; ++turn) {
    const Column column = generated(random);
    const NarrowColumn narrow(column);
    ++met[static_cast<std::size_t>(narrow.form())];
    ASSERT_TRUE(same(narrow.widen(), column)) << turn << " " << narrow_form_name(narrow.form());
    ASSERT_LE(narrow.size_bytes(), 8 * column.size() + 16 + 300 * 20) << turn;
    if (column.size() == 0) continue;
    const std::size_t first = random() % column.size(), count = random() % (column.size() - first + 1);
    ASSERT_TRUE(same(narrow.widen(first, count), column.slice(first, count)))
        << turn << " " << narrow_form_name(narrow.form()) << " from " << first;
  }
  for (const NarrowForm form : {NarrowForm::kPlain, NarrowForm::kConstant, NarrowForm::kSteps, NarrowForm::kWhole,
                                NarrowForm::kDeltas, NarrowForm::kCodes, NarrowForm::kRuns, NarrowForm::kSparse}) {
    EXPECT_GT(met[static_cast<std::size_t>(form)], 0) << narrow_form_name(form);
  }
}

TEST(NarrowColumn, SummariesAndTimesAreFoundOnTheNarrowForm) {
  // 1 + 2 + ... + 3000 quarters less the two that are missing (7 and 1000): (3000 * 3001 / 2 - 1007) / 4 = 1125123.25
  std::vector<double> values = numbers(3000, [](std::size_t i) { return static_cast<double>(i + 1) / 4; });
  values[6] = values[999] = kNan;
  const auto found = summary(NarrowColumn(Column::own("x", values)));
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->sum, 1125123.25);
  EXPECT_EQ(found->present, 2998U);
  EXPECT_EQ(found->missing, 2U);
  EXPECT_EQ(found->minimum, 0.25);
  EXPECT_EQ(found->maximum, 750.0);
  EXPECT_FALSE(summary(NarrowColumn(Column::own("t", {1, 2}, ColumnType::kTime))).ok());
  const NarrowColumn times(Column::own(
      "t", wholes(5000, [](std::size_t i) { return static_cast<std::int64_t>(i * i); }), ColumnType::kTime));
  EXPECT_EQ(times.first_at_or_after(-5), 0U);
  EXPECT_EQ(times.first_at_or_after(16), 4U);
  EXPECT_EQ(times.first_at_or_after(17), 5U);
  EXPECT_EQ(times.first_at_or_after(25'000'000), 5000U);
}

TEST(NarrowTable, KeepsColumnsAndFindsThem) {
  Table table;
  table.columns = {Column::own("Close", std::vector<double>{1, 2, 3}), Column::own("symbol", {0, 1, 0}, {"A", "B"})};
  const NarrowTable made = narrow(table);
  EXPECT_EQ(made.rows(), 3U);
  ASSERT_NE(made.find("close"), nullptr);
  EXPECT_EQ(made.find("volume"), nullptr);
  EXPECT_TRUE(same(made.widen().columns[1], table.columns[1]));
}

// Types of columns whose cells come one by one.
TEST(CellTable, ColumnsTakeTheTypeThatHoldsEveryCell) {
  CellTable cells(1'000'000);
  cells.begin({"whole", "gap", "mixed", "text", "nothing", "bytes", "large"});
  const std::int64_t large = 1'600'000'000'123'456'789;
  const auto row = [&](std::int64_t whole, bool gap, bool broken) {
    cells.add(whole);
    gap ? cells.add_missing() : cells.add(whole);
    broken ? cells.add(0.5) : cells.add(whole);
    whole == 3 ? cells.add(std::string_view("word")) : cells.add(whole);
    cells.add_missing();
    cells.add_bytes();
    gap ? cells.add_missing() : cells.add(large);
  };
  row(1, false, false);
  row(2, true, true);
  row(3, false, false);
  std::vector<std::string> notes;
  const auto table = std::move(cells).finish(notes);
  ASSERT_TRUE(table.ok());
  ASSERT_EQ(table->columns.size(), 6U);
  EXPECT_EQ(table->columns[0].type(), ColumnType::kInt64);
  EXPECT_EQ(table->columns[1].type(), ColumnType::kFloat64);
  EXPECT_TRUE(std::isnan(table->columns[1].float64s()[1]));
  EXPECT_EQ(table->columns[2].float64s()[1], 0.5);
  EXPECT_EQ(table->columns[2].float64s()[2], 3.0);
  ASSERT_EQ(table->columns[3].type(), ColumnType::kText);
  EXPECT_EQ((*table->columns[3].dictionary())[2], "word");
  EXPECT_TRUE(std::isnan(table->columns[4].float64s()[0]));
  // A double would round it.
  ASSERT_EQ(table->columns[5].type(), ColumnType::kText);
  EXPECT_EQ(*table->columns[5].dictionary(), std::vector<std::string>{std::to_string(large)});
  EXPECT_EQ(table->columns[5].codes()[1], -1);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("'bytes'"), std::string::npos);
}

TEST(CellTable, TooMuchIsRefused) {
  CellTable cells(100);
  cells.begin({"x"});
  for (std::int64_t i = 0; i < 100 && !cells.is_full(); ++i) cells.add(i);
  std::vector<std::string> notes;
  const auto table = std::move(cells).finish(notes);
  ASSERT_FALSE(table.ok());
  EXPECT_NE(table.error().message.find("max_bytes"), std::string::npos);
}

}  // namespace
}  // namespace peak
