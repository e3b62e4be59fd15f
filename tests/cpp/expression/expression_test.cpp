#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "peak/expression/functions.hpp"

namespace peak::expression {
namespace {

using Pairs = std::vector<std::pair<std::string, double>>;

TEST(Expression, BuilderAndTextMakeTheSameGraph) {
  Scope scope;
  scope.names = {{"fast", parameter("fast", 10)}, {"slow", parameter("slow", 50)}};
  const Expression built =
      crosses_above(sma(close(), parameter("fast", 10)), sma(close(), parameter("slow", 50))) && close() > open()[2];
  const auto read = parse("crosses_above(sma(close, fast), sma(close, slow)) and close > open[2]", scope);
  ASSERT_TRUE(built.ok());
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(to_text(built), to_text(*read));
  EXPECT_EQ(built.type(), ValueType::kSignal);
}

TEST(Expression, ParametersAndColumnsInOrderOfAppearance) {
  const Expression e = sma(high(), parameter("slow", 50)) + parameter("fast", 10) * close() - parameter("slow", 50);
  EXPECT_EQ(parameters_of(e), (Pairs{{"slow", 50}, {"fast", 10}}));
  EXPECT_EQ(columns_of(e), (std::vector<std::string>{"high", "close"}));
}

TEST(Expression, ErrorsAreCarriedOn) {
  const Expression wrong = close() + (close() > open());
  EXPECT_FALSE(wrong.ok());
  const Expression later = sma(wrong * 2, 10) > 3;
  ASSERT_FALSE(later.ok());
  EXPECT_EQ(later.status().error().message, wrong.status().error().message);
  EXPECT_EQ(to_text(later), "");
  EXPECT_FALSE(Expression().ok());
  EXPECT_FALSE((Expression() + close()).ok());
  EXPECT_FALSE((!Expression()).ok());
  EXPECT_FALSE(Expression(std::numeric_limits<double>::quiet_NaN()).ok());
  EXPECT_FALSE(parameter("not", 1).ok());
  EXPECT_FALSE(parameter("a b", 1).ok());
  EXPECT_FALSE(parameter("a", std::numeric_limits<double>::infinity()).ok());
  EXPECT_FALSE(column("").ok());
  EXPECT_FALSE(column("a\nb").ok());
  EXPECT_FALSE(close()[-1].ok());
  EXPECT_FALSE(close().output("line").ok());
}

TEST(Expression, ScalarsAreKnown) {
  EXPECT_TRUE((parameter("a", 1) * 2 + abs(-3)).node().scalar);
  EXPECT_FALSE((parameter("a", 1) * close()).node().scalar);
  EXPECT_FALSE(Expression(5)[1].node().scalar);
}

TEST(Expression, NamesReplacePartsInText) {
  const Expression mean = sma(close(), 20);
  const std::vector<std::pair<std::string, Expression>> names{{"mean", mean}};
  EXPECT_EQ(to_text(close() > mean + sma(close(), 5), names), "close > mean + sma(close, 5)");
}

TEST(Expression, EveryFunctionIsListedOnceAndCanBeCalled) {
  const std::vector<std::string> names = function_names();
  for (const LanguageFunction& function : language_functions()) {
    EXPECT_EQ(std::count(names.begin(), names.end(), function.name), 1) << function.name;
    EXPECT_EQ(std::string(function.signature).find(std::string(function.name) + "("), 0U);
    std::vector<Expression> arguments;
    for (const FunctionArgument& argument : function.arguments) {
      if (argument.has_default) continue;
      const bool is_text = argument.kind == ArgumentKind::kTimeframe || argument.kind == ArgumentKind::kSymbol;
      arguments.push_back(is_text ? text("4h") : argument.kind == ArgumentKind::kSignal ? close() > 1 : close());
    }
    EXPECT_TRUE(call(function.name, arguments).ok()) << function.name;
  }
}

}  // namespace
}  // namespace peak::expression
