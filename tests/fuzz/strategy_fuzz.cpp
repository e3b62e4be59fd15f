// Any bytes as a strategy file: an error with words, or a definition whose canonical text reads back to the same. And
// as a configuration file: a list of problems, or values that can be changed in place.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "peak/config/configuration.hpp"
#include "peak/config/file_text.hpp"
#include "peak/strategy/file.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void read_as_configuration(std::string_view text) {
  using peak::config::Setting;
  peak::config::Configuration configuration;
  const bool good = configuration.read(text, "input").ok();
  require(good == peak::config::problems_of(text, "input").empty());
  for (const Setting setting : {Setting::kL1Size, Setting::kL3Path}) {
    const auto changed = peak::config::with_setting(text, "input", setting, "7");
    require(!changed.ok() || good);
    if (!changed.ok()) continue;
    peak::config::Configuration again;
    require(again.read(*changed, "changed").ok());
    require(again.text(setting) == "7");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_as_configuration(text);
  const auto parsed = peak::parse_strategy(text, "input");
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
