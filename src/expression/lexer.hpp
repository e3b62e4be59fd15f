// Lexer: the text of an expression as a run of tokens.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace peak::expression {

enum class TokenKind : unsigned char { kNumber, kName, kText, kSymbol, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;  ///< a name or a symbol as written; a text constant without its quotes and escapes
  double number = 0;
  std::size_t offset = 0;  ///< where it starts, in bytes
  std::size_t length = 0;  ///< as written
};

/// A fault in a text, with its place.
struct TextFault {
  std::string message;
  std::size_t offset = 0;
  std::size_t length = 1;
};

/// Splits `text`; the last token is kEnd. False, with `fault` set, on what is no part of the language.
bool split_tokens(std::string_view text, std::vector<Token>* tokens, TextFault* fault);

}  // namespace peak::expression
