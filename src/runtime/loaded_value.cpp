#include "runtime/loaded_value.hpp"

#include <optional>
#include <utility>

namespace peak::runtime {
namespace {

using value::Record;
using value::Value;

#if defined(__GLIBCXX__) && defined(__x86_64__)
// An option or finding that is added must be added here, too: an option that does not enter the key gives wrong data.
static_assert(sizeof(io::ReadOptions) == 600 && sizeof(io::Detected) == 312 && sizeof(BarRepairReport) == 64);
#endif

// Writing: each put() adds one field.
class Fields {
 public:
  explicit Fields(const char* type) { record_.type = type; }
  void put(const char* name, Value value) { record_.fields.emplace_back(name, std::move(value)); }
  void put(const char* name, const std::string& text) { put(name, Value(value::Text{text})); }
  void put_number(const char* name, std::uint64_t number) { put(name, Value(static_cast<std::int64_t>(number))); }
  void put(const char* name, const std::vector<std::string>& texts) {
    value::List list;
    for (const std::string& text : texts) list.items.emplace_back(value::Text{text});
    put(name, Value(std::move(list)));
  }
  template <typename T, typename Number>
  void put(const char* name, const std::optional<T>& optional, Number number) {
    put(name, optional ? Value(static_cast<std::int64_t>(number(*optional))) : Value());
  }
  [[nodiscard]] Value take() { return std::move(record_); }

 private:
  Record record_;
};

/// Reading: fields by name; remembers whether one was missing or of another kind.
class Reader {
 public:
  Reader(const Value& value, const char* type) : record_(value.as<Record>()) {
    good_ = record_ != nullptr && record_->type == type;
  }
  [[nodiscard]] bool good() const noexcept { return good_; }
  const Value* field(const char* name) {
    if (record_ != nullptr) {
      for (const auto& [known, value] : record_->fields) {
        if (known == name) return &value;
      }
    }
    good_ = false;
    return nullptr;
  }
  template <typename T>
  const T* get(const char* name) {
    const Value* const value = field(name);
    const T* const content = value == nullptr ? nullptr : value->as<T>();
    good_ = good_ && content != nullptr;
    return content;
  }
  std::string text(const char* name) {
    const auto* const content = get<value::Text>(name);
    return content == nullptr ? std::string() : content->utf8;
  }
  std::int64_t number(const char* name) {
    const auto* const content = get<std::int64_t>(name);
    return content == nullptr ? 0 : *content;
  }
  std::size_t count(const char* name) { return static_cast<std::size_t>(number(name)); }
  bool flag(const char* name) {
    const auto* const content = get<bool>(name);
    return content != nullptr && *content;
  }
  /// An enum whose last value is `last`.
  template <typename Enum>
  Enum choice(const char* name, Enum last) {
    const std::int64_t content = number(name);
    good_ = good_ && content >= 0 && content <= static_cast<std::int64_t>(last);
    return good_ ? static_cast<Enum>(content) : Enum{};
  }
  std::vector<std::string> texts(const char* name) {
    std::vector<std::string> texts;
    const auto* const list = get<value::List>(name);
    if (list == nullptr) return texts;
    for (const Value& item : list->items) {
      const auto* const text = item.as<value::Text>();
      good_ = good_ && text != nullptr;
      if (text != nullptr) texts.push_back(text->utf8);
    }
    return texts;
  }

