#include "peak/io/module.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "io/shared_data.hpp"
#include "peak/io/read.hpp"

namespace peak::io {
namespace {

// In a process of its own: the module, once loaded, stays.
TEST(ModuleDeathTest, WithoutTheModuleTheErrorSaysWhatIsMissing) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        ::setenv("PEAK_IO_MODULE", "/nonexistent/libpeak_io.so", 1);
        const auto loaded = read_table_from_memory("PAR1....PAR1", "x.csv");
        const bool right = !loaded.ok() && loaded.error().code == ErrorCode::kUnsupported &&
                           loaded.error().message.find("/nonexistent/libpeak_io.so") != std::string::npos &&
                           loaded.error().message.find("pyarrow") != std::string::npos;
        std::exit(right ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(Module, DamagedArrowAndParquetFilesAreRefused) {
  if (!arrow_module_path().ok()) GTEST_SKIP() << arrow_module_path().error().message;
  for (const char* bytes :
       {"PAR1", "PAR1....PAR1", "ARROW1", "ARROW1\1\1\1\1\1\1\1\1\1\1", "\xff\xff\xff\xff\1\1\1\1"}) {
    const auto loaded = read_table_from_memory(bytes, "damaged");
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code, ErrorCode::kBadData) << loaded.error().message;
    EXPECT_NE(loaded.error().message.find("damaged"), std::string::npos) << loaded.error().message;
  }
}

}  // namespace
}  // namespace peak::io
