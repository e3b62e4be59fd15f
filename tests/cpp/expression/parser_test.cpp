#include <gtest/gtest.h>

#include <string>

#include "peak/expression/expression.hpp"

namespace peak::expression {
namespace {

// Values are checked through the canonical text, in which brackets show how a text was understood.
std::string read(const std::string& text, const Scope& scope = {}) {
  const auto parsed = parse(text, scope);
  return parsed.ok() ? to_text(*parsed) : "error: " + parsed.error().message;
}

std::string error_of(const std::string& text, const Scope& scope = {}) {
  const auto parsed = parse(text, scope);
  return parsed.ok() ? "no error" : parsed.error().message;
}

// The grammar of the rule book, operator by operator: each pair reads alike.
TEST(Parser, PrecedenceIsThatOfTheRuleBook) {
  const char* pairs[][2] = {
      {"open + high * low", "open + (high * low)"},
      {"open - high - low", "(open - high) - low"},
      {"open / high * low % close", "((open / high) * low) % close"},
      {"-open * high", "(-open) * high"},
      {"-open[1]", "-(open[1])"},
      {"open * -high", "open * (-high)"},
      {"open + 1 < high * 2", "(open + 1) < (high * 2)"},
      {"not open < high and low > 1", "(not (open < high)) and (low > 1)"},
      {"open < 1 or high < 1 and low < 1", "(open < 1) or ((high < 1) and (low < 1))"},
      {"not not open < 1", "not (not (open < 1))"},
      {"open if high > 1 or low > 1 else close", "where((high > 1) or (low > 1), open, close)"},
      {"1 if high > 1 else 2 if low > 1 else 3", "where(high > 1, 1, where(low > 1, 2, 3))"},
      {"open[1][2]", "(open[1])[2]"},
      {"shift(open, 3)", "open[3]"},
  };
  for (const auto& [text, bracketed] : pairs) EXPECT_EQ(read(text), read(bracketed)) << text;
}

TEST(Parser, BracketsThatChangeTheMeaningAreKept) {
  for (const char* text : {"(open + high) * low", "open - (high - low)", "open / (high * low)", "-(open + high)",
                           "(open + high)[1]", "(-open)[1]", "not (open > 1 and high > 1)",
                           "open > 1 and (high > 1 or low > 1)", "(open > 1)[2]", "open % (high % low)"}) {
    EXPECT_EQ(read(text), text);
  }
}

TEST(Parser, NumbersReadBackExactly) {
  for (const char* text : {"0.1", "1e-300", "123456789.125", "1e+22", "5e-324", "-0", "-2.5"}) {
    EXPECT_EQ(read(text), text);
  }
  EXPECT_EQ(read(".5"), "0.5");
  EXPECT_EQ(read("5."), "5");
  EXPECT_EQ(read("- 3"), "-3");
  EXPECT_EQ(read("(-3)[1]"), "(-3)[1]");
}

TEST(Parser, ArgumentsByPositionByNameAndLeftOut) {
  EXPECT_EQ(read("sma(close, 10)"), read("sma(close, window = 10)"));
  EXPECT_EQ(read("sma(close, 10)"), read("sma(window = 10)"));
  EXPECT_EQ(read("rsi(14)"), read("rsi(close, 14)"));
  EXPECT_EQ(read("rsi(2 * 7)"), read("rsi(close, 2 * 7)"));
  EXPECT_EQ(read("shift(close)"), "close[1]");
  EXPECT_EQ(read("shift(n = 2, x = close)"), "close[2]");
  EXPECT_EQ(read("where(when_true = open, when_false = low, condition = close > 1)"), "where(close > 1, open, low)");
}

TEST(Parser, NamesComeFromTheScopeThenFromTheColumns) {
  Scope scope;
  scope.names = {{"fast", parameter("fast", 10)}, {"mean", *parse("sma(close, 20)")}};
  EXPECT_EQ(read("close > mean * fast", scope), "close > sma(close, 20) * fast");
  scope.columns = {"vix", "close"};
  EXPECT_EQ(read("vix + close", scope), "column(\"vix\") + close");
  EXPECT_NE(error_of("open", scope).find("unknown name 'open'"), std::string::npos);
  EXPECT_EQ(read("column('Bid \"x\"')"), "column(\"bid \\\"x\\\"\")");
  EXPECT_EQ(read("column(\"close\")"), "close");
}

TEST(Parser, ErrorsPointAtThePlace) {
  EXPECT_EQ(error_of("close > smaa(close, 10)"),
            "unknown function 'smaa'; did you mean 'sma'?\n"
            "  close > smaa(close, 10)\n"
            "          ^~~~");
  EXPECT_EQ(error_of("close >\n  opne * 2"),
            "unknown name 'opne'; did you mean 'open'? (a further column of the data is written column(\"opne\"))\n"
            "    opne * 2\n"
            "    ^~~~");
  EXPECT_EQ(error_of("1 + (close > 2)"),
            "'+' needs a number on its right, but there stands a signal (true or false for each bar); write (1 if "
            "signal else 0) to count it\n"
            "  1 + (close > 2)\n"
            "      ^~~~~~~~~~~");
  std::size_t offset = 0;
  EXPECT_FALSE(parse("sma(close, 10, 3)", {}, &offset).ok());
  EXPECT_EQ(offset, 15U);
}

TEST(Parser, ErrorsNameTheNearest) {
  const char* cases[][2] = {
      {"clsoe", "did you mean 'close'?"},
      {"sma(close, windw = 3)", "did you mean 'window'?"},
      {"crosses_abov(open, close)", "did you mean 'crosses_above'?"},
      {"sma", "'sma' is a function; write sma(...)"},
      {"close(3)", "unknown function 'close'"},
      {"open < high < low", "comparisons cannot be chained"},
      {"open > 1 and high", "'and' needs a signal on its right"},
      {"not open", "'not' needs a signal"},
      {"open && high", "write and"},
      {"open = high", "compare with =="},
      {"open + not high", "brackets"},
      {"sma(close, close)", "one number for all bars"},
      {"sma(close, 2.5)", "window is 2.5, but must be a whole number"},
      {"sma(close, 0)", "window is 0"},
      {"sma(close, 10).upper", "has one output"},
      {"close.upper", "several outputs"},
      {"close[-1]", "the future cannot be read"},
      {"close[0.5]", "n is 0.5, but must be a whole number"},
      {"close[open]", "one number for all bars"},
      {"at(\"4q\", close)", "write a whole number and a unit"},
      {"symbol(SPY, close)", "unknown name 'SPY'"},
      {"symbol(close, close)", "must be the name of a symbol as a text"},
      {"symbol(\"\", close)", "this one is empty"},
      {"symbol(\"SPY\")", "argument 'x' is missing"},
      {"at(\"1w\", symbol(\"SPY\", close))", "write symbol(\"SPY\", at(...))"},
      {"sma(close, 10", "never closed"},
      {"(open", "never closed"},
      {"open)", "expected an operator or the end"},
      {"", "empty"},
      {"open +", "ends where a value must follow"},
      {"open if close > 1", "no 'else'"},
      {"1 if close else 2", "condition must be a signal"},
      {"1 if close > 1 else close > 2", "one type"},
      {"1e999", "out of the range"},
      {"12abc", "neither a number nor a name"},
      {"\"abc", "no closing quote"},
      {"sma(close, \"x\")", "must be a number"},
      {"sma(close, window = 3, window = 4)", "given twice"},
      {"sma(window = 3, close)", "stand before"},
      {"abs()", "argument 'x' is missing"},
      {"min(close)", "argument 'b' is missing"},
      {"close \xE2\x82\xAC", "no meaning"},
      {"column(close)", "column takes one text"},
  };
  for (const auto& [text, part] : cases) {
    EXPECT_NE(error_of(text).find(part), std::string::npos) << text << "\n" << error_of(text);
  }
}

TEST(Parser, DepthAndSizeAreLimited) {
  const auto nested = [](const char* open, std::size_t count, const char* close) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += open;
    text += "close";
    for (std::size_t i = 0; i < count; ++i) text += close;
    return text;
  };
  EXPECT_TRUE(parse(nested("(", 200, ")")).ok());
  EXPECT_TRUE(parse(nested("abs(", 199, ")")).ok());
  EXPECT_TRUE(parse(nested("-", 199, "")).ok());
  for (const char* open : {"(", "-", "abs(", "close[", "1 if 1 > 2 else "}) {
    const auto parsed = parse(nested(open, 60000 / std::string(open).size(), ""));
    ASSERT_FALSE(parsed.ok());
    EXPECT_NE(parsed.error().message.find("nested more than 200 deep"), std::string::npos) << open;
  }
  std::string sum = "close";
  for (int i = 0; i < 250; ++i) sum += " + 1";
  EXPECT_NE(error_of(sum).find("nested more than 200 deep"), std::string::npos);
  EXPECT_NE(error_of(std::string(70000, ' ')).find("64 KiB"), std::string::npos);
}

TEST(Parser, GraphsThatShareTheirPartsCannotBlowUp) {
  Expression doubled = close();
  for (int i = 0; i < 64 && doubled.ok(); ++i) doubled = doubled + doubled;
  EXPECT_FALSE(doubled.ok());
  EXPECT_NE(doubled.status().error().message.find("too large"), std::string::npos);
}

TEST(Parser, LongLinesAreCutAroundThePlace) {
  const std::string text = std::string(300, ' ') + "nme" + std::string(300, ' ');
  const std::string message = error_of(text);
  EXPECT_LT(message.size(), 500U);
  EXPECT_NE(message.find("nme"), std::string::npos);
}

}  // namespace
}  // namespace peak::expression
