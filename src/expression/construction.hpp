// Construction: the one way in which nodes are made; every check of types, counts and limits is here.
//
// The parser and the C++ operators both call these. A failed check gives an Expression that carries the error and, for
// the parser's caret, says which argument is to blame.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "peak/expression/expression.hpp"
#include "peak/indicators/registry.hpp"

namespace peak::expression {

/// `culprit` when no single argument is to blame.
inline constexpr std::size_t kWholeCall = static_cast<std::size_t>(-1);

using NamedArguments = std::vector<std::pair<std::string, Expression>>;

/// Fills in scalar, depth and text_size; refuses a node that breaks a limit or has a failed argument.
Expression make_node(Node node);

Expression build_unary(Operation operation, const Expression& a);
Expression build_binary(Operation operation, const Expression& a, const Expression& b, std::size_t* culprit);
Expression build_where(const Expression& condition, const Expression& when_true, const Expression& when_false,
                       std::size_t* culprit);
/// `culprit` counts positional arguments first, then named ones.
Expression build_call(std::string_view function, const std::vector<Expression>& arguments, const NamedArguments& named,
                      std::size_t* culprit);
Expression build_output(const Expression& call, std::string_view name);

/// The text of an operator: "+", "and".
const char* operator_text(Operation operation) noexcept;
bool is_arithmetic(Operation operation) noexcept;
bool is_comparison(Operation operation) noexcept;

/// A letter or '_', then letters, digits and '_'; no word of the language.
bool is_plain_name(std::string_view name) noexcept;

/// The largest number that a whole argument (a window, a shift) may be.
inline constexpr double kLargestWhole = 1e9;

/// Ok if `value` fits `limits`; the error names function, argument, value and range.
Status check_scalar(std::string_view function, const indicators::ParameterInfo& limits, double value);

}  // namespace peak::expression
