// Buffers of an Arrow file that lie at odd addresses (Arrow recommends alignment and does not demand it) were read as
// if they were aligned: undefined, found by the fuzzer of Arrow files.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "table/arrow_column.hpp"

namespace peak {
namespace {

/// One array of `format` whose buffers, but the first (validity), each lie one byte after an aligned address.
class OddArray {
 public:
  OddArray(const char* format, std::int64_t length) {
    type_.format = format;
    array_.length = length;
    buffers_.push_back(nullptr);
  }
  template <typename T>
  void add(const std::vector<T>& values) {
    std::vector<std::uint64_t>& place = memory_.emplace_back((values.size() * sizeof(T)) / 8 + 2);
    char* const odd = reinterpret_cast<char*>(place.data()) + 1;
    std::memcpy(odd, values.data(), values.size() * sizeof(T));
    buffers_.push_back(odd);
  }
  Result<Column> column() {
    array_.n_buffers = static_cast<std::int64_t>(buffers_.size());
    array_.buffers = buffers_.data();
    return column_from_arrow("odd", type_, {{.array = &array_, .first = 0, .length = array_.length, .owner = nullptr}});
  }

 private:
  ArrowSchema type_{};
  ArrowArray array_{};
  std::vector<const void*> buffers_;
  std::vector<std::vector<std::uint64_t>> memory_;
};

TEST(MisalignedArrow, NumbersAndTimesAreWhatTheyAre) {
  OddArray doubles("g", 3);
  doubles.add<double>({1.5, -2.25, 1e300});
  const auto numbers = doubles.column();
  ASSERT_TRUE(numbers.ok()) << numbers.error().message;
  EXPECT_EQ(numbers->float64s()[0], 1.5);
  EXPECT_EQ(numbers->float64s()[1], -2.25);
  EXPECT_EQ(numbers->float64s()[2], 1e300);

  OddArray whole("l", 2);
  whole.add<std::int64_t>({-7, std::int64_t{1} << 60});
  const auto integers = whole.column();
  ASSERT_TRUE(integers.ok()) << integers.error().message;
  EXPECT_EQ(integers->int64s()[0], -7);
  EXPECT_EQ(integers->int64s()[1], std::int64_t{1} << 60);

  OddArray seconds("tss:UTC", 2);
  seconds.add<std::int64_t>({0, 1'577'923'200});
  const auto times = seconds.column();
  ASSERT_TRUE(times.ok()) << times.error().message;
  EXPECT_EQ(times->int64s()[1], 1'577'923'200'000'000'000);
}

TEST(MisalignedArrow, TextsAreWhatTheyAre) {
  OddArray texts("u", 3);
  texts.add<std::int32_t>({0, 3, 3, 6});
  texts.add<char>({'B', 'T', 'C', 'E', 'T', 'H'});
  const auto column = texts.column();
  ASSERT_TRUE(column.ok()) << column.error().message;
  const auto text_at = [&](std::size_t row) {
    return (*column->dictionary())[static_cast<std::size_t>(column->codes()[row])];
  };
  EXPECT_EQ(text_at(0), "BTC");
  EXPECT_EQ(text_at(1), "");
  EXPECT_EQ(text_at(2), "ETH");
}

}  // namespace
}  // namespace peak
