// The trade store for Python's sqlite3: SQL and checked rows, since this extension links no SQLite.
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bindings.hpp"
#include "errors.hpp"
#include "peak/store/index_advice.hpp"
#include "peak/store/run_rows.hpp"
#include "peak/store/schema.hpp"
#include "peak/store/trade_rows.hpp"
#include "results.hpp"
#include "trade_batches.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

using Tables = std::vector<std::pair<std::string, std::vector<std::string>>>;

nb::tuple index_tuple(const store::IndexDefinition& index) {
  return nb::make_tuple(index.table, index.columns, store::index_name(index), store::create_index_sql(index));
}

nb::dict schema() {
  nb::dict out;
  nb::list migrations, indexes;
  for (const store::Migration& migration : store::schema_migrations()) {
    migrations.append(nb::make_tuple(migration.version, migration.statements));
  }
  for (const store::IndexDefinition& index : store::recommended_indexes()) indexes.append(index_tuple(index));
  out["version"] = store::kSchemaVersion;
  out["application_id"] = store::kApplicationId;
  out["migrations"] = migrations;
  out["indexes"] = indexes;
  out["trade_fields"] = store::trade_fields();
  out["required_trade_fields"] = store::required_trade_fields();
  return out;
}

std::vector<store::TableColumns> tables_of(const Tables& tables) {
  std::vector<store::TableColumns> out;
  for (const auto& [table, columns] : tables) out.push_back({table, columns});
  return out;
}

nb::object plan_step(const std::string& detail) {
  const auto step = store::parse_plan_step(detail);
  if (!step) return nb::none();
  return nb::make_tuple(step->table, step->scan, step->index);
}

nb::object resolve(const std::string& sql, const std::string& name, const Tables& tables) {
  const auto table = store::resolve_table(sql, name, tables_of(tables));
  return table ? nb::object(nb::str(table->c_str())) : nb::none();
}

nb::list candidates(const std::string& sql, const std::string& table, const std::vector<std::string>& columns) {
  nb::list out;
  for (const store::IndexDefinition& index : store::index_candidates(sql, {table, columns})) {
    out.append(index_tuple(index));
  }
  return out;
}

nb::object python_value(const store::Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return nb::int_(*whole);
  if (const auto* real = std::get_if<double>(&value)) return nb::float_(*real);
  if (const auto* words = std::get_if<std::string>(&value)) return nb::str(words->data(), words->size());
  return nb::none();
}

nb::list python_row(const std::vector<store::Value>& values) {
  nb::list row;
  for (const store::Value& value : values) row.append(python_value(value));
  return row;
}

nb::dict run_rows(const ResultObject& self, Nanoseconds created_at, const std::string& name,
                  const std::string& data_path) {
  nb::dict out;
  nb::list trades;
  for (const auto& row : store::run_trade_rows(self.run)) trades.append(python_row(row));
  out["run"] = python_row(store::run_row(self.run, created_at, name, data_path.empty() ? self.data_path : data_path));
  out["run_columns"] = store::run_columns();
  out["trades"] = trades;
  out["trade_columns"] = store::run_trade_columns();
  out["same_run_sql"] = store::same_run_sql();
  out["name_place"] = store::kRunName;
  out["fingerprint_place"] = store::kRunFingerprint;
  return out;
}

void batches_of_dicts(TradeBatches* self, nb::list rows, const std::vector<std::string>& fields,
                      const std::vector<std::string>& known, bool as_given, std::size_t rows_at_once) {
  new (self) TradeBatches{std::make_unique<DictTrades>(std::move(rows), fields, known, as_given), fields, rows_at_once};
}

TradeBatches batches_of_table(nb::handle table, bool as_given, std::size_t rows_at_once) {
  TradeBatches batches;
  batches.source = column_trades(table, as_given, batches.fields);
  batches.rows_at_once = rows_at_once;
  return batches;
}

std::string wanted_field(const TradeBatches& self) {
  const auto* dicts = dynamic_cast<const DictTrades*>(self.source.get());
  return dicts == nullptr ? std::string() : dicts->wanted;
}

}  // namespace

void bind_store(nb::module_& module) {
  module.def("store_schema", &schema, "Tables, migrations and indexes of a trade store as SQL.");
  module.def("store_insert_sql", &store::insert_sql, "table"_a, "columns"_a, "rows"_a = 1);
  module.def("store_quoted_name", &store::quoted_name, "name"_a);
  module.def("plan_step", &plan_step, "detail"_a, nb::sig("def plan_step(detail: str) -> tuple[str, bool, str] | None"),
             "Table, whether it is read from end to end, and index of one line of a query's plan.");
  module.def(
      "is_sort_step", [](const std::string& detail) { return store::is_sort_step(detail); }, "detail"_a);
  module.def("resolve_table", &resolve, "sql"_a, "name"_a, "tables"_a,
             nb::sig("def resolve_table(sql: str, name: str, tables: "
                     "collections.abc.Sequence[tuple[str, collections.abc.Sequence[str]]]) -> str | None"));
  module.def("index_candidates", &candidates, "sql"_a, "table"_a, "columns"_a,
             "Indexes that may help a query: table, columns, name and statement of each.");
  module.def("run_rows", &run_rows, "result"_a, "created_at"_a, "name"_a, "data_path"_a);
  nb::class_<TradeBatches>(module, "TradeBatches", "Checked trades as parameters of statements of many rows.")
      .def("__init__", &batches_of_dicts, "rows"_a, "fields"_a, "known"_a, "as_given"_a, "rows_at_once"_a)
      .def_static("of_table", &batches_of_table, "table"_a, "as_given"_a, "rows_at_once"_a)
      .def_prop_ro("fields", [](const TradeBatches& self) { return self.fields; })
      .def_prop_ro("wanted", &wanted_field)
      .def("__len__", [](const TradeBatches& self) { return self.source->rows(); })
      .def(
          "__iter__", [](nb::handle self) { return nb::borrow(self); },
          nb::sig("def __iter__(self) -> collections.abc.Iterator[tuple[object, ...]]"))
      .def("__next__", &TradeBatches::next, nb::sig("def __next__(self) -> tuple[object, ...]"))
      .def("rest", &TradeBatches::rest, "The rows that fill no whole statement.");
}

}  // namespace peak::python
