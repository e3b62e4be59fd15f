// Results that are kept: used again, by any later sweep that needs them, and never wrong after damage or a crash.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "peak/base/hash.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/study/sweep.hpp"
#include "study/swept_market.hpp"

namespace peak {
namespace {

namespace fs = std::filesystem;
using testing::swept_market;

class ResultStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) / ("peak_sweeps_" + std::to_string(::getpid()) + "_" +
                                                ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  SweepResult swept(const std::vector<std::string>& axes, SweepOptions options = {}, std::uint64_t seed = 1) {
    std::vector<GridAxis> parsed;
    for (const std::string& text : axes) parsed.push_back(GridAxis::parse(text).value());
    options.store = folder_.string();
    return sweep(swept_market(seed, 300), find_strategy("sma_cross").value(), Grid::make(std::move(parsed)).value(),
                 options)
        .value();
  }
  fs::path file() const {
    for (const auto& entry : fs::directory_iterator(folder_)) return entry.path();
    return {};
  }
  std::string bytes() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& content) const {
    std::ofstream(file(), std::ios::binary | std::ios::trunc)
        .write(content.data(), static_cast<std::streamsize>(content.size()));
  }
  static void expect_same(const SweepResult& a, const SweepResult& b) {
    ASSERT_EQ(a.values.size(), b.values.size());
    EXPECT_EQ(std::memcmp(a.values.data(), b.values.data(), a.values.size() * sizeof(double)), 0);
    EXPECT_EQ(std::memcmp(a.block_sums.data(), b.block_sums.data(), a.block_sums.size() * sizeof(double)), 0);
    ASSERT_EQ(a.failures.size(), b.failures.size());
    for (std::size_t i = 0; i < a.failures.size(); ++i) {
      EXPECT_EQ(a.failures[i].row, b.failures[i].row);
      EXPECT_EQ(a.failures[i].reason, b.failures[i].reason);
    }
  }

  fs::path folder_;
};

TEST_F(ResultStoreTest, ARepeatedSweepComputesNothing) {
  const SweepResult first = swept({"fast=0:4:1", "slow=5:9:1"});
  EXPECT_EQ(first.computed, 25U);
  EXPECT_EQ(first.reused, 0U);
  EXPECT_EQ(first.failures.size(), 5U);
  const SweepResult second = swept({"fast=0:4:1", "slow=5:9:1"});
  EXPECT_EQ(second.computed, 0U);
  EXPECT_EQ(second.reused, 25U);
  expect_same(first, second);
}

TEST_F(ResultStoreTest, AWiderSweepComputesTheDifference) {
  static_cast<void>(swept({"fast=0:4:1", "slow=5:9:1"}));
  const SweepResult wider = swept({"fast=0:6:1", "slow=4:9:1"});
  EXPECT_EQ(wider.reused, 25U);
  EXPECT_EQ(wider.computed, 7U * 6 - 25);
  const fs::path kept = folder_;
  folder_ = "";
  const SweepResult anew = swept({"fast=0:6:1", "slow=4:9:1"});
  folder_ = kept;
  EXPECT_EQ(anew.reused, 0U);
  expect_same(wider, anew);
  EXPECT_EQ(swept({"fast=3", "slow=5:7:1"}).reused, 3U);
}

TEST_F(ResultStoreTest, OtherQuestionsAreNotAnswered) {
  static_cast<void>(swept({"fast=2:4:1"}));
  SweepOptions costs;
  costs.run.broker.commission = 0.001;
  EXPECT_EQ(swept({"fast=2:4:1"}, costs).reused, 0U);
  SweepOptions metrics;
  metrics.metrics = {Metric::kSortino};
  EXPECT_EQ(swept({"fast=2:4:1"}, metrics).reused, 0U);
  EXPECT_EQ(swept({"fast=2:4:1"}, {}, 2).reused, 0U);  // other data
  SweepOptions fixed;
  fixed.run.parameters["slow"] = 12;
  EXPECT_EQ(swept({"fast=2:4:1"}, fixed).reused, 0U);
  EXPECT_EQ(swept({"fast=2:4:1"}).reused, 3U);
}

// As a kill in the midst of an append leaves it: at every length of the file, what is whole is used and nothing else.
TEST_F(ResultStoreTest, ATornEndIsCutOff) {
  const SweepResult first = swept({"fast=2:5:1"});
  const std::string whole = bytes();
  const SweepResult more = swept({"fast=2:9:1"});
  const std::string both = bytes();
  ASSERT_GT(both.size(), whole.size());
  for (std::size_t size = 0; size < both.size(); size += 97) {
    write(both.substr(0, size));
    const SweepResult resumed = swept({"fast=2:9:1"});
    EXPECT_EQ(resumed.reused, size < whole.size() ? 0U : 4U) << size;
    expect_same(resumed, more);
    EXPECT_EQ(swept({"fast=2:9:1"}).reused, 8U) << size;
  }
}

TEST_F(ResultStoreTest, DamageIsNeverAWrongValue) {
  const SweepResult first = swept({"fast=2:5:1"});
  const std::string whole = bytes();
  for (std::size_t at = 0; at < whole.size(); at += 31) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write(damaged);
    expect_same(swept({"fast=2:5:1"}), first);
  }
  write("another program's file");
  expect_same(swept({"fast=2:5:1"}), first);
}

// What another version of the engine kept lies under another key (its semantics are hashed); what another version of
// the file's format kept is no row of this one, whole as its checksum may be.
TEST_F(ResultStoreTest, AnotherVersionsFileIsNotRead) {
  const SweepResult first = swept({"fast=2:5:1"});
  std::string other = bytes();
  constexpr std::size_t kVersionAt = 7;  // "PKSWEEP1", the lowest byte first
  ASSERT_EQ(other.substr(0, 8), "PKSWEEP1");
  other[kVersionAt] = '0';
  const std::size_t body = other.size() - sizeof(Hash128);
  const Hash128 sum = hash_bytes(other.data(), body);
  std::memcpy(other.data() + body, &sum, sizeof sum);
  write(other);
  const SweepResult anew = swept({"fast=2:5:1"});
  EXPECT_EQ(anew.reused, 0U);
  EXPECT_EQ(anew.computed, 4U);
  expect_same(anew, first);
  EXPECT_EQ(swept({"fast=2:5:1"}).reused, 4U);
}

TEST_F(ResultStoreTest, AFolderThatCannotBeMadeIsANote) {
  std::ofstream(folder_.string()) << "a file where the folder should be";
  const SweepResult result = swept({"fast=2:5:1"});
  EXPECT_EQ(result.computed, 4U);
  EXPECT_NE(result.note.find("not kept"), std::string::npos);
}

TEST_F(ResultStoreTest, AStoppedSweepGoesOn) {
  StopSource source;
  SweepOptions options;
  options.kernel = SweepKernel::kGeneral;
  options.threads = 1;
  options.stop = source.token();
  options.progress = [&](const SweepProgress& progress) {
    if (progress.done > 0) source.request_stop();
  };
  const std::vector<std::string> axes = {"fast=2:100:1", "slow=101:200:1"};
  const SweepResult stopped = swept(axes, options);
  ASSERT_FALSE(stopped.complete());
  const SweepResult rest = swept(axes);
  EXPECT_EQ(rest.reused, stopped.computed);
  EXPECT_EQ(rest.reused + rest.computed, rest.rows());
  EXPECT_TRUE(rest.complete());
}

}  // namespace
}  // namespace peak
