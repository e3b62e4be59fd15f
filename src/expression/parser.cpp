// Parser: recursive descent with precedence climbing over the tokens of lexer.hpp.
//
//   choice   = logic ["if" logic "else" choice]
//   logic    = operands joined by or, and, comparisons, + -, * / %, from weak to strong; "not" stands before
//   comparisons unary    = "-" unary | postfix postfix  = primary {"[" choice "]" | "." name} primary  = number | text
//   | name | name "(" arguments ")" | "(" choice ")"
#include <algorithm>
#include <utility>

#include "expression/construction.hpp"
#include "expression/lexer.hpp"
#include "peak/base/suggest.hpp"
#include "peak/expression/expression.hpp"
#include "peak/expression/functions.hpp"

namespace peak::expression {
namespace {

// Brackets and prefixes may stand at most this deep: the text of any graph of kMaxDepth fits.
constexpr std::size_t kMaxNesting = kMaxDepth + 8;

constexpr int kOrLevel = 1, kAndLevel = 2, kNotLevel = 3, kComparisonLevel = 4, kSumLevel = 5, kProductLevel = 6;

struct BinaryOperator {
  std::string_view text;
  Operation operation;
  int level;
};
constexpr BinaryOperator kBinaryOperators[] = {
    {"or", Operation::kOr, kOrLevel},
    {"and", Operation::kAnd, kAndLevel},
    {"<", Operation::kLess, kComparisonLevel},
    {"<=", Operation::kLessEqual, kComparisonLevel},
    {">", Operation::kGreater, kComparisonLevel},
    {">=", Operation::kGreaterEqual, kComparisonLevel},
    {"==", Operation::kEqual, kComparisonLevel},
    {"!=", Operation::kNotEqual, kComparisonLevel},
    {"+", Operation::kAdd, kSumLevel},
    {"-", Operation::kSubtract, kSumLevel},
    {"*", Operation::kMultiply, kProductLevel},
    {"/", Operation::kDivide, kProductLevel},
    {"%", Operation::kRemainder, kProductLevel},
};

// A part that was read, with its place in the text.
struct Part {
  Expression value;
  std::size_t begin = 0;
  std::size_t end = 0;
};

class Parser {
 public:
  Parser(const std::vector<Token>& tokens, const Scope& scope) : tokens_(tokens), scope_(scope) {}

  bool parse(Part* part) {
    if (!choice(part)) return false;
    if (token().kind == TokenKind::kEnd) return true;
    if (is_name("if") || is_name("else")) return fail("write a choice as: a if condition else b", token());
    if (is_symbol("=")) return fail("compare with ==; a single = only names an argument", token());
    return fail("expected an operator or the end of the expression before this", token());
  }

  [[nodiscard]] const TextFault& fault() const { return fault_; }
  [[nodiscard]] ErrorCode code() const { return code_; }

