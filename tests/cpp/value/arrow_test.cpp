// Tables through Arrow's C structures: the engine's columns, hand-made batches, cuts, and damage.
#include "peak/value/arrow.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "peak/value/value.hpp"
#include "value/column_check.hpp"

namespace peak::value {
namespace {

/// A batch whose arrays are static: only what points to them is made here.
struct Batch {
  ArrowSchema schemas[3] = {};
  ArrowSchema* schema_children[2] = {&schemas[1], &schemas[2]};
  ArrowArray arrays[3] = {};
  ArrowArray* array_children[2] = {&arrays[1], &arrays[2]};
  const void* buffers[3][3] = {};
  static inline int released = 0;

  Batch(std::int64_t rows, std::int64_t offset) {
    for (int i = 0; i < 3; ++i) {
      schemas[i].name = i == 0 ? "" : i == 1 ? "price" : "symbol";
      schemas[i].format = i == 0 ? "+s" : i == 1 ? "g" : "u";
      arrays[i].length = i == 0 ? rows : rows + offset;
      arrays[i].n_buffers = i == 0 ? 1 : i + 1;
      arrays[i].buffers = buffers[i];
    }
    schemas[0].n_children = arrays[0].n_children = 2;
    schemas[0].children = schema_children;
    arrays[0].children = array_children;
    arrays[0].offset = offset;
    schemas[0].release = [](ArrowSchema* schema) { schema->release = nullptr; };
    arrays[0].release = [](ArrowArray* array) {
      array->release = nullptr;
      ++released;
    };
  }
};

const double kPrices[] = {1.5, 2.5, 3.5, 4.5};
const std::int32_t kOffsets[] = {0, 3, 3, 6, 7};
const char kTexts[] = "BTCETHX";
const unsigned char kValid[] = {0b1101};  // row 1 is missing

Batch batch_of(std::int64_t rows, std::int64_t offset) {
  Batch batch(rows, offset);
  batch.buffers[1][1] = kPrices;
  batch.buffers[2][0] = kValid;
  batch.buffers[2][1] = kOffsets;
  batch.buffers[2][2] = kTexts;
  batch.arrays[2].null_count = -1;
  return batch;
}

Encoded encoded_batch(std::int64_t rows, std::int64_t offset) {
  Batch batch = batch_of(rows, offset);
  Encoder encoder;
  const Status done = encode_arrow(batch.schemas[0], batch.arrays[0], encoder);
  EXPECT_TRUE(done.ok()) << done.error().message;
  return *encoder.finish();
}

Table table_of(const Encoded& encoded) {
  const auto value = to_value(encoded);
  EXPECT_TRUE(value.ok()) << value.error().message;
  const auto table = table_of_value(*value);
  EXPECT_TRUE(table.ok()) << table.error().message;
  return *table;
}

TEST(ArrowValues, ABatchComesBackAsItWas) {
  const Table table = table_of(encoded_batch(4, 0));
  ASSERT_EQ(table.columns.size(), 2U);
  EXPECT_EQ(table.columns[0].name(), "price");
  EXPECT_TRUE(std::equal(std::begin(kPrices), std::end(kPrices), table.columns[0].float64s().begin()));
  const Column& symbol = table.columns[1];
  const auto text = [&](std::size_t row) {
    const std::int32_t code = symbol.codes()[row];
    return code < 0 ? std::string("missing") : (*symbol.dictionary())[static_cast<std::size_t>(code)];
  };
  EXPECT_EQ(text(0), "BTC");
  EXPECT_EQ(text(1), "missing");
  EXPECT_EQ(text(2), "ETH");
  EXPECT_EQ(text(3), "X");
}

TEST(ArrowValues, NumbersAreNotCopiedAndTheBatchLivesAsLongAsTheyDo) {
  const int before = Batch::released;
  {
    const Encoded encoded = encoded_batch(4, 0);
    EXPECT_EQ(encoded.buffers[0].data, reinterpret_cast<const std::byte*>(kPrices));
    EXPECT_EQ(Batch::released, before);
  }
  EXPECT_EQ(Batch::released, before + 1);
}

TEST(ArrowValues, ACutBatchHasTheContentOfItsRowsOnly) {
  const Encoded cut = encoded_batch(2, 2);  // rows 2 and 3: 3.5 ETH, 4.5 X, nothing missing
  const Table table = table_of(cut);
  EXPECT_EQ(table.rows(), 2U);
  EXPECT_EQ(table.columns[0].float64s()[0], 3.5);
  EXPECT_EQ(table.columns[1].codes()[0], 0);
  EXPECT_EQ((*table.columns[1].dictionary())[0], "ETH");
  // The same rows, not cut from anything, have the same content.
  Batch whole(2, 0);
  const std::int32_t offsets[] = {0, 3, 4};
  whole.buffers[1][1] = kPrices + 2;
  whole.buffers[2][1] = offsets;
  whole.buffers[2][2] = "ETHX";
  Encoder encoder;
  ASSERT_TRUE(encode_arrow(whole.schemas[0], whole.arrays[0], encoder).ok());
  EXPECT_EQ(content_hash(*encoder.finish()), content_hash(cut));
}

TEST(ArrowValues, TypesThatCannotBeKeptAreNamed) {
  Batch batch = batch_of(4, 0);
  batch.schemas[2].format = "vu";
  Encoder encoder;
  const Status refused = encode_arrow(batch.schemas[0], batch.arrays[0], encoder);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(refused.error().message.find("'symbol'"), std::string::npos);
  EXPECT_EQ(batch.arrays[0].release, nullptr);  // taken over all the same
}

TEST(ArrowValues, LayoutsOfFormats) {
  EXPECT_EQ(column_layout("tsn:Europe/Berlin").width, 8);
  EXPECT_EQ(column_layout("tdD").width, 4);
  EXPECT_EQ(column_layout("d:19,10").width, 16);
  EXPECT_EQ(column_layout("d:19,10,256").width, 32);
  EXPECT_EQ(column_layout("w:42").width, 42);
  EXPECT_EQ(column_layout("+w:3").width, 3);
  for (const char* format : {"", "vu", "+m", "+ud:0", "w:0", "w:-1", "d:1", "tx", "x", "+w:"}) {
    EXPECT_EQ(column_layout(format).form, ColumnLayout::Form::kUnknown) << format;
  }
}

TEST(ArrowValues, ColumnsThatReachOutsideTheirBuffersAreRefused) {
  const std::vector<ByteRun> buffers = {ByteRun::own(std::string(16, '\0')),
                                        ByteRun::own(std::string("\1\0\0\0\0\0\0\0", 8)),
                                        ByteRun::own(std::string("\2", 1))};
  ArrowNode node;
  node.format = "g";
  node.length = 3;
  node.buffers = {-1, 0};
  EXPECT_FALSE(check_column(node, buffers).ok());  // three doubles in 16 bytes
  node.length = 2;
  EXPECT_TRUE(check_column(node, buffers).ok());
  node.null_count = 1;
  EXPECT_FALSE(check_column(node, buffers).ok());  // missing values, no bitmap
  ArrowNode text;
  text.format = "u";
  text.length = 1;
  text.buffers = {-1, 1, 2};  // offsets 1, 0: falling
  EXPECT_FALSE(check_column(text, buffers).ok());
  ArrowNode index;
  index.format = "c";
  index.length = 1;
  index.buffers = {-1, 2};  // index 2 ...
  index.dictionary.push_back(node);
  index.dictionary[0].null_count = 0;  // ... into two values
  EXPECT_FALSE(check_column(index, buffers).ok());
}

TEST(ArrowValues, TheEnginesColumnsComeBack) {
  const Table table{{Column::own("close", std::vector<double>{1, std::numeric_limits<double>::quiet_NaN()}),
                     Column::own("time", std::vector<std::int64_t>{5, kNoTime}, ColumnType::kTime),
                     Column::own("count", std::vector<std::int64_t>{-1, 1}),
                     Column::own("flag", std::vector<std::uint8_t>{0, 1}),
                     Column::own("symbol", std::vector<std::int32_t>{-1, 0}, {"BTC/USD"})}};
  const auto back = table_of_value(value_of_table(table));
  ASSERT_TRUE(back.ok()) << back.error().message;
  ASSERT_EQ(back->columns.size(), table.columns.size());
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    EXPECT_EQ(back->columns[i].name(), table.columns[i].name());
    EXPECT_EQ(back->columns[i].type(), table.columns[i].type());
  }
  EXPECT_EQ(back->columns[0].float64s().data(), table.columns[0].float64s().data());  // the same memory
  EXPECT_EQ(back->columns[1].int64s()[1], kNoTime);
  EXPECT_EQ(back->columns[3].bools()[1], 1);
  EXPECT_EQ(back->columns[4].codes()[0], -1);
}

}  // namespace
}  // namespace peak::value
