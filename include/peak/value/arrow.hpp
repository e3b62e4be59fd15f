// Arrow tables as values: through the C data interface, without Arrow and without copying.
//
// Purpose    Frames of pandas, polars and pyarrow hand out record batches in this form; the cache keeps their buffers
//            and gives them back as they were, aligned to 64 bytes and kept alive by what was read.
// Types      numbers, booleans, decimals, fixed and variable binary and text, dates, times, timestamps, durations,
//            dictionaries, lists, large lists, fixed-size lists and structs of these. Views (polars' default text: ask
//            it for compat_level oldest), unions, maps with run ends: kUnsupported, with the column and the type named.
// Failure    kBadData for arrays that break Arrow's rules.
// Threads    no shared state; release callbacks may run on whichever thread drops the last owner.
#pragma once

#include <string>

#include "peak/base/status.hpp"
#include "peak/table/arrow.hpp"
#include "peak/value/decoder.hpp"
#include "peak/value/encoder.hpp"

namespace peak::value {

/// Writes a record batch (a struct array with its schema) as a table value. Takes both over and releases them, also on
/// failure; buffers keep the array alive.
[[nodiscard]] Status encode_arrow(ArrowSchema& schema, ArrowArray& array, Encoder& encoder);

/// A record batch of a decoded table: fills both structs, to be released by whoever takes them. The buffers stay where
/// they are and live as long as `array` does. `buffers` are Encoded::buffers (or Columns::buffers).
[[nodiscard]] Status arrow_of_table(const TableParts& table, const std::vector<ByteRun>& buffers, ArrowSchema& schema,
                                    ArrowArray& array);

}  // namespace peak::value
