// Any bytes as a strategy file: an error with words, or a definition whose canonical text reads back to the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "peak/strategy/file.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = peak::parse_strategy(std::string_view(reinterpret_cast<const char*>(data), size), "input");
  if (!parsed.ok()) {
    require(!parsed.error().message.empty());
    return 0;
  }
  require(parsed->validate().ok());
  require(parsed->resolve({}).ok());
  const std::string canonical = peak::to_toml(*parsed);
  const auto again = peak::parse_strategy(canonical, "canonical");
  require(again.ok());
  require(again->fingerprint() == parsed->fingerprint());
  require(peak::to_toml(*again) == canonical);
  return 0;
}
