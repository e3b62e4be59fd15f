// The one symbol that libpeak_io exports.
#include <arrow/util/config.h>

#include "io/arrow/readers.hpp"
#include "io/arrow_module.hpp"

#if defined(_WIN32)
#define PEAK_IO_EXPORT __declspec(dllexport)
#else
#define PEAK_IO_EXPORT __attribute__((visibility("default")))
#endif

extern "C" PEAK_IO_EXPORT const peak::io::ArrowModule* peak_io_module() {
  static constexpr peak::io::ArrowModule kModule{
      .version = peak::io::kArrowModuleVersion,
      .arrow_version = ARROW_VERSION_STRING,
      .read_parquet = peak::io::read_parquet,
      .read_ipc = peak::io::read_ipc,
      .read_parquet_bytes = peak::io::read_parquet_bytes,
      .read_ipc_bytes = peak::io::read_ipc_bytes,
      .read_parquet_pieces = peak::io::read_parquet_pieces,
      .read_ipc_pieces = peak::io::read_ipc_pieces,
      .write_parquet = peak::io::write_parquet,
      .create_parquet = peak::io::create_parquet,
      .write_parquet_stream = peak::io::write_parquet_stream,
      .write_arrow = peak::io::write_arrow,
  };
  return &kModule;
}
