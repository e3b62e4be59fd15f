#include "config/file_values.hpp"

#include <algorithm>
#include <utility>

#include "base/toml-inl.hpp"
#include "peak/base/suggest.hpp"

namespace peak::config {
namespace {

// Byte offset of a place that toml++ tells in characters.
std::size_t offset_of(std::string_view text, toml::source_position place) {
  std::size_t at = 0;
  for (toml::source_index line = 1; line < place.line && at < text.size(); ++line) {
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  }
  for (toml::source_index column = 1; column < place.column && at < text.size(); ++column) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  }
  return std::min(at, text.size());
}

std::vector<std::string> sections_below(const std::string& section) {
  std::vector<std::string> names;
  for (const SettingInfo& info : settings()) {
    const std::string_view whole = info.section;
    if (!section.empty() && !whole.starts_with(section + ".")) continue;
    const std::string_view rest = whole.substr(section.empty() ? 0 : section.size() + 1);
    const std::string first(rest.substr(0, rest.find('.')));
    if (!first.empty() && std::find(names.begin(), names.end(), first) == names.end()) names.push_back(first);
  }
  return names;
}

std::string in_quotes(const std::string& text) { return "'" + text + "'"; }

class FileReader {
 public:
  FileReader(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  FileValues read() {
    const toml::parse_result parsed = toml::parse(text_, std::string_view());
    if (!parsed) {
      problem(parsed.error().source().begin, "this is not TOML: " + std::string(parsed.error().description()));
    } else {
      read_section(parsed.table(), "");
      std::stable_sort(problems_.begin(), problems_.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
    }
    for (auto& [place, message] : problems_) found_.problems.push_back(std::move(message));
    return std::move(found_);
  }

 private:
  void problem(toml::source_position place, const std::string& what) {
    const std::string at = std::to_string(place.line) + ":" + std::to_string(place.column);
    problems_.emplace_back(place, source_ + ":" + at + ": " + what);
  }

  void read_section(const toml::table& table, const std::string& section) {
    const std::vector<std::string> below = sections_below(section);
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      const toml::source_position place = key.source().begin;
      if (std::find(below.begin(), below.end(), name) != below.end()) {
        const std::string whole = section.empty() ? name : section + "." + name;
        if (const toml::table* inner = node.as_table()) {
          read_section(*inner, whole);
        } else {
          problem(place, in_quotes(whole) + " is a section: write [" + whole + "] on a line of its own");
        }
      } else {
        read_key(node, section, name, place);
      }
    }
  }

  void read_key(const toml::node& node, const std::string& section, const std::string& name,
                toml::source_position place) {
    std::vector<std::string> known = sections_below(section);
    for (const SettingInfo& info : settings()) {
      if (section != info.section) continue;
      if (name == info.name) return read_value(node, info);
      known.emplace_back(info.name);
    }
    problem(place, "unknown key " + in_quotes(name) + (section.empty() ? "" : " in [" + section + "]") +
                       suggestion(name, known) + elsewhere(name));
  }

  // A known key in a wrong section.
  static std::string elsewhere(const std::string& name) {
    for (const SettingInfo& info : settings()) {
      if (name == info.name) return "; " + in_quotes(name) + " belongs into [" + info.section + "]";
    }
    return {};
  }

  void read_value(const toml::node& node, const SettingInfo& info) {
    const toml::source_position begin = node.source().begin;
    const std::size_t offset = offset_of(text_, begin);
    std::string text;
    bool fits = false;
    if (const auto* boolean = node.as_boolean()) {
      fits = info.type == SettingType::kBoolean;
      text = boolean->get() ? "true" : "false";
    } else if (const auto* integer = node.as_integer()) {
      fits = info.type == SettingType::kInteger || info.type == SettingType::kNumber;
      text = std::to_string(integer->get());
    } else if (node.is_floating_point()) {
      fits = info.type == SettingType::kNumber;
      text = std::string(written(node, offset));
      std::erase(text, '_');
      if (text.starts_with('+')) text.erase(0, 1);
    } else if (const auto* string = node.as_string()) {
      fits = info.type == SettingType::kText;
      text = string->get();
    }
    if (!fits) {
      return problem(begin, in_quotes(info.name) + " must be " + setting_type_name(info.type) + ", not " +
                                std::string(written(node, offset)));
    }
    Result<SettingValue> value = parse_setting(info.setting, text);
    if (!value.ok()) return problem(begin, value.error().message);
    found_.values.push_back({info.setting, std::move(value).value(), static_cast<std::size_t>(begin.line), offset,
                             written(node, offset).size()});
  }

  [[nodiscard]] std::string_view written(const toml::node& node, std::size_t offset) const {
    const std::size_t end = offset_of(text_, node.source().end);
    return text_.substr(offset, end > offset ? end - offset : 0);
  }

  std::string_view text_;
  const std::string& source_;
  FileValues found_;
  std::vector<std::pair<toml::source_position, std::string>> problems_;
};

}  // namespace

FileValues read_file_values(std::string_view text, const std::string& source) {
  return FileReader(text, source).read();
}

}  // namespace peak::config
