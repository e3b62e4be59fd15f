#include "peak/table/column.hpp"

#include <cctype>

namespace peak {
namespace {

template <typename T>
std::pair<std::span<const T>, Column::Owner> adopt(std::vector<T> values) {
  auto owner = std::make_shared<const std::vector<T>>(std::move(values));
  const std::span<const T> view(*owner);
  return {view, std::move(owner)};
}

std::size_t width_bytes(ColumnType type) noexcept {
  switch (type) {
    case ColumnType::kBool: return 1;
    case ColumnType::kText: return 4;
    default: return 8;
  }
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(a[i])) != std::tolower(static_cast<unsigned char>(b[i]))) return false;
  }
  return true;
}

}  // namespace

const char* column_type_name(ColumnType type) noexcept {
  switch (type) {
    case ColumnType::kFloat64: return "float64";
    case ColumnType::kInt64: return "int64";
    case ColumnType::kTime: return "time";
    case ColumnType::kBool: return "bool";
    case ColumnType::kText: return "text";
  }
  return "unknown";
}

Column::Column(std::string name, std::span<const double> values, Owner owner)
    : name_(std::move(name)), data_(values.data()), size_(values.size()), owner_(std::move(owner)) {}

Column::Column(std::string name, std::span<const std::int64_t> values, Owner owner, ColumnType type)
    : name_(std::move(name)), data_(values.data()), size_(values.size()), owner_(std::move(owner)), type_(type) {}

Column::Column(std::string name, std::span<const std::uint8_t> values, Owner owner)
    : name_(std::move(name)),
      data_(values.data()),
      size_(values.size()),
      owner_(std::move(owner)),
      type_(ColumnType::kBool) {}

Column::Column(std::string name, std::span<const std::int32_t> codes, Dictionary dictionary, Owner owner)
    : name_(std::move(name)),
      data_(codes.data()),
      size_(codes.size()),
      owner_(std::move(owner)),
      dictionary_(std::move(dictionary)),
      type_(ColumnType::kText) {}

Column Column::own(std::string name, std::vector<double> values) {
  auto [view, owner] = adopt(std::move(values));
  return {std::move(name), view, std::move(owner)};
}

Column Column::own(std::string name, std::vector<std::int64_t> values, ColumnType type) {
  auto [view, owner] = adopt(std::move(values));
  return {std::move(name), view, std::move(owner), type};
}

Column Column::own(std::string name, std::vector<std::uint8_t> values) {
  auto [view, owner] = adopt(std::move(values));
  return {std::move(name), view, std::move(owner)};
}

Column Column::own(std::string name, std::vector<std::int32_t> codes, std::vector<std::string> dictionary) {
  auto [view, owner] = adopt(std::move(codes));
  auto shared = std::make_shared<const std::vector<std::string>>(std::move(dictionary));
  return {std::move(name), view, std::move(shared), std::move(owner)};
}

std::size_t Column::size_bytes() const noexcept { return size_ * width_bytes(type_); }

Column Column::renamed(std::string name) const& { return Column(*this).renamed(std::move(name)); }

Column Column::renamed(std::string name) && {
  name_ = std::move(name);
  return std::move(*this);
}

Column Column::slice(std::size_t first, std::size_t count) const {
  Column column = *this;
  column.data_ = static_cast<const char*>(data_) + first * width_bytes(type_);
  column.size_ = count;
  return column;
}

Column Column::as_float64() const {
  if (type_ == ColumnType::kFloat64) return *this;
  std::vector<double> values(size_);
  for (std::size_t i = 0; i < size_; ++i) {
    values[i] = type_ == ColumnType::kBool ? static_cast<double>(bools()[i]) : static_cast<double>(int64s()[i]);
  }
  return own(name_, std::move(values));
}

const Column* Table::find(std::string_view name) const noexcept {
  for (const Column& column : columns) {
    if (column.name() == name) return &column;
  }
  for (const Column& column : columns) {
    if (equal_ignoring_case(column.name(), name)) return &column;
  }
  return nullptr;
}

}  // namespace peak
