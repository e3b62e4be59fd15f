#include "peak/io/write.hpp"

#include <memory>

#include "io/arrow_module.hpp"

namespace peak::io {

namespace {

Result<const ArrowModule*> module_for(const std::string& path) {
  if (path.empty()) return invalid_argument("cannot write a file without a name: give a path");
  return arrow_module();
}

}  // namespace

Status write_parquet(const std::string& path, std::uint64_t rows, const TablePart& part) {
  PEAK_ASSIGN_OR_RETURN(const ArrowModule* module, module_for(path));
  return module->write_parquet(path, rows, part);
}

Result<std::unique_ptr<ParquetFile>> ParquetFile::create(const std::string& path) {
  PEAK_ASSIGN_OR_RETURN(const ArrowModule* module, module_for(path));
  return module->create_parquet(path);
}

Status write_parquet(const std::string& path, ArrowArrayStream& stream, const ParquetPacking& packing) {
  PEAK_ASSIGN_OR_RETURN(const ArrowModule* module, module_for(path));
  return module->write_parquet_stream(path, stream, packing);
}

Status write_arrow(const std::string& path, std::uint64_t rows, const TablePart& part) {
  PEAK_ASSIGN_OR_RETURN(const ArrowModule* module, module_for(path));
  return module->write_arrow(path, rows, part);
}

}  // namespace peak::io
