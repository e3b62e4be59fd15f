// The quick way through a CSV file against the plain reader, on generated texts with quotes, blanks, empty cells and
// all kinds of line ends: the same cells, to the bit.
#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <random>

#include "io/csv_layout.hpp"
#include "io/csv_parse.hpp"
#include "io/csv_records.hpp"
#include "io/number.hpp"

namespace peak::io {
namespace {

class Texts {
 public:
  explicit Texts(std::uint64_t seed) : random_(seed) {}

  std::string table(std::size_t rows, const std::vector<CellKind>& kinds) {
    std::string text = "h0";
    for (std::size_t i = 1; i < kinds.size(); ++i) text += ",h" + std::to_string(i);
    text += "\n";
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t i = 0; i < kinds.size(); ++i) text += (i == 0 ? "" : ",") + dressed(cell(kinds[i]));
      if (rare())
        text += pick({"\n\n", "\r\n  \r\n", "\r"});
      else
        text += row + 1 == rows && rare() ? "" : "\n";
    }
    return text;
  }

 private:
  bool rare() { return random_() % 10 == 0; }
  std::string pick(std::initializer_list<const char*> texts) {
    return *(texts.begin() + static_cast<std::ptrdiff_t>(random_() % texts.size()));
  }
  std::string cell(CellKind kind) {
    if (kind == CellKind::kText)
      return pick({"a", "b", "some words", "x,y", "say \"\"hi\"\"", "nan", "7", "1e5x", "two\nlines"});
    if (rare()) return pick({"", "nan", "NULL", "-"});
    std::string text = rare() ? "-" : "";
    text += std::to_string(random_() % 100000);
    if (!rare()) text += "." + std::to_string(random_() % 1000000000);
    return rare() ? text + "e" + std::to_string(static_cast<int>(random_() % 40) - 20) : text;
  }
  std::string dressed(const std::string& cell) {
    const bool needed = cell.find_first_of(",\"\n") != std::string::npos;
    std::string text = needed || rare() ? "\"" + cell + "\"" : cell;
    if (rare()) text = pick({" ", "\t", "  "}) + text;
    if (rare()) text += pick({" ", "\t"});
    return text;
  }
  std::mt19937_64 random_;
};

TEST(CsvProperty, QuickAndPlainReadTheSame) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const std::vector<CellKind> kinds = {CellKind::kFloat, seed % 2 == 0 ? CellKind::kText : CellKind::kFloat,
                                         CellKind::kFloat};
    const std::string text = Texts(seed).table(1 + seed % 40, kinds);
    CsvLayout layout;
    layout.header = true;
    layout.names = {"h0", "h1", "h2"};
    layout.data_offset = text.find('\n') + 1;
    layout.data_line = 2;
    std::vector<ColumnPlan> plans;
    for (std::size_t i = 0; i < kinds.size(); ++i) plans.push_back({layout.names[i], kinds[i], {}});
    const auto parsed = parse_csv(text, layout, plans);
    ASSERT_TRUE(parsed.ok()) << parsed.error().message << "\n" << text;
    ASSERT_FALSE(parsed->misfit) << parsed->misfit->text << "\n" << text;
    CsvRecords records(text, ',', layout.data_offset, 2);
    std::vector<std::string_view> cells;
    std::size_t row = 0;
    for (; records.next(cells); ++row) {
      ASSERT_LT(row, parsed->columns[0].size());
      for (std::size_t i = 0; i < kinds.size(); ++i) {
        const Column& column = parsed->columns[i];
        if (kinds[i] == CellKind::kText) {
          const std::int32_t code = column.codes()[row];
          ASSERT_EQ(code < 0 ? "" : (*column.dictionary())[static_cast<std::size_t>(code)], cells[i]) << text;
        } else if (is_missing(cells[i])) {
          ASSERT_NE(column.float64s()[row], column.float64s()[row]) << text;
        } else {
          const double expected = std::strtod(std::string(cells[i]).c_str(), nullptr);
          ASSERT_EQ(std::bit_cast<std::uint64_t>(column.float64s()[row]), std::bit_cast<std::uint64_t>(expected))
              << text;
        }
      }
    }
    ASSERT_EQ(row, parsed->columns[0].size()) << text;
  }
}

}  // namespace
}  // namespace peak::io
