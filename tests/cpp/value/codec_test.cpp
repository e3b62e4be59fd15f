// The canonical form: what goes in comes out, known bytes and hashes, and nothing bad from any bytes.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "peak/value/value.hpp"
#include "value/generated_value.hpp"

namespace peak::value {
namespace {

std::string bytes_of(const Value& value) {
  const auto encoded = encode(value);
  return encoded.ok() ? pack(*encoded) : "error: " + encoded.error().message;
}

TEST(Codec, WhatGoesInComesOut) {
  GeneratedValues values(1);
  for (int i = 0; i < 2000; ++i) {
    const std::string packed = bytes_of(values.value());
    const auto unpacked = unpack(ByteRun::own(packed));
    ASSERT_TRUE(unpacked.ok()) << unpacked.error().message;
    const auto back = to_value(*unpacked);
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(bytes_of(*back), packed);  // the form is canonical, so equal values have equal bytes
  }
}

// Kind 0x12 (dict), one pair; kind 0x06 (text) of 1 byte, "a"; kind 0x10 (list) of three: true, an integer in eight
// little-endian bytes (-2 = fe ff ... ff), and a real: 1.5 = 0x3ff8000000000000.
TEST(Codec, BytesAreTheDocumentedOnes) {
  Dict dict;
  dict.items.emplace_back("a", List{{Value(true), Value(-2), Value(1.5)}});
  const auto encoded = encode(dict);
  ASSERT_TRUE(encoded.ok());
  const unsigned char expected[] = {0x12, 0x01, 0x06, 0x01, 'a',  0x10, 0x03, 0x02, 0x03, 0xfe, 0xff, 0xff, 0xff,
                                    0xff, 0xff, 0xff, 0xff, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0x3f};
  ASSERT_EQ(encoded->structure.size, sizeof expected);
  EXPECT_EQ(std::memcmp(encoded->structure.data, expected, sizeof expected), 0);
}

// The hash of content is XXH3-128 over what docs/file_formats.md says; these were computed with Python's xxhash 3.5
// from that description (tests/cpp/value/content_hashes.py) and must never change.
TEST(Codec, ContentHashesNeverChange) {
  EXPECT_EQ(content_hash(Value())->hex(), "cc646f930d0acb39463f4c7804004fd3");
  EXPECT_EQ(content_hash(Value("BTC/USD"))->hex(), "8ebee2de5f3fc40e99e07b38c339d639");
  EXPECT_EQ(content_hash(Value(42))->hex(), "58dec7703b5e671df2e4d819b14e22ff");
  const std::vector<double> numbers = {1.0, 2.5, -0.0};
  EXPECT_EQ(content_hash(array_of(numbers))->hex(), "6988373072bb2192523b4dcec6062ab4");
}

TEST(Codec, BitsOfRealsAreKept) {
  for (const double value : {-0.0, std::numeric_limits<double>::infinity(), std::bit_cast<double>(0x7ff8000000000123),
                             std::numeric_limits<double>::denorm_min()}) {
    const auto encoded = encode(Value(value));
    const auto back = to_value(*encoded);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(*back->as<double>()), std::bit_cast<std::uint64_t>(value));
  }
}

TEST(Codec, IntegersOfAnySizeHaveOneForm) {
  // 2^63 - 1 and -2^63 fit 64 bits; 2^63 does not.
  const std::string top("\xff\xff\xff\xff\xff\xff\xff\x7f", 8), power("\0\0\0\0\0\0\0\x80", 8);
  EXPECT_EQ(bytes_of(BigInteger{false, top}), bytes_of(std::numeric_limits<std::int64_t>::max()));
  EXPECT_EQ(bytes_of(BigInteger{true, power}), bytes_of(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(bytes_of(BigInteger{true, std::string("\x05\0\0\0\0\0\0\0\0\0", 10)}), bytes_of(-5));
  const auto back = to_value(*encode(BigInteger{false, power + '\0'}));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back->as<BigInteger>(), (BigInteger{false, power}));
}

TEST(Codec, BuffersAreAlignedAndShared) {
  const std::vector<double> numbers(1000, 1.0);
  Tuple tuple{{"first", array_of(numbers), Value(1), array_of(numbers)}};
  const auto encoded = encode(tuple);
  const std::string packed = pack(*encoded);
  EXPECT_EQ(packed.size(), packed_size(*encoded));
  const auto unpacked = unpack(ByteRun::copy_of({reinterpret_cast<const std::byte*>(packed.data()), packed.size()}));
  ASSERT_TRUE(unpacked.ok());
  ASSERT_EQ(unpacked->buffers.size(), 2U);
  for (const ByteRun& buffer : unpacked->buffers) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data) % kBufferAlignment, 0U);
    EXPECT_EQ(buffer.owner, unpacked->structure.owner);
  }
  EXPECT_EQ(content_hash(*unpacked), content_hash(*encoded));
}

