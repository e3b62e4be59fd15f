#include "peak/base/suggest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace peak {
namespace {

const std::vector<std::string> kNames = {"sma", "ema", "rsi", "bollinger", "stochastic"};

TEST(NearestName, FindsTypingMistakes) {
  EXPECT_EQ(nearest_name("smaa", kNames), "sma");  // one letter too many
  EXPECT_EQ(nearest_name("bolinger", kNames), "bollinger");
  EXPECT_EQ(nearest_name("bollingre", kNames), "bollinger");  // swapped neighbours
  EXPECT_EQ(nearest_name("RSI", kNames), "rsi");
  EXPECT_EQ(nearest_name("stocastik", kNames), "stochastic");  // two edits in nine letters
}

TEST(NearestName, OffersNothingThatIsFar) {
  EXPECT_EQ(nearest_name("macd", kNames), "");
  EXPECT_EQ(nearest_name("", kNames), "");
  EXPECT_EQ(nearest_name("sma", {}), "");
  EXPECT_EQ(nearest_name(std::string(1'000'000, 'x'), kNames), "");
}

TEST(NearestName, TiesGoToTheEarlierName) { EXPECT_EQ(nearest_name("xma", kNames), "sma"); }

TEST(Suggestion, NamesTheNearestOrAllThatIsKnown) {
  EXPECT_EQ(suggestion("smaa", kNames), "; did you mean 'sma'?");
  EXPECT_EQ(suggestion("volume", kNames), "; known: sma, ema, rsi, bollinger, stochastic");
  EXPECT_EQ(suggestion("volume", {}), "");
  const std::vector<std::string> many(20, "indicator");
  const std::string text = suggestion("x", many);
  EXPECT_EQ(text.substr(text.size() - 5), ", ...");
}

}  // namespace
}  // namespace peak