 private:
  const Record* record_;
  bool good_;
};

Value value_of(const io::Detected& found) {
  Fields fields("peak.detected");
  fields.put_number("size_bytes", found.size_bytes);
  fields.put_number("format", static_cast<std::uint64_t>(found.format));
  fields.put("compression", found.compression);
  fields.put("member", found.member);
  fields.put_number("delimiter", static_cast<unsigned char>(found.delimiter));
  fields.put("header", Value(found.header));
  fields.put("byte_order_mark", Value(found.byte_order_mark));
  fields.put("comment_lines", found.comment_lines);
  fields.put("time_columns", found.time_columns);
  fields.put("time_format", found.time_format);
  fields.put("time_zone", found.time_zone);
  fields.put_number("order", static_cast<std::uint64_t>(found.order));
  fields.put("first", Value(found.first));
  fields.put("last", Value(found.last));
  fields.put_number("rows", found.rows);
  value::List columns;
  for (const io::DetectedColumn& column : found.columns) {
    Fields parts("peak.detected_column");
    parts.put("name", column.name);
    parts.put_number("type", static_cast<std::uint64_t>(column.type));
    parts.put_number("missing", column.missing);
    parts.put("role", column.role);
    columns.items.push_back(parts.take());
  }
  fields.put("columns", Value(std::move(columns)));
  fields.put("notes", found.notes);
  return fields.take();
}

bool read_detected(const Value& value, io::Detected& found) {
  Reader reader(value, "peak.detected");
  found.size_bytes = reader.count("size_bytes");
  found.format = reader.choice("format", io::Format::kSqlite);
  found.compression = reader.text("compression");
  found.member = reader.text("member");
  found.delimiter = static_cast<char>(reader.number("delimiter"));
  found.header = reader.flag("header");
  found.byte_order_mark = reader.flag("byte_order_mark");
  found.comment_lines = reader.texts("comment_lines");
  found.time_columns = reader.texts("time_columns");
  found.time_format = reader.text("time_format");
  found.time_zone = reader.text("time_zone");
  found.order = reader.choice("order", io::RowOrder::kUnsorted);
  found.first = reader.number("first");
  found.last = reader.number("last");
  found.rows = reader.count("rows");
  found.notes = reader.texts("notes");
  bool good = reader.good();
  const auto* const columns = reader.get<value::List>("columns");
  if (columns == nullptr) return false;
  for (const Value& item : columns->items) {
    Reader parts(item, "peak.detected_column");
    found.columns.push_back(
        {parts.text("name"), parts.choice("type", ColumnType::kText), parts.count("missing"), parts.text("role")});
    good = good && parts.good();
  }
  return good;
}

Value value_of(const BarRepairReport& repairs) {
  Fields fields("peak.repairs");
  fields.put_number("sorted_rows", repairs.sorted_rows);
  fields.put("reversed", Value(repairs.reversed));
  fields.put_number("duplicate_rows", repairs.duplicate_rows);
  fields.put_number("bad_rows", repairs.bad_rows);
  fields.put_number("missing_rows", repairs.missing_rows);
  fields.put("messages", repairs.messages);
  return fields.take();
}

bool read_repairs(const Value& value, BarRepairReport& repairs) {
  Reader reader(value, "peak.repairs");
  repairs.sorted_rows = reader.count("sorted_rows");
  repairs.reversed = reader.flag("reversed");
  repairs.duplicate_rows = reader.count("duplicate_rows");
  repairs.bad_rows = reader.count("bad_rows");
  repairs.missing_rows = reader.count("missing_rows");
  repairs.messages = reader.texts("messages");
  return reader.good();
}

Table table_of(const Bars& bars) {
  Table table;
  table.columns.push_back(bars.time_column().renamed("time"));
  for (const std::string& name : bars.column_names()) {
    if (name != "time") table.columns.push_back(bars.find(name)->renamed(name));
  }
  return table;
}

Result<Bars> bars_of(const Value& value) {
  PEAK_ASSIGN_OR_RETURN(const Table table, value::table_of_value(value));
  const auto take = [&](const char* name) {
    const Column* const column = table.find(name);
    return column == nullptr ? Column() : *column;
  };
  std::vector<Column> extra;
  for (const Column& column : table.columns) {
    const std::string& name = column.name();
    const bool price =
        name == "time" || name == "open" || name == "high" || name == "low" || name == "close" || name == "volume";
    if (!price) extra.push_back(column);
    const ColumnType wanted = name == "time" ? ColumnType::kTime : ColumnType::kFloat64;
    if (price && column.type() != wanted) return bad_data("cached bars: column '" + name + "' has a wrong type");
  }
  return Bars::from_columns(take("time"), take("open"), take("high"), take("low"), take("close"), take("volume"),
                            std::move(extra));
}

}  // namespace

Value value_of(const io::LoadedBars& loaded) {
  Fields fields("peak.loaded_bars");
  fields.put("bars", value::value_of_table(table_of(loaded.bars)));
  fields.put("symbol", loaded.bars.symbol());
  fields.put("time_zone", loaded.bars.time_zone());
  fields.put("detected", value_of(loaded.detected));
  fields.put("repairs", value_of(loaded.repairs));
  return fields.take();
}

Result<io::LoadedBars> loaded_of(const Value& value) {
  Reader reader(value, "peak.loaded_bars");
  const Value* const bars = reader.field("bars");
  const Value* const detected = reader.field("detected");
  const Value* const repairs = reader.field("repairs");
  if (!reader.good()) return bad_data("the cached value is no loaded bars");
  io::LoadedBars loaded;
  PEAK_ASSIGN_OR_RETURN(loaded.bars, bars_of(*bars));
  loaded.bars.set_symbol(reader.text("symbol"));
  loaded.bars.set_time_zone(reader.text("time_zone"));
  const bool good = read_detected(*detected, loaded.detected) && read_repairs(*repairs, loaded.repairs);
  if (!good || !reader.good()) return bad_data("the cached value is no loaded bars");
  return loaded;
}

Value value_of(const io::ReadOptions& options) {
  const auto whole = [](auto number) { return static_cast<std::int64_t>(number); };
  Fields fields("peak.read_options");
  fields.put("format", options.format, whole);
  fields.put("member", options.member);
  fields.put_number("max_bytes", options.max_bytes);
  fields.put_number("max_line_bytes", options.max_line_bytes);
  fields.put("delimiter", options.delimiter, whole);
  fields.put("header", options.header, whole);
  fields.put("skip_lines", options.skip_lines, whole);
  fields.put("column_names", options.column_names);
  const io::ColumnRoles& roles = options.roles;
  fields.put("roles", std::vector<std::string>{roles.time, roles.time_of_day, roles.open, roles.high, roles.low,
                                               roles.close, roles.volume});
  fields.put("date_order", options.date_order, whole);
  fields.put("time_unit", options.time_unit, whole);
  fields.put("time_zone", options.time_zone);
  fields.put("date", options.date);
  fields.put("symbol", options.symbol);
  fields.put("table", options.table);
  fields.put("select", options.select);
  fields.put("symbols", options.symbols);
  fields.put("start", options.start, whole);
  fields.put("end", options.end, whole);
  fields.put("price_scale", options.price_scale ? Value(*options.price_scale) : Value());
  const BarChecks& checks = options.checks;
  const BarRepairs& repairs = checks.repairs;
  std::int64_t flags = 0;
  for (const bool flag : {checks.allow_missing, checks.allow_nonpositive, repairs.sort, repairs.drop_duplicates,
                          repairs.drop_bad_rows, repairs.drop_missing_rows}) {
    flags = 2 * flags + (flag ? 1 : 0);
  }
  fields.put("checks", Value(flags));
  return fields.take();
}

}  // namespace peak::runtime
