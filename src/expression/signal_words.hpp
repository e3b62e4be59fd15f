// Signal words: three-valued logic and shifts on 64 bars at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "expression/kernels.hpp"

namespace peak::expression {

// Strict three-valued logic (rule 6): a result is defined where all operands are.
void not_words(SignalOperand a, SignalTarget out, std::size_t words);
void and_words(SignalOperand a, SignalOperand b, SignalTarget out, std::size_t words);
void or_words(SignalOperand a, SignalOperand b, SignalTarget out, std::size_t words);
/// The chosen operand where the condition is defined; undefined elsewhere and where the chosen one is.
void select_words(SignalOperand condition, SignalOperand a, SignalOperand b, SignalTarget out, std::size_t words);
/// As it was `bars` ago; undefined on the first `bars`.
void shift_words(SignalOperand a, std::size_t bars, SignalTarget out, std::size_t size);
/// True where `a` is true on this bar and the bars - 1 before it; undefined where one of those is.
void last_bars_words(SignalOperand a, std::size_t bars, SignalTarget out, std::size_t words);
/// True where `a` is defined; always defined.
void defined_words(SignalOperand a, SignalTarget out, std::size_t size);

}  // namespace peak::expression
