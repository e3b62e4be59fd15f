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

# Redis: hiredis reads its protocol; TLS and compression are there if their libraries are.
if(NOT TARGET PkgConfig::hiredis)
  pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
endif()
set(PEAK_REDIS_TARGETS PkgConfig::hiredis)
foreach(entry TLS:openssl LZ4:liblz4 ZSTD:libzstd)
  string(REPLACE ":" ";" entry ${entry})
  list(GET entry 0 feature)
  list(GET entry 1 package)
  if(NOT TARGET PkgConfig::${package})
    pkg_check_modules(${package} IMPORTED_TARGET ${package})
  endif()
  if(TARGET PkgConfig::${package})
    list(APPEND PEAK_REDIS_TARGETS PkgConfig::${package})
    list(APPEND PEAK_REDIS_FEATURES PEAK_WITH_${feature})
  endif()
endforeach()

# For PeakTrade::trade_store only; the wheel is built without it.
if(NOT DEFINED PEAK_WITH_STORE OR PEAK_WITH_STORE)
  find_package(SQLite3 REQUIRED)
endif()
