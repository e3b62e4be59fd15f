// Panel stepper: expressions over many symbols evaluated a stamp at a time, for feeds: the same bits as
// panel_program.hpp gives for all stamps (rule 16).
//
//     PEAK_ASSIGN_OR_RETURN(PanelStepper stepper, PanelStepper::create(outputs, Evaluated::kOnOwnBars, layout));
//     stepper.push(time, present, values);      // of each symbol one number for each of stepper.columns()
//     double place = stepper.value(0, s);       // of the first output, for symbol s
//
// Cost     some nanoseconds for each instruction, symbol and stamp; what compares symbols is computed at every stamp.
// Memory   what the longest window looks back at; with scale_to_volatility a return for each symbol and stamp, and
//          where begin_anew is to be called what compares symbols for each stamp.
// Threads  belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/base/time.hpp"
#include "peak/expression/expression.hpp"
#include "peak/expression/program.hpp"

namespace peak::expression {

/// What a value at a stamp is.
enum class Evaluated : unsigned char {
  kOnOwnBars,  ///< of the symbol's last bar, as evaluate_columns and evaluate_signal
  kAtStamps,   ///< as evaluate_at: what compares symbols sees each at every stamp
};

/// What a feed of many symbols looks like.
struct PanelLayout {
  std::size_t symbols = 0;
  std::vector<std::string> further_columns = {};  ///< beside open, high, low, close and volume
  double periods_per_year = 0;                    ///< for scale_to_volatility
  bool begins_anew = false;                       ///< begin_anew will be called
};

class PanelStepper {
 public:
  /// `parameters`: of each output those that it has. Fails where the evaluation of a panel would, and for symbol(...).
  [[nodiscard]] static Result<PanelStepper> create(std::span<const Expression> outputs, Evaluated evaluated,
                                                   const PanelLayout& layout, const ParameterValues& parameters = {});
  PanelStepper(PanelStepper&&) noexcept;
  PanelStepper& operator=(PanelStepper&&) noexcept;
  ~PanelStepper();

  /// The columns that push takes of each symbol, in its order.
  [[nodiscard]] const std::vector<std::string>& columns() const noexcept;
  /// The next stamp; `present` tells which symbols have a bar, and of the others nothing is read.
  void push(Nanoseconds time, std::span<const std::uint8_t> present, std::span<const double> values);
  /// The symbol's bars so far are seen in other units from the next stamp on: `columns` are its columns as they now
  /// are.
  void begin_anew(std::size_t symbol, std::span<const Nanoseconds> time,
                  std::span<const std::vector<double>* const> columns);
  /// A number, NaN where undefined; of a signal 1, 0, or NaN.
  [[nodiscard]] double value(std::size_t output, std::size_t symbol) const noexcept;

 private:
  struct Impl;
  explicit PanelStepper(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace peak::expression
