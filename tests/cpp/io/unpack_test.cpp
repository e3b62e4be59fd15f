#include "io/unpack.hpp"

#include <gtest/gtest.h>
#include <zip.h>
#include <zlib.h>

#include "peak/io/read.hpp"

namespace peak::io {
namespace {

constexpr const char* kTable = "date,close\n2020-01-02,1\n2020-01-03,2\n";

std::string gzip(const std::string& text) {
  std::string packed(text.size() + 1000, '\0');
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<unsigned>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<unsigned>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

std::string zip(const std::vector<std::pair<std::string, std::string>>& files) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(target);
  zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  for (const auto& [name, content] : files) {
    zip_file_add(archive, name.c_str(), zip_source_buffer(archive, content.data(), content.size(), 0),
                 ZIP_FL_ENC_UTF_8);
  }
  EXPECT_EQ(zip_close(archive), 0);
  zip_source_open(target);
  zip_source_seek(target, 0, SEEK_END);
  std::string packed(static_cast<std::size_t>(zip_source_tell(target)), '\0');
  zip_source_seek(target, 0, SEEK_SET);
  EXPECT_EQ(zip_source_read(target, packed.data(), packed.size()), static_cast<zip_int64_t>(packed.size()));
  zip_source_close(target);
  zip_source_free(target);
  return packed;
}

std::string error_of(const std::string& bytes, const ReadOptions& options = {}) {
  const auto loaded = read_bars_from_memory(bytes, "packed", options);
  return loaded.ok() ? "" : loaded.error().message;
}

void expect_in(const std::string& text, const char* words) {
  EXPECT_NE(text.find(words), std::string::npos) << words << " in: " << text;
}

TEST(Unpack, GzipAndZip) {
  const auto packed = read_bars_from_memory(gzip(kTable), "packed");
  ASSERT_TRUE(packed.ok()) << packed.error().message;
  EXPECT_EQ(packed->detected.compression, "gzip");
  const auto zipped = read_bars_from_memory(zip({{"a/b.csv", kTable}}), "packed");
  ASSERT_TRUE(zipped.ok()) << zipped.error().message;
  EXPECT_EQ(zipped->detected.compression, "zip");
  EXPECT_EQ(zipped->detected.member, "a/b.csv");
  EXPECT_EQ(error_of(zip({{"b.csv.gz", gzip(kTable)}})), "");
  EXPECT_EQ(error_of(gzip("date,close\n2020-01-02,1\n") + gzip("2020-01-03,2\n")), "");  // two gzip members, one text
}

TEST(Unpack, EveryCutGzipIsRefused) {
  std::string text = "date,close\n";
  for (int i = 0; i < 2000; ++i) text += "2020-01-02," + std::to_string(i * 7919 % 1000) + "\n";
  const std::string packed = gzip(text);
  for (std::size_t length = 3; length < packed.size(); length += 1 + length / 50) {
    expect_in(error_of(packed.substr(0, length)), "cut");
  }
}

TEST(Unpack, DamageIsFound) {
  std::string packed = gzip(kTable);
  packed[packed.size() - 6] = static_cast<char>(packed[packed.size() - 6] ^ 1);  // in the checksum
  expect_in(error_of(packed), "damaged");
  const std::string zipped = zip({{"b.csv", kTable}});
  for (std::size_t length = 4; length < zipped.size(); ++length)
    expect_in(error_of(zipped.substr(0, length)), "zip archive");
}

TEST(Unpack, ZipsWithSeveralFiles) {
  const std::string packed = zip({{"one.csv", kTable}, {"two.csv", "date,close\n2021-01-02,1\n"}, {"__MACOSX/x", "y"}});
  expect_in(error_of(packed), "one.csv, two.csv");
  ReadOptions options;
  options.member = "two.csv";
  EXPECT_EQ(error_of(packed, options), "");
  options.member = "tow.csv";
  expect_in(error_of(packed, options), "did you mean 'two.csv'");
  expect_in(error_of(zip({{"empty.csv", ""}})), "empty");
}

TEST(Unpack, BombsStopAtTheLimit) {
  ReadOptions options;
  options.max_bytes = 1 << 20;
  const std::string zeros(std::size_t{64} << 20, '0');
  const std::string bomb = gzip(zeros);
  EXPECT_LT(bomb.size(), std::size_t{100} << 10);
  expect_in(error_of(bomb, options), "max_bytes");
  expect_in(error_of(zip({{"zeros", zeros}}), options), "max_bytes");
}

TEST(Unpack, WhatPacksTooWellIsMeasuredFirstAndReadWhole) {
  // 80 MiB that pack to a 200th, in two members: beyond what is unpacked on trust, and true.
  std::string text;
  const std::string line = "2020-01-02,1\n";
  while (text.size() < std::size_t{80} << 20) text += line;
  const std::string packed = gzip(text) + gzip(line);
  ASSERT_LT(packed.size() * 200, text.size());
  const Result<std::string> whole = unpack_gzip(packed, text.size() + line.size());
  ASSERT_TRUE(whole.ok()) << whole.error().message;
  EXPECT_TRUE(*whole == text + line);
  const Result<std::string> refused = unpack_gzip(packed, text.size() + line.size() - 1);
  ASSERT_FALSE(refused.ok());
  expect_in(refused.error().message, "max_bytes");
}

}  // namespace
}  // namespace peak::io
