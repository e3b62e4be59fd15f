// Instructions: what a Program is made of. A straight run; each instruction reads values made before it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "peak/expression/functions.hpp"
#include "peak/expression/program.hpp"
#include "peak/market/timeframe.hpp"

namespace peak::expression {

enum class Code : unsigned char {
  // One number for all bars.
  kConstant,
  kParameter,
  // A column of the data, without a copy where the type allows; a column filled with one number.
  kColumn,
  kSpread,
  // Numbers, or one number when all operands are.
  kNegate,
  kAbs,
  kSqrt,
  kExp,
  kLog,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kRemainder,
  kMinimum,
  kMaximum,
  // Columns of numbers.
  kIndicator,
  kShiftNumber,
  kWhereNumber,
  kHigherNumber,  ///< a program of its own on the bars of a longer timeframe
  kOtherNumber,   ///< a program of its own on the bars of another symbol
  // Signals.
  kLess,
  kLessEqual,
  kEqual,
  kNotEqual,
  kCrossesAbove,
  kCrossesBelow,
  kCrosses,
  kCrossesBothWays,  ///< two results, above and below: they share all of their work
  kCrossesAboveStrict,
  kCrossesBelowStrict,
  kDefinedNumber,
  kDefinedSignal,
  kNot,
  kAnd,
  kOr,
  kShiftSignal,
  kWhereSignal,
  kLastBars,  ///< true on each of the last n bars
  kHigherSignal,
  kOtherSignal,
};

/// What a value is made of, and the room it takes.
enum class Form : unsigned char {
  kScalar,   ///< one number
  kColumn,   ///< a column of the data
  kNumbers,  ///< a column in a slot of the workspace
  kSignal,   ///< truth and defined words in a slot of the workspace
};

struct Value {
  Form form = Form::kScalar;
  std::uint32_t slot = 0;  ///< among the values of its form; slots of kNumbers and kSignal are used again
};

using ValueId = std::uint32_t;

inline constexpr std::size_t kNoInstruction = static_cast<std::size_t>(-1);

struct Instruction {
  Code code = Code::kConstant;
  double number = 0;              ///< kConstant
  std::uint32_t name = 0;         ///< kParameter, kColumn: index into the program's lists
  std::vector<ValueId> operands;  ///< values; scalars of an indicator or a shift after its columns
  std::vector<ValueId> results;   ///< one, or several for an indicator
  std::size_t calls = 1;          ///< kIndicator: sets of scalars, each with its results, on the same columns
  const indicators::IndicatorInfo* indicator = nullptr;
  const char* function = "";       ///< whose scalar operands are checked, for the error
  std::vector<std::string> texts;  ///< of the scalar operands as written, for the error
  /// kCrossesBothWays of two simple averages that nothing else reads: the place in the list of the instruction that
  /// makes them. Whole columns are then related without making the averages; a stream makes them all the same.
  std::size_t averages = kNoInstruction;
  bool left_to_crossing = false;                   ///< these averages
  Timeframe timeframe = {};                        ///< kHigherNumber, kHigherSignal
  std::vector<std::string> higher_columns;         ///< of those: names of the operands, which are columns
  std::string symbol;                              ///< kOtherNumber, kOtherSignal
  std::shared_ptr<const Program> inner = nullptr;  ///< of these four
};

struct Instructions {
  std::vector<Instruction> list;
  std::vector<Value> values;
  std::vector<ValueId> outputs;
  std::vector<std::string> columns;
  std::vector<std::pair<std::string, double>> parameters;
  std::size_t scalar_slots = 0;
  std::size_t number_slots = 0;
  std::size_t signal_slots = 0;
};

struct Program::Impl : Instructions {};

}  // namespace peak::expression
