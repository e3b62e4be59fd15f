// Any bytes as a packed value: reading ends in a value or in an error with words; what was read is written again as it
// was read, and tables of it can be handed to Arrow and to the engine.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "peak/value/arrow.hpp"
#include "peak/value/value.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void use_tables(const peak::value::Value& value) {
  using namespace peak::value;
  if (const auto* const list = value.as<List>()) {
    for (const Value& item : list->items) use_tables(item);
  }
  const auto* const columns = value.as<Columns>();
  if (columns == nullptr) return;
  static_cast<void>(table_of_value(value));
  ArrowSchema schema{};
  ArrowArray array{};
  if (!arrow_of_table(columns->parts, columns->buffers, schema, array).ok()) return;
  Encoder encoder;  // and back in
  require(encode_arrow(schema, array, encoder).ok());
  require(encoder.finish().ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace peak::value;
  const auto* const bytes = reinterpret_cast<const std::byte*>(data);
  // A structure alone reaches more of the decoder than a packed value, whose sizes must fit.
  Encoded structure;
  structure.structure = ByteRun::copy_of({bytes, size});
  structure.buffers = {ByteRun::own(std::string(64, '\1')), ByteRun::own(std::string("\0\0\0\0\2\0\0\0\3\0\0\0", 12))};
  if (const auto value = to_value(structure); value.ok()) {
    use_tables(*value);
    const auto again = encode(*value);
    require(again.ok());
  }
  const auto unpacked = unpack(ByteRun::copy_of({bytes, size}));
  if (!unpacked.ok()) {
    require(!unpacked.error().message.empty());
    return 0;
  }
  if (const auto value = to_value(*unpacked); value.ok()) use_tables(*value);
  return 0;
}
