# What an installation holds: bin/peak, lib/libpeak.a, lib/peak/libpeak_io.so, include/peak and the package that
# find_package(PeakTrade) finds. The wheel installs its own parts (python/CMakeLists.txt).
if(SKBUILD)
  return()
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/PeakTrade)
install(TARGETS peak EXPORT PeakTradeTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
if(TARGET peak_trade_store)
  install(TARGETS peak_trade_store EXPORT PeakTradeTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
endif()
install(DIRECTORY include/peak DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development FILES_MATCHING PATTERN "*.hpp")
install(EXPORT PeakTradeTargets NAMESPACE PeakTrade:: DESTINATION ${package_folder} COMPONENT development)
configure_package_config_file(cmake/PeakTradeConfig.cmake.in PeakTradeConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(PeakTradeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/PeakTradeConfig.cmake ${PROJECT_BINARY_DIR}/PeakTradeConfigVersion.cmake
              cmake/PeakLibraryDependencies.cmake DESTINATION ${package_folder} COMPONENT development)

if(TARGET peak_command)
  install(TARGETS peak_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT command)
endif()
if(TARGET peak_io_module)
  install(TARGETS peak_io_module LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/peak COMPONENT command)
endif()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT command)