TEST(Codec, TypeAndShapeEnterTheHash) {
  const ByteRun zeros = ByteRun::own(std::string(64, '\0'));
  const auto hash = [&](ArrayInfo info) { return *content_hash(Value(Array{std::move(info), zeros})); };
  EXPECT_NE(hash({"<f8", {8}}), hash({"<i8", {8}}));
  EXPECT_NE(hash({"<f8", {8}}), hash({"<f8", {4, 2}}));
  EXPECT_NE(hash({"<f8", {4, 2}}), hash({"<f8", {4, 2}, true}));
  EXPECT_EQ(hash({"<f8", {8}}), hash({"<f8", {8}}));
}

TEST(Codec, WhatDoesNotFitIsRefusedWithWords) {
  Encoder encoder;
  EXPECT_FALSE(encoder.finish().ok());
  encoder.begin_list(2);
  encoder.none();
  EXPECT_EQ(encoder.finish().error().message, "encoding a value: a container got fewer values than it announced");
  encoder.none();
  encoder.none();
  EXPECT_FALSE(encoder.finish().ok());
  encoder.array({.type = "<f8", .shape = {2}}, ByteRun::own("short"));
  EXPECT_FALSE(encoder.finish().ok());
  Value deep;
  for (int i = 0; i < 129; ++i) deep = List{{deep}};
  EXPECT_EQ(encode(deep).error().code, ErrorCode::kInvalidArgument);
  encoder.none();  // and the encoder is as new after each failure
  EXPECT_TRUE(encoder.finish().ok());
}

TEST(Codec, ArrayTypes) {
  EXPECT_EQ(array_item_size("<f8"), 8U);
  EXPECT_EQ(array_item_size("|b1"), 1U);
  EXPECT_EQ(array_item_size("<M8[ns]"), 8U);
  EXPECT_EQ(array_item_size("<U12"), 48U);
  EXPECT_EQ(array_item_size(">c16"), 16U);
  for (const char* type : {"", "f8", "<f3", "<O8", "|O", "<f8x", "<M8[", "<i16", "<U99999999999", "<V"}) {
    EXPECT_EQ(array_item_size(type), 0U) << type;
  }
}

/// Reads whatever can be read; sanitizers see what must not be.
void read_all(const std::string& packed) {
  const auto unpacked = unpack(ByteRun::own(packed));
  if (!unpacked.ok()) return;
  Decoder skipping(*unpacked);
  const auto kind = skipping.next();
  const bool skipped = kind.ok() && skipping.skip(*kind).ok() && skipping.finish().ok();
  const auto value = to_value(*unpacked);
  EXPECT_EQ(skipped, value.ok());  // two walks, one verdict
  if (value.ok()) {
    EXPECT_EQ(bytes_of(*value).size() != 0, true);
    if (value->as<Columns>() != nullptr) static_cast<void>(table_of_value(*value));
  }
}

TEST(Codec, AnyDamageIsAnErrorOrAnotherValue) {
  GeneratedValues values(2);
  for (int i = 0; i < 3000; ++i) {
    std::string packed = bytes_of(values.value());
    switch (values.number(3)) {
      case 0: packed[values.number(packed.size())] ^= static_cast<char>(1 << values.number(8)); break;
      case 1: packed.resize(values.number(packed.size())); break;
      default: packed.replace(values.number(packed.size()), 1, values.bytes(values.number(4)));
    }
    read_all(packed);
  }
}

TEST(Codec, ATinyInputCannotAskForMuchMemory) {
  Encoded encoded;
  for (const char* structure :
       {"\x10\xff\xff\xff\xff\x0f", "\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "\x06\xff\xff\x7f"}) {
    encoded.structure = ByteRun::own(structure);
    EXPECT_EQ(to_value(encoded).error().code, ErrorCode::kBadData);
  }
}

}  // namespace
}  // namespace peak::value
