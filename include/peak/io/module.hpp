// Module: libpeak_io, the part that reads Parquet and Arrow files, and where it is looked for.
//
// It is a shared library of its own because Apache Arrow takes longer to load than all else takes to run: it is opened
// at the first Parquet or Arrow file and stays. Looked for in this order: the environment variable PEAK_IO_MODULE (a
// file); the path set by set_arrow_module_path; beside the running program or the library that holds Peak Trade; in
// ../lib and ../lib/peak from there.
//
// Threads: all functions may be called by any thread; set the path before the first use.
#pragma once

#include <string>

#include "peak/base/status.hpp"

namespace peak::io {

/// The file to load as libpeak_io; for hosts that install it elsewhere (the Python package does).
void set_arrow_module_path(std::string path);

/// Loads the module if that has not happened, and gives the path it came from. kUnsupported when it cannot be found or
/// loaded: the message says where it was looked for and what to install.
Result<std::string> arrow_module_path();

}  // namespace peak::io
