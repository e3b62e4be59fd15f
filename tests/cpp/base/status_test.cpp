#include "peak/base/status.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace peak {
namespace {

Result<int> half_of(int value) {
  if (value % 2 != 0) return invalid_argument("value: " + std::to_string(value) + " is odd; give an even number");
  return value / 2;
}

Result<int> quarter_of(int value) {
  PEAK_ASSIGN_OR_RETURN(const int half, half_of(value));
  PEAK_ASSIGN_OR_RETURN(const int quarter, half_of(half));
  return quarter;
}

Status check_quarter(int value) {
  PEAK_RETURN_IF_ERROR([&]() -> Status {
    const Result<int> result = quarter_of(value);
    if (!result.ok()) return result.error();
    return {};
  }());
  return {};
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(half_of(8).value(), 4);
  const Result<int> failed = half_of(7);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(failed.error().message, "value: 7 is odd; give an even number");
}

TEST(Result, TheFirstErrorLeavesThroughTheMacros) {
  EXPECT_EQ(quarter_of(12).value(), 3);
  EXPECT_EQ(quarter_of(6).error().message, "value: 3 is odd; give an even number");
  EXPECT_TRUE(check_quarter(4).ok());
  EXPECT_FALSE(check_quarter(5).ok());
}

TEST(Result, CopiesAndMovesBetweenTheTwoHalves) {
  Result<std::vector<int>> result = std::vector<int>{1, 2, 3};
  Result<std::vector<int>> copy = result;
  copy = io_error("disk full");
  EXPECT_EQ(result->size(), 3U);
  EXPECT_EQ(copy.error().message, "disk full");
  copy = std::move(result);
  EXPECT_EQ(copy->size(), 3U);
  const Result<std::vector<int>>& itself = copy;
  copy = itself;
  EXPECT_EQ((*copy)[2], 3);
}

TEST(Result, HoldsWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 5);
}

TEST(Error, ContextComesBeforeTheMessage) {
  const Error error = bad_data("no close column").within("prices.csv");
  EXPECT_EQ(error.message, "prices.csv: no close column");
  EXPECT_EQ(error.code, ErrorCode::kBadData);
}

TEST(ErrorCode, EveryCodeHasItsName) {
  EXPECT_STREQ(error_code_name(ErrorCode::kInvalidArgument), "invalid_argument");
  EXPECT_STREQ(error_code_name(ErrorCode::kNotFound), "not_found");
  EXPECT_STREQ(error_code_name(ErrorCode::kParse), "parse");
  EXPECT_STREQ(error_code_name(ErrorCode::kBadData), "bad_data");
  EXPECT_STREQ(error_code_name(ErrorCode::kIo), "io");
  EXPECT_STREQ(error_code_name(ErrorCode::kUnsupported), "unsupported");
  EXPECT_STREQ(error_code_name(ErrorCode::kCancelled), "cancelled");
  EXPECT_STREQ(error_code_name(ErrorCode::kInternal), "internal");
}

}  // namespace
}  // namespace peak
