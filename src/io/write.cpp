#include "peak/io/write.hpp"

#include "io/arrow_module.hpp"

namespace peak::io {

Status write_parquet(const std::string& path, std::uint64_t rows, const TablePart& part) {
  if (path.empty()) return invalid_argument("cannot write a file without a name: give a path");
  PEAK_ASSIGN_OR_RETURN(const ArrowModule* module, arrow_module());
  return module->write_parquet(path, rows, part);
}

}  // namespace peak::io