 private:
  [[nodiscard]] const Token& token(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  [[nodiscard]] bool is(TokenKind kind, std::string_view text, std::size_t ahead = 0) const {
    return token(ahead).kind == kind && token(ahead).text == text;
  }
  [[nodiscard]] bool is_symbol(std::string_view text, std::size_t ahead = 0) const {
    return is(TokenKind::kSymbol, text, ahead);
  }
  [[nodiscard]] bool is_name(std::string_view text) const { return is(TokenKind::kName, text); }
  [[nodiscard]] std::size_t last_end() const { return tokens_[at_ - 1].offset + tokens_[at_ - 1].length; }

  bool fail(std::string message, std::size_t begin, std::size_t end) {
    fault_ = {std::move(message), begin, end - begin};
    return false;
  }
  bool fail(std::string message, const Token& where) {
    return fail(std::move(message), where.offset, where.offset + std::max<std::size_t>(where.length, 1));
  }
  bool fail(const Expression& refused, std::size_t begin, std::size_t end) {
    code_ = refused.status().error().code == ErrorCode::kUnsupported ? ErrorCode::kUnsupported : ErrorCode::kParse;
    return fail(refused.status().error().message, begin, end);
  }

  bool expect(std::string_view symbol, const Token& opened) {
    if (is_symbol(symbol)) {
      ++at_;
      return true;
    }
    if (token().kind == TokenKind::kEnd)
      return fail("this is never closed; '" + std::string(symbol) + "' is missing", opened);
    return fail("expected '" + std::string(symbol) + "' before this", token());
  }

  // Counts one level of nesting while it lives.
  class Nesting {
   public:
    explicit Nesting(Parser* parser) : parser_(parser) { ++parser_->nesting_; }
    ~Nesting() { --parser_->nesting_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Parser* parser_;
  };
  bool too_deep() {
    if (nesting_ <= kMaxNesting) return false;
    fail("the expression is nested more than " + std::to_string(kMaxDepth) + " deep here", token());
    return true;
  }

  bool choice(Part* part) {
    const Nesting nesting(this);
    if (too_deep() || !binary(kOrLevel, part)) return false;
    if (!is_name("if")) return true;
    const Token& keyword = token();
    ++at_;
    Part condition, otherwise;
    if (!binary(kOrLevel, &condition)) return false;
    if (!is_name("else")) return fail("this 'if' has no 'else': write a if condition else b", keyword);
    ++at_;
    if (!choice(&otherwise)) return false;
    std::size_t culprit = kWholeCall;
    const Expression made = build_where(condition.value, part->value, otherwise.value, &culprit);
    const Part* parts[] = {&condition, part, &otherwise};
    return finish(made, part->begin, otherwise.end, culprit < 3 ? parts[culprit] : nullptr, part);
  }

  // Stores `made` with its place, or points at `culprit` (none: at the whole).
  bool finish(const Expression& made, std::size_t begin, std::size_t end, const Part* culprit, Part* part) {
    if (!made.ok())
      return fail(made, culprit != nullptr ? culprit->begin : begin, culprit != nullptr ? culprit->end : end);
    *part = {placed(made, begin), begin, end};
    return true;
  }

  // A copy of a node that was just built, with its place in it.
  static Expression placed(const Expression& made, std::size_t begin) {
    Node node = made.node();
    node.source_offset = begin;
    return Expression(std::make_shared<const Node>(std::move(node)));
  }

  [[nodiscard]] const BinaryOperator* binary_operator() const {
    if (token().kind != TokenKind::kSymbol && token().kind != TokenKind::kName) return nullptr;
    for (const BinaryOperator& candidate : kBinaryOperators) {
      if (token().text == candidate.text) return &candidate;
    }
    return nullptr;
  }

  bool binary(int level, Part* part) {
    if (!operand(level, part)) return false;
    while (true) {
      const BinaryOperator* found = binary_operator();
      if (found == nullptr || found->level < level) return true;
      const Token& sign = token();
      ++at_;
      Part right;
      if (!binary(found->level + 1, &right)) return false;
      if (found->level == kComparisonLevel) {
        if (const BinaryOperator* next = binary_operator(); next != nullptr && next->level == kComparisonLevel) {
          return fail("comparisons cannot be chained; join two with 'and'", token());
        }
      }
      if (!join(found->operation, sign, right, part)) return false;
    }
  }

  bool join(Operation operation, const Token& sign, const Part& right, Part* left) {
    std::size_t culprit = kWholeCall;
    const Expression made = build_binary(operation, left->value, right.value, &culprit);
    if (!made.ok() && culprit == kWholeCall) return fail(made, sign.offset, sign.offset + sign.length);
    return finish(made, left->begin, right.end, culprit == 0 ? left : &right, left);
  }

  bool operand(int level, Part* part) {
    if (!is_name("not")) return unary(part);
    const Token& word = token();
    if (level > kNotLevel) return fail("put this 'not' with what belongs to it in brackets", word);
    ++at_;
    const Nesting nesting(this);
    Part inner;
    if (too_deep() || !binary(kNotLevel, &inner)) return false;
    return finish(build_unary(Operation::kNot, inner.value), word.offset, inner.end, &inner, part);
  }

  bool unary(Part* part) {
    if (!is_symbol("-")) return postfix(part);
    const Token& sign = token();
    ++at_;
    const Nesting nesting(this);
    Part inner;
    if (too_deep() || !unary(&inner)) return false;
    return finish(build_unary(Operation::kNegate, inner.value), sign.offset, inner.end, &inner, part);
  }

  bool postfix(Part* part) {
    if (!primary(part)) return false;
    while (true) {
      if (is_symbol("[")) {
        if (!bars_ago(part)) return false;
      } else if (is_symbol(".")) {
        if (!output(part)) return false;
      } else {
        return true;
      }
    }
  }

  bool bars_ago(Part* part) {
    const Token& opened = token();
    ++at_;
    Part bars;
    if (!choice(&bars) || !expect("]", opened)) return false;
    std::size_t culprit = kWholeCall;
    const Expression made = build_call("shift", {part->value, bars.value}, {}, &culprit);
    if (bars.value.type() == ValueType::kNumber && bars.value.node().operation == Operation::kNumber &&
        bars.value.node().number < 0) {
      return fail("x[n] is the value n bars ago; the future cannot be read, so n is 0 or more", bars.begin, bars.end);
    }
    return finish(made, part->begin, last_end(), culprit == 1 ? &bars : nullptr, part);
  }

  bool output(Part* part) {
    ++at_;
    const Token& name = token();
    if (name.kind != TokenKind::kName) return fail("expected the name of an output after '.'", name);
    ++at_;
    const Part culprit{{}, name.offset, name.offset + name.length};
    return finish(build_output(part->value, name.text), part->begin, last_end(), &culprit, part);
  }

  bool primary(Part* part) {
    const Token& first = token();
    const std::size_t end = first.offset + first.length;
    switch (first.kind) {
      case TokenKind::kNumber: ++at_; return finish(Expression(first.number), first.offset, end, nullptr, part);
      case TokenKind::kText: ++at_; return finish(text(first.text), first.offset, end, nullptr, part);
      case TokenKind::kName: return is_symbol("(", 1) ? call_of(first, part) : bare_name(first, part);
      case TokenKind::kEnd:
        return fail(at_ == 0 ? "the expression is empty" : "the expression ends where a value must follow", first);
      case TokenKind::kSymbol: break;
    }
    if (first.text != "(") return fail("expected a value (a number, a name, a call or a bracket) here", first);
    ++at_;
    if (!choice(part) || !expect(")", first)) return false;
    part->begin = first.offset;
    part->end = last_end();
    return true;
  }

  bool bare_name(const Token& name, Part* part) {
    if (!is_plain_name(name.text)) return fail("expected a value before '" + name.text + "'", name);
    ++at_;
    const std::size_t end = name.offset + name.length;
    for (const auto& [known, expression] : scope_.names) {
      if (known != name.text) continue;
      if (!expression.ok()) return fail(expression, name.offset, end);
      *part = {expression, name.offset, end};
      return true;
    }
    const std::vector<std::string> columns = known_columns();
    if (std::find(columns.begin(), columns.end(), name.text) != columns.end()) {
      return finish(column(name.text), name.offset, end, nullptr, part);
    }
    return fail(unknown_name(name.text, columns), name);
  }

  [[nodiscard]] std::vector<std::string> known_columns() const {
    return scope_.columns.empty() ? std::vector<std::string>{"open", "high", "low", "close", "volume"} : scope_.columns;
  }

  [[nodiscard]] std::string unknown_name(const std::string& name, const std::vector<std::string>& columns) const {
    const std::vector<std::string> functions = function_names();
    if (std::find(functions.begin(), functions.end(), name) != functions.end()) {
      return "'" + name + "' is a function; write " + name + "(...)";
    }
    std::vector<std::string> known;
    for (const auto& named : scope_.names) known.push_back(named.first);
    known.insert(known.end(), columns.begin(), columns.end());
    return "unknown name '" + name + "'" + suggestion(name, known) +
           " (a further column of the data is written column(\"" + name + "\"))";
  }

  bool call_of(const Token& name, Part* part) {
    if (!is_plain_name(name.text)) return fail("expected a value before '" + name.text + "'", name);
    at_ += 2;
    std::vector<Part> parts;
    std::vector<Expression> positional;
    NamedArguments named;
    if (!arguments(tokens_[at_ - 1], &parts, &positional, &named)) return false;
    const std::size_t end = last_end();
    if (name.text == "column") return column_call(name, parts, !named.empty(), end, part);
    std::size_t culprit = kWholeCall;
    const Expression made = build_call(name.text, positional, named, &culprit);
    if (!made.ok() && culprit >= parts.size()) return fail(made, name.offset, name.offset + name.length);
    return finish(made, name.offset, end, made.ok() ? nullptr : &parts[culprit], part);
  }

  bool column_call(const Token& name, const std::vector<Part>& parts, bool has_named, std::size_t end, Part* part) {
    if (parts.size() != 1 || has_named || parts[0].value.type() != ValueType::kText) {
      return fail("column takes one text, the name of a column of the data: column(\"vix\")", name.offset, end);
    }
    return finish(column(parts[0].value.node().name), name.offset, end, &parts[0], part);
  }

  bool arguments(const Token& opened, std::vector<Part>* parts, std::vector<Expression>* positional,
                 NamedArguments* named) {
    while (!is_symbol(")")) {
      const bool is_named = token().kind == TokenKind::kName && is_symbol("=", 1);
      const Token& first = token();
      if (is_named) at_ += 2;
      if (!is_named && !named->empty()) return fail("arguments without a name stand before those with one", first);
      Part value;
      if (token().kind == TokenKind::kEnd) return expect(")", opened);
      if (!choice(&value)) return false;
      if (is_named) {
        named->emplace_back(first.text, value.value);
        value.begin = first.offset;
      } else {
        positional->push_back(value.value);
      }
      parts->push_back(std::move(value));
      if (!is_symbol(",")) break;
      ++at_;
    }
    return expect(")", opened);
  }

  const std::vector<Token>& tokens_;
  const Scope& scope_;
  std::size_t at_ = 0;
  std::size_t nesting_ = 0;
  TextFault fault_;
  ErrorCode code_ = ErrorCode::kParse;
};

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// The line of the fault, cut to what fits on a screen, and a caret with tildes under the place.
std::string show_place(std::string_view text, const TextFault& fault) {
  constexpr std::size_t kBefore = 60, kAfter = 60;
  const std::size_t offset = std::min(fault.offset, text.size());
  const std::size_t line_begin = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;
  const std::size_t line_end = std::min(text.find('\n', offset), text.size());
  const std::size_t begin = offset - line_begin > kBefore ? offset - kBefore : line_begin;
  const std::size_t end = std::min(line_end, offset + std::max(fault.length, kAfter));
  std::string line =
      (begin > line_begin ? "..." : "") + std::string(text.substr(begin, end - begin)) + (end < line_end ? "..." : "");
  for (char& c : line) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  const std::size_t indent = (begin > line_begin ? 3 : 0) + count_characters(text.substr(begin, offset - begin));
  const std::size_t marked = std::min(offset + fault.length, end);
  const std::size_t length = count_characters(text.substr(offset, marked - std::min(marked, offset)));
  return "\n  " + line + "\n  " + std::string(indent, ' ') + '^' + std::string(length > 1 ? length - 1 : 0, '~');
}

Error shown(std::string_view text, const TextFault& fault, ErrorCode code, std::size_t* error_offset) {
  if (error_offset != nullptr) *error_offset = fault.offset;
  return {code, fault.message + show_place(text, fault)};
}

}  // namespace

Result<Expression> parse(std::string_view text, const Scope& scope, std::size_t* error_offset) {
  if (error_offset != nullptr) *error_offset = 0;
  if (text.size() > kMaxTextSize) {
    return parse_error("the expression is longer than " + std::to_string(kMaxTextSize / 1024) + " KiB");
  }
  std::vector<Token> tokens;
  TextFault fault;
  if (!split_tokens(text, &tokens, &fault)) return shown(text, fault, ErrorCode::kParse, error_offset);
  Parser parser(tokens, scope);
  Part part;
  if (!parser.parse(&part)) return shown(text, parser.fault(), parser.code(), error_offset);
  return part.value;
}

}  // namespace peak::expression
