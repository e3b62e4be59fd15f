#include "peak/table/arrow.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace peak {
namespace {

// A producer with everything that a consumer must get right: offsets in batch and column, validity bits, and a count of
// releases. Children are released by their parent, as the specification asks.
int released = 0;

struct Producer {
  std::deque<ArrowSchema> types;
  std::deque<ArrowArray> arrays;
  std::deque<std::vector<const void*>> buffers;
  std::vector<ArrowSchema*> type_children;
  std::vector<ArrowArray*> array_children;

  void add(const char* name, const char* format, std::int64_t length, std::int64_t offset, std::int64_t nulls,
           std::vector<const void*> data) {
    buffers.push_back(std::move(data));
    types.push_back({format, name, nullptr, 2, 0, nullptr, nullptr, nullptr, nullptr});
    arrays.push_back({length, nulls, offset, static_cast<std::int64_t>(buffers.back().size()), 0, buffers.back().data(),
                      nullptr, nullptr, nullptr, nullptr});
    type_children.push_back(&types.back());
    array_children.push_back(&arrays.back());
  }
  ArrowSchema schema() {
    const auto release = [](ArrowSchema* self) { self->release = nullptr; };
    const auto count = static_cast<std::int64_t>(type_children.size());
    return {"+s", "", nullptr, 0, count, type_children.data(), nullptr, release, nullptr};
  }
  ArrowArray batch(std::int64_t length, std::int64_t offset) {
    const auto release = [](ArrowArray* self) {
      ++released;
      self->release = nullptr;
    };
    static const void* no_validity[] = {nullptr};
    const auto count = static_cast<std::int64_t>(array_children.size());
    return {length, 0, offset, 1, count, no_validity, array_children.data(), nullptr, release, nullptr};
  }
};

ArrowTable taken(Producer& producer, std::int64_t length, std::int64_t offset = 0) {
  ArrowSchema schema = producer.schema();
  ArrowArray batch = producer.batch(length, offset);
  auto table = table_from_arrow(schema, batch);
  EXPECT_EQ(schema.release, nullptr);
  EXPECT_EQ(batch.release, nullptr);
  EXPECT_TRUE(table.ok()) << table.error().message;
  return std::move(table).value();
}

TEST(Arrow, Float64WithoutNullsIsNotCopiedAndReleasedWithTheLastColumn) {
  released = 0;
  const double values[] = {1, 2, 3, 4, 5, 6};
  Producer producer;
  producer.add("close", "g", 5, 1, 0, {nullptr, values});
  ArrowTable table = taken(producer, 3, 1);
  const Column column = table.table.columns.at(0);
  EXPECT_EQ(column.float64s().data(), values + 2);
  EXPECT_EQ(column.size(), 3U);
  table = {};
  EXPECT_EQ(released, 0);
  EXPECT_EQ(column.float64s()[2], 5.0);
  const_cast<Column&>(column) = Column();
  EXPECT_EQ(released, 1);
}

TEST(Arrow, NullsBecomeNaNAlsoBehindAnOffset) {
  const double values[] = {9, 1, 2, 3};
  const std::int32_t whole[] = {9, 1, 2, 3};
  const std::uint8_t validity[] = {0b1010};  // elements 1 and 3
  Producer producer;
  producer.add("x", "g", 3, 1, -1, {validity, values});
  producer.add("n", "i", 3, 1, 1, {validity, whole});
  producer.add("b", "b", 3, 1, 1, {validity, validity});
  const ArrowTable table = taken(producer, 3);
  for (const Column& column : table.table.columns) {
    ASSERT_EQ(column.type(), ColumnType::kFloat64) << column.name();
    EXPECT_TRUE(std::isnan(column.float64s()[1])) << column.name();
  }
  EXPECT_EQ(table.table.columns[0].float64s()[2], 3.0);
  EXPECT_EQ(table.table.columns[1].float64s()[0], 1.0);
  EXPECT_EQ(table.table.columns[2].float64s()[0], 1.0);
}

TEST(Arrow, WholeNumbersStayWholeWhileTheyFit) {
  const std::uint64_t small[] = {1, 2}, large[] = {1, std::uint64_t{1} << 63};
  const std::int8_t bytes[] = {-1, 2};
  const std::int64_t longs[] = {5, 6};
  Producer producer;
  producer.add("small", "L", 2, 0, 0, {nullptr, small});
  producer.add("large", "L", 2, 0, 0, {nullptr, large});
  producer.add("bytes", "c", 2, 0, 0, {nullptr, bytes});
  producer.add("longs", "l", 2, 0, 0, {nullptr, longs});
  const ArrowTable table = taken(producer, 2);
  EXPECT_EQ(table.table.columns[0].type(), ColumnType::kInt64);
  EXPECT_EQ(table.table.columns[1].type(), ColumnType::kFloat64);
  EXPECT_EQ(table.table.columns[1].float64s()[1], 9223372036854775808.0);
  EXPECT_EQ(table.table.columns[2].int64s()[0], -1);
  EXPECT_EQ(table.table.columns[3].int64s().data(), longs);
}

TEST(Arrow, TimesAreNanosecondsUtcAndTheZoneIsTold) {
  const std::int64_t seconds[] = {1, -1};
  const std::int32_t days[] = {18262, 0};  // 2020-01-01
  const std::int64_t nanoseconds[] = {7, kNoTime};
  Producer producer;
  producer.add("s", "tss:Europe/Berlin", 2, 0, 0, {nullptr, seconds});
  producer.add("d", "tdD", 2, 0, 0, {nullptr, days});
  producer.add("n", "tsn:", 2, 0, 0, {nullptr, nanoseconds});
  const ArrowTable table = taken(producer, 2);
  EXPECT_EQ(table.time_zone, "Europe/Berlin");
  EXPECT_EQ(table.table.columns[0].int64s()[1], -1'000'000'000);
  EXPECT_EQ(format_time(table.table.columns[1].int64s()[0]), "2020-01-01T00:00:00Z");
  EXPECT_EQ(table.table.columns[2].int64s().data(), nanoseconds);
}

TEST(Arrow, ATimeBeyondNanosecondsIsRefusedWithItsRow) {
  const std::int64_t seconds[] = {1, 10'000'000'000};  // the year 2286
  Producer producer;
  producer.add("date", "tss:", 2, 0, 0, {nullptr, seconds});
  ArrowSchema schema = producer.schema();
  ArrowArray batch = producer.batch(2, 0);
  const auto table = table_from_arrow(schema, batch);
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(table.error().code, ErrorCode::kBadData);
  EXPECT_NE(table.error().message.find("column 'date', row 1"), std::string::npos) << table.error().message;
}

TEST(Arrow, TextOfThreeLayouts) {
  const std::int32_t offsets[] = {0, 1, 3, 3};
  const std::int64_t wide_offsets[] = {0, 1, 3, 3};
  const char bytes[] = "abcLonger than twelve bytes";
  struct View {
    std::int32_t length;
    char inlined[12];
  };
  View views[3] = {{1, "a"}, {24, {}}, {0, {}}};
  const std::int32_t place[] = {0, 3};  // buffer 0, offset 3; before them four bytes of prefix
  std::memcpy(views[1].inlined, "Long", 4);
  std::memcpy(views[1].inlined + 4, place, sizeof place);
  Producer producer;
  producer.add("u", "u", 3, 0, 0, {nullptr, offsets, bytes});
  producer.add("U", "U", 3, 0, 0, {nullptr, wide_offsets, bytes});
  producer.add("vu", "vu", 3, 0, 0, {nullptr, views, bytes});
  const ArrowTable table = taken(producer, 3);
  const auto text = [&](std::size_t column, std::size_t row) {
    const Column& c = table.table.columns[column];
    return (*c.dictionary())[static_cast<std::size_t>(c.codes()[row])];
  };
  for (const std::size_t column : {0U, 1U}) {
    EXPECT_EQ(text(column, 0), "a");
    EXPECT_EQ(text(column, 1), "bc");
    EXPECT_EQ(text(column, 2), "");
  }
  EXPECT_EQ(text(2, 0), "a");
  EXPECT_EQ(text(2, 1), "Longer than twelve bytes");
  EXPECT_EQ(text(2, 2), "");
}

TEST(Arrow, DecimalsAreTheNearestDoubles) {
  const auto bytes_of = [](long long value) {
    std::array<std::uint8_t, 16> bytes;
    bytes.fill(value < 0 ? 0xff : 0);
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
  };
  const std::array<std::array<std::uint8_t, 16>, 3> values = {bytes_of(110), bytes_of(-30),
                                                              bytes_of(9'007'199'254'740'993)};
  Producer producer;
  producer.add("price", "d:20,2", 3, 0, 0, {nullptr, values.data()});
  const ArrowTable table = taken(producer, 3);
  const auto numbers = table.table.columns[0].float64s();
  EXPECT_EQ(numbers[0], 1.1);
  EXPECT_EQ(numbers[1], -0.3);
  EXPECT_EQ(numbers[2], 90071992547409.93);  // 2^53 + 1 hundredths: not exact as a double before the division
}

TEST(Arrow, WhatAColumnCannotHoldIsLeftOutWithANote) {
  const double values[] = {1};
  Producer producer;
  producer.add("deep", "+l", 1, 0, 0, {nullptr, values});
  producer.add("close", "g", 1, 0, 0, {nullptr, values});
  const ArrowTable table = taken(producer, 1);
  ASSERT_EQ(table.table.columns.size(), 1U);
  ASSERT_EQ(table.notes.size(), 1U);
  EXPECT_NE(table.notes[0].find("'deep'"), std::string::npos);
}

TEST(Arrow, AFailingStreamTellsWhatItsProducerSaid) {
  static bool stream_released;
  stream_released = false;
  ArrowArrayStream stream{};
  stream.get_schema = [](ArrowArrayStream*, ArrowSchema*) { return EIO; };
  stream.get_last_error = [](ArrowArrayStream*) { return "the disk is gone"; };
  stream.release = [](ArrowArrayStream* self) {
    stream_released = true;
    self->release = nullptr;
  };
  const auto table = table_from_arrow(stream);
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(table.error().message, "the disk is gone");
  EXPECT_TRUE(stream_released);
}

}  // namespace
}  // namespace peak
