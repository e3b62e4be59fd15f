#include "column_bits.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "array_interface.hpp"
#include "errors.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

constexpr std::size_t kWordsInPiece = 256;  // of work for one thread at a time: 16,384 bars
constexpr std::size_t kTogether = 8;        // columns that are read with one load where rows lie in one piece

static_assert(std::endian::native == std::endian::little, "eight_rows takes the first byte for the lowest");

// Eight columns of eight rows: byte c of the answer has bit r set where row r has column c. A byte that is neither 0
// nor 1 counts as 1, as in any array of bool.
std::uint64_t eight_rows(const std::uint8_t* rows, std::ptrdiff_t step, std::size_t columns) {
  std::uint64_t words[8] = {};
  std::uint64_t all = 0;
  for (std::size_t row = 0; row < 8; ++row, rows += step) {
    if (columns == 8) {  // a load; of fewer columns a call
      std::memcpy(&words[row], rows, 8);
    } else {
      std::memcpy(&words[row], rows, columns);
    }
    all |= words[row];
  }
  constexpr std::uint64_t kOnes = 0x0101010101010101, kLow = 0x7f7f7f7f7f7f7f7f;
  if ((all & ~kOnes) != 0) {
    for (std::uint64_t& word : words) word = ((((word & kLow) + kLow) | word) & ~kLow) >> 7;
  }
  std::uint64_t bits = 0;
  for (std::size_t row = 0; row < 8; ++row) bits |= words[row] << row;
  return bits;
}

std::uint64_t eight_bars(const std::uint8_t* bytes, std::ptrdiff_t step, std::size_t count) {
  std::uint64_t bits = 0;
  for (std::size_t bar = 0; bar < count; ++bar, bytes += step) bits |= std::uint64_t{*bytes != 0} << bar;
  return bits;
}

// Words [first, last) of `count` columns from `column` on.
void pack(const ColumnsView& view, std::size_t column, std::size_t count, std::size_t first, std::size_t last,
          std::vector<Bits>& out) {
  const bool rows_in_one_piece = view.column_step == 1;
  for (std::size_t w = first; w < last; ++w) {
    std::uint64_t words[kTogether] = {};
    for (std::size_t bar = w * 64; bar < std::min((w + 1) * 64, view.rows); bar += 8) {
      const std::uint8_t* at = view.data + static_cast<std::ptrdiff_t>(bar) * view.row_step +
                               static_cast<std::ptrdiff_t>(column) * view.column_step;
      const std::size_t bars = std::min<std::size_t>(view.rows - bar, 8);
      if (rows_in_one_piece && bars == 8) {
        const std::uint64_t bits = eight_rows(at, view.row_step, count);
        for (std::size_t k = 0; k < kTogether; ++k) words[k] |= (bits >> (8 * k) & 0xFF) << (bar % 64);
        continue;
      }
      for (std::size_t k = 0; k < count; ++k) {
        words[k] |= eight_bars(at + static_cast<std::ptrdiff_t>(k) * view.column_step, view.row_step, bars)
                    << (bar % 64);
      }
    }
    for (std::size_t k = 0; k < count; ++k) out[column + k].words()[w] = words[k];
  }
}

}  // namespace

ColumnsView view_of_columns(nb::handle array, const char* name) {
  const ArrayView view = view_of(array);
  const bool is_matrix = view.interface != nullptr && view.interface->dimensions == 2 && view.is('b', 1);
  if (!is_matrix) {
    raise_type_error(std::string(name) + " must be an array of bool with a row for each bar and a column for each run");
  }
  const ArrayInterface& shape = *view.interface;
  return {static_cast<const std::uint8_t*>(shape.data), static_cast<std::size_t>(shape.shape[0]),
          static_cast<std::size_t>(shape.shape[1]), shape.strides[0], shape.strides[1]};
}

Result<std::vector<Bits>> bits_of_columns(const ColumnsView& view, const ParallelOptions& parallel) {
  std::vector<Bits> out(view.columns);
  ParallelOptions one_by_one = parallel;
  one_by_one.grain = 1;
  if (view.row_step == 1) {  // columns in one piece
    PEAK_RETURN_IF_ERROR(parallel_for(
        view.columns,
        [&](std::size_t column) {
          out[column] =
              Bits::from_bytes({view.data + static_cast<std::ptrdiff_t>(column) * view.column_step, view.rows});
        },
        one_by_one));
    return out;
  }
  for (Bits& bits : out) bits = Bits(view.rows);
  const std::size_t words = bit_words(view.rows), pieces = (words + kWordsInPiece - 1) / kWordsInPiece;
  PEAK_RETURN_IF_ERROR(parallel_for(
      pieces,
      [&](std::size_t piece) {
        const std::size_t first = piece * kWordsInPiece, last = std::min(first + kWordsInPiece, words);
        for (std::size_t column = 0; column < view.columns; column += kTogether) {
          pack(view, column, std::min(kTogether, view.columns - column), first, last, out);
        }
      },
      one_by_one));
  return out;
}

}  // namespace peak::python
