#include "peak/strategy/file.hpp"

#include <algorithm>
#include <utility>

#include "base/toml-inl.hpp"
#include "peak/base/suggest.hpp"
#include "peak/base/text_file.hpp"
#include "peak/trading/settings.hpp"
#include "strategy/names.hpp"

namespace peak {
namespace {

constexpr std::size_t kLargestFile = 1024 * 1024;

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

struct Entry {
  std::string key;
  toml::source_position key_place;
  const toml::node* value = nullptr;
};

// The entries of a table in the order in which they were written.
std::vector<Entry> entries_of(const toml::table& table) {
  std::vector<Entry> entries;
  for (const auto& [key, value] : table) {
    entries.push_back({std::string(key.str()), key.source().begin, &value});
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.key_place < b.key_place; });
  return entries;
}

const char* type_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a text";
    case toml::node_type::integer:
    case toml::node_type::floating_point: return "a number";
    case toml::node_type::boolean: return "true or false";
    default: return "a date or time";
  }
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Byte `offset` of a text value as a line and column of the file, if the value is written without escapes.
toml::source_position place_inside(std::string_view file, toml::source_position begin, std::size_t offset) {
  std::size_t at = 0;
  for (toml::source_index line = 1; line < begin.line && at < file.size(); ++line) {
    at = std::min(file.find('\n', at), file.size() - 1) + 1;
  }
  for (toml::source_index column = 1; column < begin.column && at < file.size(); ++column) {
    ++at;
    while (at < file.size() && (static_cast<unsigned char>(file[at]) & 0xC0U) == 0x80U) ++at;
  }
  const std::string_view value = file.substr(std::min(at, file.size()));
  const bool is_long = value.starts_with("\"\"\"") || value.starts_with("'''");
  std::size_t quote = is_long ? 3 : 1;
  if (is_long && value.substr(quote).starts_with("\r\n")) quote += 2;
  if (is_long && value.substr(quote).starts_with("\n")) quote += 1;
  const std::string_view before = value.substr(0, std::min(value.size(), quote + offset));
  if (value.starts_with('"') && before.find('\\') != std::string_view::npos) return begin;
  const auto lines = static_cast<toml::source_index>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto column = static_cast<toml::source_index>(count_characters(before.substr(line_begin)));
  return {begin.line + lines, lines == 0 ? begin.column + column : column + 1};
}

class Reader {
 public:
  Reader(std::string_view file, std::string_view source) : file_(file), source_(source) {}

  Result<StrategyDefinition> read() {
    const toml::parse_result parsed = toml::parse(file_, std::string_view());
    if (!parsed) {
      return failure(parsed.error().source().begin, "this is not TOML: " + std::string(parsed.error().description()));
    }
    const toml::table& root = parsed.table();
    PEAK_RETURN_IF_ERROR(
        check_keys(root, "", {"name", "description", "rebalance", "params", "signals", "broker", "sizing", "stops"}));
    PEAK_RETURN_IF_ERROR(read_text(root, "name", &definition_.name));
    PEAK_RETURN_IF_ERROR(read_text(root, "description", &definition_.description));
    PEAK_RETURN_IF_ERROR(read_choice(root, "rebalance", &parse_rebalance, &definition_.rebalance));
    if (definition_.name.empty()) return failure({1, 1}, "a strategy needs a name: name = \"...\" at the top");
    PEAK_RETURN_IF_ERROR(read_section(root, "params", &Reader::read_parameters));
    PEAK_RETURN_IF_ERROR(read_section(root, "signals", &Reader::read_signals));
    PEAK_RETURN_IF_ERROR(read_section(root, "broker", &Reader::read_broker));
    PEAK_RETURN_IF_ERROR(read_section(root, "stops", &Reader::read_stops));
    PEAK_RETURN_IF_ERROR(read_section(root, "sizing", &Reader::read_sizing));
    const Status good = definition_.weight ? definition_.validate_allocation() : definition_.validate();
    if (!good.ok()) return good.error().within(std::string(source_));
    return std::move(definition_);
  }

 private:
  [[nodiscard]] Error failure(toml::source_position place, const std::string& message,
                              ErrorCode code = ErrorCode::kParse) const {
    return {code, std::string(source_) + ":" + std::to_string(place.line) + ":" + std::to_string(place.column) + ": " +
                      message};
  }
  [[nodiscard]] Error failure(const toml::node& node, const std::string& message) const {
    return failure(node.source().begin, message);
  }

  Status check_keys(const toml::table& table, const std::string& where, const std::vector<std::string>& known) const {
    for (const Entry& entry : entries_of(table)) {
      if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
      const std::string kind = where.empty() && entry.value->is_table() ? "unknown section [" + entry.key + "]"
                                                                        : "unknown key " + in_quotes(entry.key);
      return failure(entry.key_place, kind + (where.empty() ? "" : " in " + where) + suggestion(entry.key, known));
    }
    return {};
  }

