#include "expression/signal_words.hpp"

#include <algorithm>

#include "peak/base/bits.hpp"

namespace peak::expression {
namespace {

std::uint64_t last_word_mask(std::size_t size) {
  return size % 64 == 0 ? ~std::uint64_t{0} : (std::uint64_t{1} << (size % 64)) - 1;
}

// Word `index` of `words` moved up by whole words and bits.
std::uint64_t moved_word(const std::uint64_t* words, std::size_t index, std::size_t up_words, std::size_t up_bits) {
  if (index < up_words) return 0;
  const std::size_t from = index - up_words;
  std::uint64_t word = words[from] << up_bits;
  if (up_bits != 0 && from != 0) word |= words[from - 1] >> (64 - up_bits);
  return word;
}

// words &= words moved up by `bars`: from the last word down, so that what is read was not yet written.
void and_moved(std::uint64_t* words, std::size_t count, std::size_t bars) {
  for (std::size_t i = count; i-- > 0;) words[i] &= moved_word(words, i, bars / 64, bars % 64);
}

}  // namespace

void not_words(SignalOperand a, SignalTarget out, std::size_t words) {
  for (std::size_t i = 0; i < words; ++i) {
    out.defined[i] = a.defined[i];
    out.truth[i] = a.defined[i] & ~a.truth[i];
  }
}

void and_words(SignalOperand a, SignalOperand b, SignalTarget out, std::size_t words) {
  for (std::size_t i = 0; i < words; ++i) {
    out.defined[i] = a.defined[i] & b.defined[i];
    out.truth[i] = a.truth[i] & b.truth[i];
  }
}

void or_words(SignalOperand a, SignalOperand b, SignalTarget out, std::size_t words) {
  for (std::size_t i = 0; i < words; ++i) {
    out.defined[i] = a.defined[i] & b.defined[i];
    out.truth[i] = (a.truth[i] | b.truth[i]) & out.defined[i];
  }
}

void select_words(SignalOperand condition, SignalOperand a, SignalOperand b, SignalTarget out, std::size_t words) {
  for (std::size_t i = 0; i < words; ++i) {
    const std::uint64_t first = condition.truth[i];
    const std::uint64_t second = condition.defined[i] & ~first;
    out.defined[i] = (first & a.defined[i]) | (second & b.defined[i]);
    out.truth[i] = (first & a.truth[i]) | (second & b.truth[i]);
  }
}

void shift_words(SignalOperand a, std::size_t bars, SignalTarget out, std::size_t size) {
  const std::size_t words = bit_words(size);
  for (std::size_t i = 0; i < words; ++i) {
    const std::uint64_t used = i + 1 == words ? last_word_mask(size) : ~std::uint64_t{0};
    out.defined[i] = moved_word(a.defined, i, bars / 64, bars % 64) & used;
    out.truth[i] = moved_word(a.truth, i, bars / 64, bars % 64) & used;
  }
}

void last_bars_words(SignalOperand a, std::size_t bars, SignalTarget out, std::size_t words) {
  std::copy(a.truth, a.truth + words, out.truth);
  std::copy(a.defined, a.defined + words, out.defined);
  // Each step joins two runs of `width` bars, so n bars take log2(n) steps.
  for (std::size_t width = 1; width < bars;) {
    const std::size_t step = std::min(width, bars - width);
    and_moved(out.truth, words, step);
    and_moved(out.defined, words, step);
    width += step;
  }
}

void defined_words(SignalOperand a, SignalTarget out, std::size_t size) {
  const std::size_t words = bit_words(size);
  for (std::size_t i = 0; i < words; ++i) {
    out.truth[i] = a.defined[i];
    out.defined[i] = i + 1 == words ? last_word_mask(size) : ~std::uint64_t{0};
  }
}

}  // namespace peak::expression
