// Broker settings: the options of BrokerOptions that have a text form, as one table.
//
// A setting added here is a key of strategy files ([sizing], [stops] or [broker]), an option of the command
// (`--stop-loss`), an argument of peaktrade.backtest (`stop_loss=`), a line of results, and a part of a run's
// fingerprint.
// Threads: the table never changes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/trading/broker.hpp"

namespace peak {

enum class SettingSection : unsigned char { kBroker, kSizing, kStops };

struct BrokerSetting {
  const char* name;  ///< snake_case: "stop_loss"
  SettingSection section;
  const char* value;        ///< what is written, for help: "FRACTION", "touch|through"
  const char* description;  ///< one line, with the default in brackets
  /// Reads `text` into the option; an error says what is wrong with it and what is written instead.
  Status (*set)(BrokerOptions& options, std::string_view text);
  /// The option as a text that `set` reads back.
  std::string (*get)(const BrokerOptions& options);
};

/// All settings beside those that BrokerOverrides has as members, in the order in which they are shown.
[[nodiscard]] std::span<const BrokerSetting> broker_settings() noexcept;
/// The setting of that name, or null.
[[nodiscard]] const BrokerSetting* find_broker_setting(std::string_view name) noexcept;
/// Checks `text` and puts it into `overrides` in place of an earlier value of that setting.
[[nodiscard]] Status set_override(BrokerOverrides& overrides, const BrokerSetting& setting, std::string_view text);
/// Settings of `options` that differ from the defaults, with their texts.
[[nodiscard]] std::vector<std::pair<const BrokerSetting*, std::string>> changed_settings(const BrokerOptions& options);

}  // namespace peak
