#include "peak/config/file_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "config/file_values.hpp"

namespace peak::config {
namespace {

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

/// A checked value as a file holds it.
std::string as_toml(const SettingInfo& info, const SettingValue& value) {
  return info.type == SettingType::kText ? toml_string(value.text) : value.text;
}

std::string line_of(const SettingInfo& info, const SettingValue& value) {
  return std::string(info.name) + " = " + as_toml(info, value) + "\n";
}

// Where the section's last line ends, or npos if the file does not have the section.
std::size_t end_of_section(std::string_view file, const std::string& section) {
  bool inside = false;
  std::size_t end = file.npos;
  for (std::size_t begin = 0; begin < file.size();) {
    const std::size_t next = std::min(file.find('\n', begin), file.size() - 1) + 1;
    std::string_view line = file.substr(begin, next - begin);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.starts_with('[')) {
      const std::size_t close = line.find(']');
      inside = close != line.npos && line.substr(1, close - 1) == section;
    }
    if (inside && !line.empty() && line.find_first_not_of(" \t\r\n") != line.npos) end = next;
    begin = next;
  }
  return end;
}

std::string json_number(double value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end.ptr};
}

std::string schema_of(const SettingInfo& info) {
  std::string text = "{\"description\": " + toml_string(std::string(info.description) + "; or " + info.environment);
  switch (info.type) {
    case SettingType::kBoolean:
      text += ", \"type\": \"boolean\", \"default\": " + std::string(info.default_text);
      break;
    case SettingType::kInteger:
    case SettingType::kNumber:
      text += std::string(", \"type\": ") + (info.type == SettingType::kInteger ? "\"integer\"" : "\"number\"");
      text += ", \"default\": " + std::string(info.default_text) + ", \"minimum\": " + json_number(info.low);
      text += ", \"maximum\": " + json_number(info.high);
      break;
    case SettingType::kText: text += ", \"type\": \"string\", \"default\": " + toml_string(info.default_text); break;
  }
  return text + "}";
}

/// The members of a section: its settings and the sections directly below it.
std::string schema_members(const std::string& section, const std::string& indent) {
  std::string members, last;
  const auto add = [&](const std::string& member) { members += (members.empty() ? "\n" : ",\n") + indent + member; };
  for (const SettingInfo& info : settings()) {
    const std::string whole = info.section;
    if (whole == section) {
      add(toml_string(info.name) + ": " + schema_of(info));
    } else if (whole.starts_with(section + ".") && whole != last) {
      last = whole;
      const std::string name = whole.substr(section.size() + 1);
      add(toml_string(name) + ": {\"type\": \"object\", \"additionalProperties\": false, \"properties\": {" +
          schema_members(whole, indent + "  ") + "\n" + indent + "}}");
    }
  }
  return members;
}

}  // namespace

std::string default_file() {
  std::string text =
      "# Settings of Peak Trade. Every line is at its default: change what you need and delete the rest.\n"
      "# A variable of the environment goes before this file, an argument before both: `peak config show` tells.\n";
  std::string section;
  for (const SettingInfo& info : settings()) {
    if (section != info.section) text += "\n[" + (section = info.section) + "]\n";
    text += std::string("# ") + info.description + " (" + info.environment + ")\n";
    if (info.secret) {
      text += "# " + std::string(info.name) + " = \"\"\n";
      continue;
    }
    if (const auto value = parse_setting(info.setting, info.default_text); value.ok()) text += line_of(info, *value);
  }
  return text;
}

namespace {

// The text with one value changed, or with a line added where the section stands or will stand.
std::string changed_text(std::string_view file, const FileValues& found, const SettingInfo& info,
                         const SettingValue& value) {
  std::string text(file);
  for (const FileValue& old : found.values) {
    if (old.setting == info.setting) return text.replace(old.offset, old.size, as_toml(info, value));
  }
  if (!text.empty() && text.back() != '\n') text += '\n';
  const std::size_t end = end_of_section(text, info.section);
  if (end != text.npos) return text.insert(end, line_of(info, value));
  return text + (text.empty() ? "" : "\n") + "[" + info.section + "]\n" + line_of(info, value);
}

}  // namespace

Result<std::string> with_setting(std::string_view file, const std::string& source, Setting setting,
                                 std::string_view value) {
  const SettingInfo& info = info_of(setting);
  PEAK_ASSIGN_OR_RETURN(const SettingValue checked, parse_setting(setting, value));
  const FileValues found = read_file_values(file, source);
  if (!found.problems.empty()) return parse_error(found.problems[0]);
  std::string text = changed_text(file, found, info, checked);
  for (const FileValue& now : read_file_values(text, source).values) {
    if (now.setting == setting && now.value.text == checked.text) return text;
  }
  // Such as `cache = { l1_size = 5 }`: TOML allows no second place for that section.
  return unsupported(source + ": [" + info.section + "] is written in a way that cannot be changed from here; set " +
                     info.name + " with an editor");
}

std::string schema() {
  return "{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
         "  \"title\": \"Peak Trade: config/performance.toml\",\n"
         "  \"type\": \"object\",\n  \"additionalProperties\": false,\n  \"properties\": {\n"
         "    \"performance\": {\"type\": \"object\", \"additionalProperties\": false, \"properties\": {" +
         schema_members("performance", "      ") + "\n    }}\n  }\n}\n";
}

}  // namespace peak::config
