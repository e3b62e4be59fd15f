// Program: expressions made ready to run: shared parts found, types checked, evaluated column by column.
//
// compile() walks the graph once; equal sub-expressions become one instruction. evaluate() computes each instruction
// for all bars in blocks of memory that it takes from a Workspace, so that a second evaluation of the same size
// allocates nothing.
//
// Bits     the values of every instruction are defined by the indicator's streaming form (indicators/) and by IEEE
//          operations in the order written; evaluation on any SIMD target, whole or in parts, gives the same bits.
// Threads  a Program is immutable and may be evaluated by many threads, each with its own Workspace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "peak/base/bits.hpp"
#include "peak/base/status.hpp"
#include "peak/expression/expression.hpp"
#include "peak/market/bars.hpp"

namespace peak::expression {

/// Values for parameters by name; what is missing takes the parameter's default.
using ParameterValues = std::map<std::string, double, std::less<>>;

/// `expression` with each parameter that `values` names replaced by its number. One Program of many such expressions
/// computes once what they share; a sweep evaluates its grid so.
[[nodiscard]] Expression with_parameters(const Expression& expression, const ParameterValues& values);

/// Memory for evaluation, kept between runs.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;
  struct Impl;
  [[nodiscard]] Impl& impl() noexcept { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// What evaluate() hands back for one output; the views point into the Workspace and hold until its next use.
struct OutputView {
  ValueType type = ValueType::kNumber;
  std::span<const double> numbers;  ///< for a number
  BitView truth;                    ///< for a signal: bars on which it is true (and defined)
  BitView defined;                  ///< for a signal: bars on which it is defined
};

class Program {
 public:
  /// The outputs in the order given. Fails on an Expression that carries an error.
  static Result<Program> compile(std::span<const Expression> outputs);

  /// Computes every output. Over bars with splits a value is what the bars so far give in the units of its own bar
  /// (decided case 8.5). Fails if a column is missing (naming the nearest), a parameter is unknown, or a
  /// parameter's value does not fit its use (a window that is not a whole number >= 1, say).
  [[nodiscard]] Result<std::vector<OutputView>> evaluate(const Bars& bars, const ParameterValues& parameters,
                                                         Workspace& workspace) const;

  [[nodiscard]] std::size_t instruction_count() const noexcept;
  /// Parameters with their defaults, each once.
  [[nodiscard]] const std::vector<std::pair<std::string, double>>& parameters() const noexcept;

 private:
  friend class Stepper;
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace peak::expression
