// Arrow module: the contract between libpeak and libpeak_io, the shared library that alone knows Apache Arrow.
//
// libpeak_io exports one C symbol, peak_io_module(), which returns this table of functions (valid for ever; the module
// is never unloaded, so columns may point into Arrow buffers and release them through their owner).
//
// A reader returns the file's columns as they are: names, order, and types mapped to ColumnType (timestamps and dates
// become kTime in Nanoseconds UTC; a timestamp's zone goes to detected.time_zone; float32, decimals and integers that
// do not fit become float64; nulls become NaN, kNoTime or code -1; integers with nulls become float64). float64 columns
// without nulls are not copied. It fills detected.format and detected.compression and adds notes for columns that it
// leaves out (nested types). Finding the time column, roles, order and checks is done by libpeak afterwards, as for
// CSV. Only the columns that `choose` names are read, and of a Parquet file only row groups that may hold rows between
// options.start and options.end; libpeak leaves the others out of what is given. Readers do not throw; they may be
// called by many threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "io/selection.hpp"
#include "peak/base/status.hpp"
#include "peak/io/read.hpp"
#include "peak/io/write.hpp"

namespace peak::io {

/// Counted up whenever this header or a type that crosses it changes; libpeak refuses another version.
inline constexpr int kArrowModuleVersion = 6;

struct ArrowModule {
  int version = kArrowModuleVersion;
  const char* arrow_version = "";  ///< such as "15.0.2", for `peak doctor`
  Result<LoadedTable> (*read_parquet)(const std::string& path, const ReadOptions& options,
                                      const ChooseColumns& choose) = nullptr;
  Result<LoadedTable> (*read_ipc)(const std::string& path, const ReadOptions& options,
                                  const ChooseColumns& choose) = nullptr;
  /// From bytes in memory, which stay valid only during the call. `name` is for messages.
  Result<LoadedTable> (*read_parquet_bytes)(std::string_view bytes, const std::string& name, const ReadOptions& options,
                                            const ChooseColumns& choose) = nullptr;
  Result<LoadedTable> (*read_ipc_bytes)(std::string_view bytes, const std::string& name, const ReadOptions& options,
                                        const ChooseColumns& choose) = nullptr;
  /// Rows in pieces of at most `rows`, as the file has them; each is settled by libpeak.
  Status (*read_parquet_pieces)(const std::string& path, std::size_t rows, const ReadOptions& options,
                                const ChooseColumns& choose,
                                const std::function<Status(LoadedTable piece)>& take) = nullptr;
  Status (*read_ipc_pieces)(const std::string& path, std::size_t rows, const ReadOptions& options,
                            const ChooseColumns& choose,
                            const std::function<Status(LoadedTable piece)>& take) = nullptr;
  /// As write_parquet of io/write.hpp.
  Status (*write_parquet)(const std::string& path, std::uint64_t rows, const TablePart& part) = nullptr;
  /// As ParquetFile::create of io/write.hpp.
  Result<std::unique_ptr<ParquetFile>> (*create_parquet)(const std::string& path) = nullptr;
  Status (*write_parquet_stream)(const std::string& path, ArrowArrayStream& stream,
                                 const ParquetPacking& packing) = nullptr;
  /// As write_arrow of io/write.hpp.
  Status (*write_arrow)(const std::string& path, std::uint64_t rows, const TablePart& part) = nullptr;
};

/// The loaded module, or kUnsupported with what is missing and what to install.
Result<const ArrowModule*> arrow_module();

}  // namespace peak::io

extern "C" {
/// Exported by libpeak_io.
using PeakIoModuleFunction = const peak::io::ArrowModule* (*)();
}
