// Stepper: a Program evaluated one bar at a time, for feeds: the same bits as Program::evaluate on all bars (rule 16).
//
//     PEAK_ASSIGN_OR_RETURN(Stepper stepper, Stepper::create(program, bars, parameters));
//     stepper.push(time, values);       // the bar's stamp, and one number for each of stepper.columns()
//     double fast = stepper.value(0);   // of the first output
//
// Cost     some nanoseconds for each instruction and bar; memory for what the longest window or shift looks back at.
// Threads  belongs to one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/base/time.hpp"
#include "peak/expression/program.hpp"

namespace peak::expression {

class Stepper {
 public:
  /// `like` has the columns that bars will have; its rows are not read. Fails where evaluate() would.
  [[nodiscard]] static Result<Stepper> create(const Program& program, const Bars& like,
                                              const ParameterValues& parameters);
  Stepper(Stepper&&) noexcept;
  Stepper& operator=(Stepper&&) noexcept;
  ~Stepper();

  /// The columns that push takes, in its order.
  [[nodiscard]] const std::vector<std::string>& columns() const noexcept;
  /// The next bar; stamps must rise. They matter only to at("4h", ...).
  void push(Nanoseconds time, std::span<const double> columns);
  /// An output on that bar: a number, NaN where undefined; of a signal 1, 0, or NaN.
  [[nodiscard]] double value(std::size_t output) const noexcept;

 private:
  struct Impl;
  explicit Stepper(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace peak::expression