  Status read_section(const toml::table& root, const char* name, Status (Reader::*read_entries)(const toml::table&)) {
    const toml::node* node = root.get(name);
    if (node == nullptr) return {};
    if (!node->is_table()) {
      return failure(*node, std::string(name) + " must be a section [" + name + "], but is " + type_of(*node));
    }
    return (this->*read_entries)(*node->as_table());
  }

  Status read_text(const toml::table& table, const char* key, std::string* to) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) return {};
    if (!node->is_string()) return failure(*node, std::string(key) + " must be a text, but is " + type_of(*node));
    *to = node->as_string()->get();
    return {};
  }

  Status number_of(const toml::node& node, const std::string& key, double* to) const {
    const auto number = node.is_number() ? node.value<double>() : std::nullopt;
    if (!number) return failure(node, key + " must be a number, but is " + type_of(node));
    if (!(*number - *number == 0)) return failure(node, key + " must be a finite number");
    *to = *number;
    return {};
  }

  Status read_number(const toml::table& table, const char* key, std::optional<double>* to) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) return {};
    double number = 0;
    PEAK_RETURN_IF_ERROR(number_of(*node, key, &number));
    *to = number;
    return {};
  }

  Status read_flag(const toml::table& table, const char* key, std::optional<bool>* to) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) return {};
    if (!node->is_boolean())
      return failure(*node, std::string(key) + " must be true or false, but is " + type_of(*node));
    *to = node->as_boolean()->get();
    return {};
  }

  Status read_parameters(const toml::table& table) {
    for (const Entry& entry : entries_of(table)) {
      if (Status good = check_name("parameter", entry.key); !good.ok()) {
        return failure(entry.key_place, good.error().message);
      }
      StrategyParameter parameter;
      parameter.name = entry.key;
      if (const toml::table* fields = entry.value->as_table()) {
        PEAK_RETURN_IF_ERROR(read_parameter(*fields, &parameter));
      } else {
        PEAK_RETURN_IF_ERROR(number_of(*entry.value, "parameter " + in_quotes(entry.key), &parameter.value));
      }
      scope_.names.emplace_back(parameter.name, expression::parameter(parameter.name, parameter.value));
      definition_.parameters.push_back(std::move(parameter));
    }
    return {};
  }

  Status read_parameter(const toml::table& fields, StrategyParameter* parameter) const {
    const std::string where = "parameter " + in_quotes(parameter->name);
    PEAK_RETURN_IF_ERROR(check_keys(fields, where, {"value", "low", "high", "step", "description"}));
    std::optional<double> value;
    PEAK_RETURN_IF_ERROR(read_number(fields, "value", &value));
    if (!value) return failure(fields, where + " needs its value: { value = ... }");
    parameter->value = *value;
    PEAK_RETURN_IF_ERROR(read_number(fields, "low", &parameter->low));
    PEAK_RETURN_IF_ERROR(read_number(fields, "high", &parameter->high));
    PEAK_RETURN_IF_ERROR(read_number(fields, "step", &parameter->step));
    return read_text(fields, "description", &parameter->description);
  }

  Status read_signals(const toml::table& table) {
    for (const Entry& entry : entries_of(table)) {
      if (Status good = check_name("signal", entry.key); !good.ok()) {
        return failure(entry.key_place, good.error().message);
      }
      const auto& names = scope_.names;
      if (std::any_of(names.begin(), names.end(), [&](const auto& known) { return known.first == entry.key; })) {
        return failure(entry.key_place, in_quotes(entry.key) + " is already the name of a parameter");
      }
      PEAK_ASSIGN_OR_RETURN(expression::Expression parsed, read_expression(entry));
      scope_.names.emplace_back(entry.key, parsed);
      if (auto* signal = signal_of(entry.key)) {
        *signal = std::move(parsed);
      } else {
        definition_.lines.emplace_back(entry.key, std::move(parsed));
      }
    }
    return {};
  }

  std::optional<expression::Expression>* signal_of(const std::string& key) {
    if (key == "entry") return &definition_.entry;
    if (key == "exit") return &definition_.exit;
    if (key == "short_entry") return &definition_.short_entry;
    if (key == "weight") return &definition_.weight;
    return key == "short_exit" ? &definition_.short_exit : nullptr;
  }

  Result<expression::Expression> read_expression(const Entry& entry) const {
    const toml::node& node = *entry.value;
    if (!node.is_string()) {
      return failure(node, entry.key + " must be an expression in quotes, but is " + type_of(node));
    }
    std::size_t offset = 0;
    Result<expression::Expression> parsed = expression::parse(node.as_string()->get(), scope_, &offset);
    if (!parsed.ok()) {
      return failure(place_inside(file_, node.source().begin, offset), entry.key + ": " + parsed.error().message,
                     parsed.error().code);
    }
    if (parsed->type() == expression::ValueType::kText) {
      return failure(node, entry.key + ": a text alone has no value on a bar");
    }
    if (is_signal_name(entry.key) && parsed->type() != expression::ValueType::kSignal) {
      return failure(node, entry.key +
                               " must be a signal (true or false for each bar), but this is a number; compare "
                               "it with something, such as > 0");
    }
    return parsed;
  }

  Status read_broker(const toml::table& table) {
    PEAK_RETURN_IF_ERROR(
        read_settings(table, "[broker]", SettingSection::kBroker,
                      {"cash", "commission", "slippage", "fill", "accumulate", "finalize", "execution"}));
    BrokerOverrides& broker = definition_.broker;
    PEAK_RETURN_IF_ERROR(read_number(table, "cash", &broker.cash));
    PEAK_RETURN_IF_ERROR(read_number(table, "commission", &broker.commission));
    PEAK_RETURN_IF_ERROR(read_number(table, "slippage", &broker.slippage));
    PEAK_RETURN_IF_ERROR(read_flag(table, "accumulate", &broker.accumulate));
    PEAK_RETURN_IF_ERROR(read_flag(table, "finalize", &broker.finalize));
    PEAK_RETURN_IF_ERROR(read_choice(table, "fill", &parse_fill_timing, &broker.fill));
    PEAK_RETURN_IF_ERROR(read_choice(table, "execution", &parse_execution, &broker.execution));
    return check_broker(table);
  }

  Status read_sizing(const toml::table& table) {
    PEAK_RETURN_IF_ERROR(read_settings(table, "[sizing]", SettingSection::kSizing, {"size", "size_step"}));
    PEAK_RETURN_IF_ERROR(read_number(table, "size_step", &definition_.broker.size_step));
    std::optional<double> number;
    if (const toml::node* size = table.get("size"); size != nullptr && size->is_number()) {
      PEAK_RETURN_IF_ERROR(read_number(table, "size", &number));
      Result<Sizing> sizing = parse_sizing(shown(*number));
      if (!sizing.ok()) return failure(*size, sizing.error().message);
      definition_.broker.size = *sizing;
    } else {
      PEAK_RETURN_IF_ERROR(read_choice(table, "size", &parse_sizing, &definition_.broker.size));
    }
    return check_broker(table);
  }

  Status read_stops(const toml::table& table) {
    PEAK_RETURN_IF_ERROR(read_settings(table, "[stops]", SettingSection::kStops, {}));
    return check_broker(table);
  }

  /// The keys of a section that are broker settings; `others` are read by the caller.
  Status read_settings(const toml::table& table, const char* where, SettingSection section,
                       std::vector<std::string> others) {
    const std::size_t first = others.size();
    for (const BrokerSetting& setting : broker_settings()) {
      if (setting.section == section) others.emplace_back(setting.name);
    }
    PEAK_RETURN_IF_ERROR(check_keys(table, where, others));
    for (std::size_t i = first; i < others.size(); ++i) {
      const toml::node* node = table.get(others[i]);
      if (node == nullptr) continue;
      std::string text;
      if (node->is_number()) {
        double number = 0;
        PEAK_RETURN_IF_ERROR(number_of(*node, others[i], &number));
        text = shown(number);
      } else {
        PEAK_RETURN_IF_ERROR(read_text(table, others[i].c_str(), &text));
      }
      const BrokerSetting& setting = *find_broker_setting(others[i]);
      if (Status good = set_override(definition_.broker, setting, text); !good.ok()) {
        return failure(*node, good.error().message);
      }
    }
    return {};
  }

  template <typename T>
  Status read_choice(const toml::table& table, const char* key, Result<T> (*parse)(std::string_view),
                     std::optional<T>* to) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) return {};
    std::string text;
    PEAK_RETURN_IF_ERROR(read_text(table, key, &text));
    Result<T> parsed = parse(text);
    if (!parsed.ok()) return failure(*node, parsed.error().message);
    *to = *parsed;
    return {};
  }

  // A value out of its range is shown with the place of the section.
  [[nodiscard]] Status check_broker(const toml::table& table) const {
    if (Status good = definition_.broker.applied_to({}).validate(); !good.ok()) {
      return failure(table, good.error().message);
    }
    return {};
  }

  std::string_view file_;
  std::string_view source_;
  StrategyDefinition definition_;
  expression::Scope scope_;
};

}  // namespace

Result<StrategyDefinition> parse_strategy(std::string_view toml, std::string_view source) {
  if (toml.size() > kLargestFile) {
    return parse_error(std::string(source) + ": a strategy file is at most 1 MiB");
  }
  return Reader(toml, source).read();
}

Result<StrategyDefinition> load_strategy(const std::string& path) {
  PEAK_ASSIGN_OR_RETURN(const std::string text, read_text_file(path, "strategy file", kLargestFile + 1));
  return parse_strategy(text, path);
}

}  // namespace peak
