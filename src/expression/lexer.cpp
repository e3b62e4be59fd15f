#include "expression/lexer.hpp"

#include <array>
#include <utility>

#include "expression/number_text.hpp"

namespace peak::expression {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// What people write who come from another language, and what it is here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kForeign{{{"&&", "and"},
                                                                                 {"||", "or"},
                                                                                 {"&", "and"},
                                                                                 {"|", "or"},
                                                                                 {"**", "* (there are no powers)"},
                                                                                 {"!", "not"},
                                                                                 {"~", "not"},
                                                                                 {"?", "a if condition else b"},
                                                                                 {"<>", "!="}}};

class Lexer {
 public:
  Lexer(std::string_view text, std::vector<Token>* tokens, TextFault* fault)
      : text_(text), tokens_(tokens), fault_(fault) {}

  bool run() {
    while (true) {
      while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
      if (at_ == text_.size()) break;
      const char c = text_[at_];
      const bool is_number = is_digit(c) || (c == '.' && is_digit(peek(1)));
      const bool good = is_letter(c) ? name() : is_number ? number() : (c == '"' || c == '\'') ? quoted(c) : symbol();
      if (!good) return false;
    }
    push(TokenKind::kEnd, text_.size());
    return true;
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  bool fail(std::string message, std::size_t offset, std::size_t length) {
    *fault_ = {std::move(message), offset, length};
    return false;
  }

  Token& push(TokenKind kind, std::size_t end) {
    Token token;
    token.kind = kind;
    token.text = std::string(text_.substr(at_, end - at_));
    token.offset = at_;
    token.length = end - at_;
    at_ = end;
    tokens_->push_back(std::move(token));
    return tokens_->back();
  }

  bool name() {
    std::size_t end = at_;
    while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) ++end;
    push(TokenKind::kName, end);
    return true;
  }

  bool number() {
    std::size_t end = at_;
    const auto digits = [&] {
      while (end < text_.size() && is_digit(text_[end])) ++end;
    };
    digits();
    if (end < text_.size() && text_[end] == '.') {
      ++end;
      digits();
    }
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      std::size_t exponent = end + 1;
      if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) ++exponent;
      if (exponent < text_.size() && is_digit(text_[exponent])) {
        end = exponent;
        digits();
      }
    }
    const std::size_t start = at_;
    if (end < text_.size() && (is_letter(text_[end]) || text_[end] == '.')) {
      return fail("this is neither a number nor a name", start, end - start + 1);
    }
    const auto value = parse_number(text_.substr(start, end - start));
    if (!value) return fail("this number is out of the range of double precision", start, end - start);
    push(TokenKind::kNumber, end).number = *value;
    return true;
  }

  bool quoted(char quote) {
    std::string value;
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote) {
      if (text_[end] == '\\' && end + 1 < text_.size() && (text_[end + 1] == '\\' || text_[end + 1] == quote)) ++end;
      if (static_cast<unsigned char>(text_[end]) < 0x20 || text_[end] == 0x7F) {
        return fail("a text must not hold control characters", end, 1);
      }
      value += text_[end++];
    }
    if (end == text_.size()) return fail("this text has no closing quote", at_, end - at_);
    push(TokenKind::kText, end + 1).text = std::move(value);
    return true;
  }

  bool symbol() {
    const std::string_view rest = text_.substr(at_);
    for (const auto& [foreign, ours] : kForeign) {
      if (rest.starts_with(foreign) && !rest.starts_with("!=")) {
        return fail("'" + std::string(foreign) + "' is not an operator here; write " + std::string(ours), at_,
                    foreign.size());
      }
    }
    for (const std::string_view two : {"<=", ">=", "==", "!="}) {
      if (rest.starts_with(two)) return push(TokenKind::kSymbol, at_ + 2), true;
    }
    if (std::string_view("+-*/%<>=()[],.").find(rest.front()) != std::string_view::npos) {
      push(TokenKind::kSymbol, at_ + 1);
      return true;
    }
    std::size_t end = at_ + 1;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0U) == 0x80U) ++end;
    return fail("this character has no meaning in an expression", at_, end - at_);
  }

  std::string_view text_;
  std::vector<Token>* tokens_;
  TextFault* fault_;
  std::size_t at_ = 0;
};

}  // namespace

bool split_tokens(std::string_view text, std::vector<Token>* tokens, TextFault* fault) {
  return Lexer(text, tokens, fault).run();
}

}  // namespace peak::expression
