// StrategyDefinition: a named set of signals with its parameters; the form in which a strategy is stored, hashed and
// shown.
//
// Made from a TOML file (file.hpp), a built-in name (builtin.hpp), or in C++/Python by filling in the fields.
// Threads: a value.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "peak/base/hash.hpp"
#include "peak/base/status.hpp"
#include "peak/expression/expression.hpp"
#include "peak/expression/program.hpp"
#include "peak/market/rebalance.hpp"
#include "peak/trading/broker.hpp"

namespace peak {

/// A parameter of a strategy: its default, and the range in which it makes sense (for sweeps and for checks).
struct StrategyParameter {
  std::string name;
  double value = 0;            ///< the default
  std::optional<double> low;   ///< smallest sensible value; a value below is refused
  std::optional<double> high;  ///< largest sensible value for a sweep; a value above is allowed
  std::optional<double> step;  ///< a sensible sweep step; 1 also says that the value must be whole
  std::string description;

  bool operator==(const StrategyParameter&) const = default;
};

struct StrategyDefinition {
  std::string name;
  std::string description;  ///< one or two sentences: what it does, when it works and when not
  std::vector<StrategyParameter> parameters;
  /// Named expressions in the order written; later ones may use earlier ones. Shown in reports.
  std::vector<std::pair<std::string, expression::Expression>> lines;
  std::optional<expression::Expression> entry;        ///< go long
  std::optional<expression::Expression> exit;         ///< close a long
  std::optional<expression::Expression> short_entry;  ///< go short
  std::optional<expression::Expression> short_exit;   ///< close a short
  /// Of an allocation over many symbols, instead of entries and exits: the target weight of each (rule 14).
  std::optional<expression::Expression> weight;
  std::optional<Rebalance> rebalance;  ///< when the weights are looked at; none: monthly
  BrokerOverrides broker;              ///< [broker] and [sizing] of the file

  /// At least one entry, every signal really a signal, every parameter known and used by a signal: else an error naming
  /// the part.
  [[nodiscard]] Status validate() const;
  /// The same of an allocation: a weight that is a number, and no entries or exits.
  [[nodiscard]] Status validate_allocation() const;
  /// `given` over the defaults; an unknown name or a value out of range is an error with the nearest name.
  [[nodiscard]] Result<expression::ParameterValues> resolve(const expression::ParameterValues& given) const;
  /// Adds to `parameters` each one that the signals use and the list lacks, with the default of the expression: for
  /// definitions made in C++ or Python.
  void adopt_parameters();
  /// Hash of the canonical form: signals, parameter names and defaults, broker overrides; not of name or description.
  [[nodiscard]] Hash128 fingerprint() const;
};

}  // namespace peak
