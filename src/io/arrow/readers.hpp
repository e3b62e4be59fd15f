// Readers and the writer: Parquet and Arrow IPC files as tables, from a path or from bytes; see io/arrow_module.hpp for
// the contract.
//
// Everything is read on the calling thread with the system's allocator: Arrow's own pools and threads would cost more
// than a file of market data is worth. Nothing here throws.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "io/selection.hpp"
#include "peak/base/status.hpp"
#include "peak/io/read.hpp"
#include "peak/io/write.hpp"

namespace peak::io {

Result<LoadedTable> read_parquet(const std::string& path, const ReadOptions& options, const ChooseColumns& choose);
Result<LoadedTable> read_parquet_bytes(std::string_view bytes, const std::string& name, const ReadOptions& options,
                                       const ChooseColumns& choose);

Result<LoadedTable> read_ipc(const std::string& path, const ReadOptions& options, const ChooseColumns& choose);
Result<LoadedTable> read_ipc_bytes(std::string_view bytes, const std::string& name, const ReadOptions& options,
                                   const ChooseColumns& choose);

Status read_parquet_pieces(const std::string& path, std::size_t rows, const ReadOptions& options,
                           const ChooseColumns& choose, const std::function<Status(LoadedTable piece)>& take);
Status read_ipc_pieces(const std::string& path, std::size_t rows, const ReadOptions& options,
                       const ChooseColumns& choose, const std::function<Status(LoadedTable piece)>& take);

Status write_parquet(const std::string& path, std::uint64_t rows, const TablePart& part);
Result<std::unique_ptr<ParquetFile>> create_parquet(const std::string& path);
Status write_parquet_stream(const std::string& path, ArrowArrayStream& stream, const ParquetPacking& packing);
Status write_arrow(const std::string& path, std::uint64_t rows, const TablePart& part);

}  // namespace peak::io
