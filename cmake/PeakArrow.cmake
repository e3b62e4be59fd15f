# Apache Arrow C++ as the imported targets PeakArrow::arrow and PeakArrow::parquet: from an installed Arrow, else from
# the headers and libraries inside the pyarrow wheel of ${Python_EXECUTABLE}.
#
# Sets PEAK_ARROW_FOUND, PEAK_ARROW_VERSION and PEAK_ARROW_LIBRARY_DIR (for the run path; empty for an installed Arrow).
set(PEAK_PYARROW_MAJOR 26)  # the wheel's major version, the same at build and at run time (pyproject.toml repeats it)
set(PEAK_ARROW_FOUND FALSE)
set(PEAK_ARROW_LIBRARY_DIR "")

macro(peak_arrow_installed)
  find_package(Arrow CONFIG QUIET)
  find_package(Parquet CONFIG QUIET)
  if(TARGET Arrow::arrow_shared AND TARGET Parquet::parquet_shared)
    add_library(PeakArrow::arrow ALIAS Arrow::arrow_shared)
    add_library(PeakArrow::parquet ALIAS Parquet::parquet_shared)
    set(PEAK_ARROW_VERSION ${ARROW_VERSION})
    set(PEAK_ARROW_FOUND TRUE)
  endif()
endmacro()

macro(peak_arrow_wheel)
  find_package(Python 3.10 COMPONENTS Interpreter QUIET)
  if(Python_EXECUTABLE)
    execute_process(
      COMMAND ${Python_EXECUTABLE} -c
              "import pyarrow; print(pyarrow.__version__, pyarrow.get_include(), pyarrow.get_library_dirs()[0], sep=';')"
      OUTPUT_VARIABLE peak_pyarrow OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE peak_pyarrow_failed)
    if(NOT peak_pyarrow_failed)
      list(GET peak_pyarrow 0 PEAK_ARROW_VERSION)
      list(GET peak_pyarrow 1 peak_pyarrow_include)
      list(GET peak_pyarrow 2 PEAK_ARROW_LIBRARY_DIR)
      foreach(name arrow parquet)
        find_library(peak_pyarrow_${name} NO_DEFAULT_PATH NO_CACHE PATHS ${PEAK_ARROW_LIBRARY_DIR}
                     NAMES lib${name}.so.${PEAK_PYARROW_MAJOR}00 lib${name}.${PEAK_PYARROW_MAJOR}00.dylib)
      endforeach()
      if(peak_pyarrow_arrow AND peak_pyarrow_parquet)
        foreach(name arrow parquet)
          add_library(PeakArrow::${name} SHARED IMPORTED)
          set_target_properties(PeakArrow::${name} PROPERTIES IMPORTED_LOCATION ${peak_pyarrow_${name}})
          target_include_directories(PeakArrow::${name} SYSTEM INTERFACE ${peak_pyarrow_include})
        endforeach()
        set(PEAK_ARROW_FOUND TRUE)
      else()
        message(WARNING "pyarrow ${PEAK_ARROW_VERSION} of ${Python_EXECUTABLE} is not of major version ${PEAK_PYARROW_MAJOR}: "
                        "${Python_EXECUTABLE} -m pip install 'pyarrow==${PEAK_PYARROW_MAJOR}.*'")
      endif()
    endif()
  endif()
endmacro()

option(PEAK_ARROW_FROM_WHEEL "Take Arrow from the pyarrow wheel even if another Arrow is installed" OFF)
if(NOT PEAK_ARROW_FROM_WHEEL)
  peak_arrow_installed()
endif()
if(NOT PEAK_ARROW_FOUND)
  peak_arrow_wheel()
endif()
if(PEAK_ARROW_FOUND)
  message(STATUS "Arrow ${PEAK_ARROW_VERSION}")
else()
  message(WARNING "No Apache Arrow: Parquet and Arrow files will not be read. Install Arrow C++, or "
                  "'pip install pyarrow==${PEAK_PYARROW_MAJOR}.*' and configure with -DPython_EXECUTABLE=<that python>; "
                  "or silence this with -DPEAK_WITH_ARROW=OFF.")
endif()
