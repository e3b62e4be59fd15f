#include <memory>

#include "peak/cache/entry.hpp"
#include "peak/value/value.hpp"

namespace peak::cache {
namespace {

class ValueCodec final : public ObjectCodec {
 public:
  [[nodiscard]] Result<value::Encoded> encode(const Object& object) const override {
    return value::encode(*static_cast<const value::Value*>(object.get()));
  }
  [[nodiscard]] Result<Object> decode(const value::Encoded& encoded) const override {
    PEAK_ASSIGN_OR_RETURN(value::Value value, value::to_value(encoded));
    return Object(std::make_shared<const value::Value>(std::move(value)));
  }
  /// What is not in the structure (numbers, text) is a few words more.
  [[nodiscard]] std::size_t charge(const Object& object) const override {
    const auto encoded = encode(object);
    return sizeof(value::Value) + (encoded.ok() ? encoded->size_bytes() : 0);
  }
};

}  // namespace

std::shared_ptr<const ObjectCodec> value_codec() {
  static const auto codec = std::make_shared<const ValueCodec>();
  return codec;
}

}  // namespace peak::cache
