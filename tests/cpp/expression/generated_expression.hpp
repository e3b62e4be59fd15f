// Random well-typed expressions for property tests.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "peak/expression/functions.hpp"

namespace peak::testing {

class ExpressionGenerator {
 public:
  explicit ExpressionGenerator(std::mt19937_64& random) : random_(random) {}

  expression::Expression signal(int depth) {
    using namespace expression;
    if (depth <= 0) return close() > open();
    switch (random_() % 12) {
      case 0: return !signal(depth - 1);
      case 1: return signal(depth - 1) && signal(depth - 1);
      case 2: return signal(depth - 1) || signal(depth - 1);
      case 3: return where(signal(depth - 1), signal(depth - 1), signal(depth - 1));
      case 4: return shift(signal(depth - 1), bars(80));
      case 5: return is_defined(random_() % 2 == 0 ? number(depth - 1) : signal(depth - 1));
      case 6:
        return random_() % 2 == 0 ? rising(number(depth - 1), 1 + bars(70)) : falling(number(depth - 1), 1 + bars(3));
      case 7:
        return call(pick({"crosses_above_strict", "crosses_below_strict"}), {number(depth - 1), number(depth - 1)});
      case 8:
      case 9: return call(pick({"crosses_above", "crosses_below", "crosses"}), {number(depth - 1), number(depth - 1)});
      default: return comparison(number(depth - 1), number(depth - 1));
    }
  }

  expression::Expression number(int depth) {
    using namespace expression;
    if (depth <= 0) return leaf();
    switch (random_() % 14) {
      case 0: return -number(depth - 1);
      case 1: return number(depth - 1) + number(depth - 1);
      case 2: return number(depth - 1) - number(depth - 1);
      case 3: return number(depth - 1) * number(depth - 1);
      case 4: return number(depth - 1) / number(depth - 1);
      case 5: return number(depth - 1) % number(depth - 1);
      case 6: return where(signal(depth - 1), number(depth - 1), number(depth - 1));
      case 7: return shift(number(depth - 1), bars(80));
      case 8: return call(pick({"min", "max"}), {number(depth - 1), number(depth - 1)});
      case 9: return call(pick({"abs", "sqrt", "log", "exp"}), {number(depth - 1)});
      case 10:
      case 11: return sma(pick_column(), 1 + bars(12));
      default: return leaf();
    }
  }

 private:
  expression::Expression comparison(const expression::Expression& a, const expression::Expression& b) {
    switch (random_() % 6) {
      case 0: return a < b;
      case 1: return a <= b;
      case 2: return a > b;
      case 3: return a >= b;
      case 4: return a == b;
      default: return a != b;
    }
  }

  expression::Expression leaf() {
    using namespace expression;
    switch (random_() % 8) {
      case 0: return 0.25 * static_cast<double>(static_cast<int>(random_() % 800) - 200);
      case 1: return parameter("level", 100);
      default: return pick_column();
    }
  }

  expression::Expression pick_column() { return expression::column(pick({"open", "high", "low", "close"})); }
  std::string pick(const std::vector<const char*>& names) { return names[random_() % names.size()]; }
  // A small number of bars, sometimes by a parameter.
  expression::Expression bars(int limit) {
    if (random_() % 8 == 0) return expression::parameter("lag", 2);
    return static_cast<int>(random_() % static_cast<unsigned>(limit));
  }

  std::mt19937_64& random_;
};

}  // namespace peak::testing
