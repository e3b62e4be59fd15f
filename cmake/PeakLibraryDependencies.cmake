# Libraries that libpeak.a is linked with: needed by its own build and by every program that uses it, so this file is
# installed with the package.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
if(NOT TARGET PkgConfig::libzip)
  pkg_check_modules(libzip REQUIRED IMPORTED_TARGET libzip)
endif()

# Debian's Highway has a pkg-config file but no CMake one; Homebrew's has both.
if(NOT TARGET hwy::hwy)
  find_package(hwy CONFIG QUIET)
endif()
if(NOT TARGET hwy::hwy)
  pkg_check_modules(libhwy REQUIRED IMPORTED_TARGET libhwy)
  add_library(hwy::hwy ALIAS PkgConfig::libhwy)
endif()
